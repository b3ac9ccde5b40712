"""A page about a study, as somebody published it: its criteria and quick facts among all else that stands on it (pure)."""
