"""The command ``stagekansen``."""
