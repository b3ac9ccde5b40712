"""How the last reload of the configuration stands, as long as the daemon that made it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.ledger import Beat

BEAT = "reload"


@dataclass(frozen=True, slots=True)
class LastReload:
    """`problem`: what was wrong with the file, so that the one before is in force; `waiting`: keys for the next start."""

    at: datetime
    problem: str
    waiting: tuple[str, ...]


def last_reload(beats: Mapping[str, Beat]) -> LastReload | None:
    """None where this daemon has made none: whoever starts reads the file anew."""
    daemon, known = beats.get("daemon"), beats.get(BEAT)
    if daemon is None or known is None or known.detail.get("holder") != daemon.detail.get("holder"):
        return None
    return LastReload(known.at, known.detail.get("problem", ""), tuple(known.detail.get("waiting", ())))
