"""Ledger files in, validated rows out: every record accounted for, every amount in whole cents."""
