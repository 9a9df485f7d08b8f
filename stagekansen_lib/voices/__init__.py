"""What people told, kept apart: consent, pseudonyms, codes of several coders, two checkers, withdrawn in one step."""
