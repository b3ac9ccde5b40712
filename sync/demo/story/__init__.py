"""An invented cohort of CAR-T studies over twenty releases: what happens to it, and what should be said of it."""

from sync.demo.story.plot import EXPECTED, RELEASES, SILENCE, Saying, story

__all__ = ["EXPECTED", "RELEASES", "SILENCE", "Saying", "story"]
