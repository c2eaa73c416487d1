"""People, the facilitator's access, tokens for programs, and the record of activity."""
