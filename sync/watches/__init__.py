"""Watches as people make them, by command or in the console: what they type, what it would bring, what is kept of it."""
