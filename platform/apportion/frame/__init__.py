"""What surrounds every page: header, phases, areas, tray, languages, static files, the style page."""
