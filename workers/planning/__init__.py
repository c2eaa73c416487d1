"""The plan: figures, first draft, frozen versions, signatures, comparison, print."""
