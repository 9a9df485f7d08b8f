"""Waves of a survey: under one another, compared, followed, linked over a break, and declared as a series."""
