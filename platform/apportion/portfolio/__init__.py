"""A district's house: its home, and the board of the fifteen steps."""
