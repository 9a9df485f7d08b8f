"""What an article asks beside a comparison: contrasts of several groups, table 1, a reference sample."""
