"""One JupyterLab for a room: people on their own computers in the same notebooks, each under a name."""
