"""Pages that were published about studies: checked against the record; which of them an event makes untrue."""
