"""The whole account: taken out, moved in, removed; and what the platform does each day for each district."""
