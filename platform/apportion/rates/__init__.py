"""State rates: every value with its source, read by everybody who signed in."""
