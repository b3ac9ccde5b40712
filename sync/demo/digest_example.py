"""`python -m sync.demo.digest_example`: writes docs/digest-example.md, a week of the demo's story in a digest."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from storage.digests import seen_between
from sync import logs
from sync.alerts.channels.plain import text
from sync.alerts.collect_digest import collect
from sync.alerts.digest import Digest
from sync.alerts.message import compose_digest
from sync.alerts.settings import RouteSettings
from sync.config import DatabaseSettings, Settings, WatchSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.story import RELEASES, SEARCH, WATCHED_IDS, story
from sync.registry.settings import RegistrySettings
from sync.service import Service, open_service

PAGE = Path(__file__).parents[2] / "docs" / "digest-example.md"
WEEK = RELEASES[10:15]
ANCHOR = "278:0026f194e0dad722a8aa872de025413b"
"""A real one hangs on every byte that was written: the page would not stand still."""
ROUTE = RouteSettings(name="monday", channels=("console",), mode="weekly")

_TEXT = """# A digest, as trialdelta tells it

A week of the demo's invented cohort, as the digest of Monday at eight has it:

```
{week}
```

And that of a weekend on which nothing happened:

```
{quiet}
```

## How much one gets

Measured with the shipped routes on a real cohort, 316 CAR-T trials in autoimmune disease on 107 daily releases
(`python -m tests.bench.cohort_messages`): 201 events, 13 % of them critical or high. At once went 27 messages in 121 days
(0.22 a day, on 22 days, never more than two on one); besides, one digest each morning. That is 1.2 messages a day, all
channels together. `trialdelta routes backtest` says the same of your own routes and your own history.
"""


class Clock:
    """Stands at a time until it is put to another."""

    def __init__(self) -> None:
        self.time = _at(RELEASES[0], 13)

    def __call__(self) -> datetime:
        return self.time


def page() -> str:
    """The page, written anew from the story and the code."""
    week, quiet = digests()
    return _TEXT.format(week=_shown(week), quiet=_shown(quiet))


def digests() -> tuple[Digest, Digest]:
    """The digests of a week, and of a quiet day."""
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="trialdelta-") as folder:
        corpus = Path(folder) / "story.jsonl"
        corpus.write_text("".join(json.dumps(each) + "\n" for each in story()), encoding="utf-8")
        with (
            serve([corpus], release=RELEASES[0]) as registry,
            open_service(_settings(registry.api_url, folder), clock) as service,
        ):
            for release in RELEASES[: RELEASES.index(WEEK[-1]) + 1]:
                clock.time = _at(release, 13)
                registry.move_to(release)
                run_cycle(service)
            monday = _at(WEEK[-1], 8) + timedelta(days=3)
            return _digest(service, monday, days=7), _digest(service, monday, days=2)


def _digest(service: Service, until: datetime, *, days: int) -> Digest:
    since = until - timedelta(days=days)
    with service.database.read() as session:
        which = seen_between(since, until)
        digest = collect(session, which, ROUTE, service.settings.alerts, since=since, until=until)
    return replace(digest, anchor=ANCHOR)


def _shown(digest: Digest) -> str:
    return text(compose_digest(digest)).strip()


def _settings(api_url: str, folder: str) -> Settings:
    return Settings.model_construct(
        registry=RegistrySettings(base_url=api_url, min_interval_s=0),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{folder}/demo.db")),
        watch=(WatchSettings(name="demo", ids=WATCHED_IDS, searches=(SEARCH,)),),
    )


def _at(day: str, hour: int) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


if __name__ == "__main__":
    logs.configure("console", "error")
    PAGE.write_text(page(), encoding="utf-8")
