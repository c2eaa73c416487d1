"""The programming interface: everything that a page does, for programs, under the same rules."""
