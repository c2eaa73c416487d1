"""The tray and the pages of work in the background."""
