"""Who hears of it: routing, the inbox, the outbox, digests, and the channels."""
