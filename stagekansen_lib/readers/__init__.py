"""One module a file format; each gives the cells as text, and says what it did to get them."""
