"""The door of outgoing calls: a deadline for the whole exchange, an address that may be reached, a size that is read."""
