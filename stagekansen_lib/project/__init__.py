"""Where the project and its data lie, what a process may open, and the list of committed files."""
