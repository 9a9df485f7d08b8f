# Accounts of schools through SURFconext (OpenID Connect) in place of accounts made here: put `accounts: surfconext`
# in teams.yaml, copy this file to /etc/stagekansen/, and name the copy there as `more_settings`. The people in
# teams.yaml are then the names that the institution gives (the claim below). Not tried against the real SURFconext:
# no account was at hand.
import os

c = get_config()  # noqa: F821 - JupyterHub gives it

# CHANGE: the addresses of the environment that the service was registered in, as its metadata says.
address = os.environ["OIDC_ADDRESS"]
c.GenericOAuthenticator.authorize_url = f"{address}/oidc/authorize"
c.GenericOAuthenticator.token_url = f"{address}/oidc/token"
c.GenericOAuthenticator.userdata_url = f"{address}/oidc/userinfo"
# Secrets come from the environment of the service, never from a file in git.
c.GenericOAuthenticator.client_id = os.environ["OIDC_CLIENT_ID"]
c.GenericOAuthenticator.client_secret = os.environ["OIDC_CLIENT_SECRET"]
c.GenericOAuthenticator.oauth_callback_url = os.environ["OIDC_CALLBACK"]
c.GenericOAuthenticator.scope = ["openid", "email"]
c.GenericOAuthenticator.username_claim = "email"
