"""Attacks on a release with its own bytes. Knows nothing of how cells are hidden but the rules."""
