"""Three daemons on one PostgreSQL, one killed or frozen every few releases, tell what one tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.config import WatchSettings
from sync.demo.registry.process import serve
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.many_daemons import run
from tests.support.postgresql import Server

DAYS = [f"2026-09-{day:02}" for day in range(1, 7)]
IDS = [f"NCT9300{number:04}" for number in range(12)]


def enrolling(nct_id: str, number: int, day: str) -> dict[str, object]:
    return study(nct_id, posted=day, designModule={"enrollmentInfo": {"count": number, "type": "ESTIMATED"}})


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_three_daemons_of_which_one_is_killed_or_frozen_now_and_then_tell_what_one_tells(
    postgresql: Server, tmp_path: Path
) -> None:
    # Each day another two studies change.
    versions = {nct_id: {DAYS[0]: enrolling(nct_id, 20, DAYS[0])} for nct_id in IDS}
    for number, day in enumerate(DAYS[1:]):
        for nct_id in (IDS[number % len(IDS)], IDS[(number + 5) % len(IDS)]):
            versions[nct_id][day] = enrolling(nct_id, 30 + number, day)
    corpus = write_corpus(tmp_path / "corpus.jsonl", [told(each, versions[each]) for each in IDS])
    with serve([corpus], release=DAYS[0]) as registry:
        alone = Instance(tmp_path, registry.api_url, (WatchSettings(name="w", ids=tuple(IDS)),))
        for day in DAYS:
            registry.move_to(day)
            alone.sync()
        expected = sorted(each["id"] for each in alone.events())
    with postgresql.database() as url:
        together = run(url, tmp_path, [corpus], DAYS, daemons=3, ids=IDS, every=2)
    assert len(expected) == 2 * (len(DAYS) - 1)
    assert together.events == expected
    assert together.sent == len(expected)
    assert (together.killed, together.frozen) == (2, 1)
    # Killed between sending and writing that down a daemon leaves one to be repeated, with its id; frozen none.
    assert together.doubled <= together.killed
    assert together.problems == []
