"""One module for each kind of thing that a district owns."""
