"""Sprints: two days together, laid out, looked after and closed, with their questions, claims and decisions."""
