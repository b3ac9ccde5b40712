"""Evidence for one event, in one file that is checked without the database."""
