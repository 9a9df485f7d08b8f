"""The yearly index, and fieldwork while a survey is open."""
