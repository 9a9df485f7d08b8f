"""A synthetic twin of a survey, to work with before anyone sees the real answers."""
