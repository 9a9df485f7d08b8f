"""From an export to a codebook: what each question seems to be, what a person must say, and what that makes of it."""
