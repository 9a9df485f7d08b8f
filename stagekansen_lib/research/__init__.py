"""What an article asks beside a comparison: contrasts of several groups, table 1, and what self-selection would take."""
