"""Documents of one source: blocks, and writers that make HTML, an accessible PDF and a Word file of them."""
