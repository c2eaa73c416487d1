"""The proof that nobody sees what is not theirs: `apportion isolation prove`."""
