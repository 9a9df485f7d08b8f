"""Regression models: fitted, tested, summed up, and handed over to statsmodels."""
