"""Weights: raking, poststratification, calibration, trimming, and a report on what they did."""
