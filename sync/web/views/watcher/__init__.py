"""The watcher's page: is it alive, what is wrong, and what it was told to do."""
