"""What a facilitator organization sees of the districts that let it in, and what it does there."""
