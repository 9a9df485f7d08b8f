"""What an intervention did: designs, their tests and intervals, and how strong the evidence is."""
