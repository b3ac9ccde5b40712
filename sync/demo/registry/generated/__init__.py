"""A registry of any size that nothing is kept of: each record is computed from the seed, its number and the release."""
