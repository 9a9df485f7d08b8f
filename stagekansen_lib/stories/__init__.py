"""Conversation cards, the game "over the line" and posters, from the registers and a release."""
