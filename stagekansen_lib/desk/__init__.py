"""The intake desk: from an export to a stored survey, in a notebook and without typing code."""
