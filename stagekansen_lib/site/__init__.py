"""The public pages: built once from the dashboard notebooks, then served from memory."""
