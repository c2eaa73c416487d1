"""The operator's console: organizations without contents, and support by consent."""
