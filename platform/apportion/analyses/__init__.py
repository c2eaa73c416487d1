"""Gallery, analysis, variants and the drawer that answers "where does this come from?"."""
