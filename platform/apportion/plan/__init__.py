"""The plan: priorities, options, editor, versions, comparison, sign-off, downloads."""
