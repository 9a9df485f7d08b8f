"""Estimates with their doubt: shares, means, quantiles, models, and their variances."""
