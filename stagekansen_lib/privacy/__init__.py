"""Privacy: the gate before a file is read, the risk of recognition, pseudonyms, the privacy file and withdrawal."""
