"""An invented cohort of CAR-T studies over twenty releases: what happens to it, and what should be said of it."""

from sync.demo.story.plot import EXPECTED, RELEASES, SEARCH, SILENCE, WATCHED_IDS, Saying, story

__all__ = ["EXPECTED", "RELEASES", "SEARCH", "SILENCE", "WATCHED_IDS", "Saying", "story"]
