"""Search within the district or organization in which one acts, over what one may see, and nothing else."""
