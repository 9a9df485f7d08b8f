"""Fact sheets: a release and the claims of the ledger as one document, in HTML, PDF and Word."""
