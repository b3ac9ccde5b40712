"""A real cohort of 316 studies, read release by release as a service would have read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from storage.engine import Database
from sync.config import Settings, WatchSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.show import settings
from sync.service import open_service

WATCH, FILE = "cart-autoimmune", "cohort-autoimmune"


def releases(material: Path) -> list[str]:
    """The releases of the cohort, in order."""
    return (material / f"{FILE}.releases.txt").read_text("utf-8").split()


@contextmanager
def replayed(material: Path, place: Path) -> Iterator[Database]:
    """The database after the last release: 107 cycles over a local registry."""
    days = releases(material)
    (place / "releases.txt").write_text("\n".join(days), "utf-8")
    day = days[0]
    watch = WatchSettings(name=WATCH, searches=({"intr": "CAR-T"},))
    corpus = [material / f"{FILE}.jsonl.gz"]
    with serve(corpus, releases=[place / "releases.txt"], release=day) as registry:
        told = Settings.model_construct(**dict(settings(registry.api_url, place)) | {"watch": (watch,)})
        with open_service(told, lambda: datetime.fromisoformat(f"{day}T14:00:00+00:00")) as service:
            for day in days:
                registry.move_to(day)
                run_cycle(service)
            yield service.database
