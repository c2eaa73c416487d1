"""Comments: the desk where staff read, answer and settle what the public said."""
