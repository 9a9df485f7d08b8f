"""Comparisons of groups: tests, effects, doubts, power, and sentences."""
