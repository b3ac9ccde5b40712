"""When to ask again, and whether the clock can be believed."""
