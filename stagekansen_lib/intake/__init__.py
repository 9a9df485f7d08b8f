"""From a file to a survey: reading, setting aside, checking, storing."""
