"""Pure functions from frames and parameters to results."""
