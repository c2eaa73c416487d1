"""Sharing: links for readers without an account, and the page that they read and comment on."""
