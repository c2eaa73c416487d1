"""Positions and counts of students: files in, sets that foot out."""
