"""What studies said before they were watched: out of the registry's record history, or out of files."""
