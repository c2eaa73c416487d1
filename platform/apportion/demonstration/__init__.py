"""The demonstration cohort: one invented facilitator organization and five invented districts."""
