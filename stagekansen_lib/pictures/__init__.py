"""Charts and maps of published tables."""
