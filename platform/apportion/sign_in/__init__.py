"""Signing in, invitations, passwords, organizations and the own account."""
