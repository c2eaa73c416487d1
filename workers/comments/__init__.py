"""Comments: where a passage stands in a later version, and what a commenter hears back."""
