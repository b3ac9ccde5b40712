"""The past of 155 real studies, out of a record history that is really asked; the run is killed again and again."""

from __future__ import annotations

import gzip
import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from storage import events, versions
from sync.study.canonical import canonicalise
from sync.study.record import read_record
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import StartRegistry
from tests.faults.soundness import assert_sound
from tests.support import forked

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

KILLS = 3
LAST = "2026-11-01"


def contents(study: dict[str, Any]) -> list[str]:
    """The distinct contents of a study in the corpus, one after the other."""
    hashes = [canonicalise(version["study"]).content_hash for version in study["versions"]]
    return [each for at, each in enumerate(hashes) if at == 0 or each != hashes[at - 1]]


def stored(instance: Instance, ids: list[str]) -> dict[str, list[tuple[int, str, str]]]:
    """Number, day and content of each version of the studies."""
    found = {}
    with instance.database() as database, database.read() as session:
        for nct_id in ids:
            payloads = dict(versions.payloads(session, nct_id))
            found[nct_id] = [
                (info.number, info.day, canonicalise(read_record(payloads[info.number])).content_hash)
                for info in versions.versions(session, nct_id)
            ]
    return found


def killed(instance: Instance, chance: random.Random) -> int:
    """One run that is killed at a random moment; how many studies it had told of."""
    environment = instance.environment(TRIALDELTA_BACKFILL__MIN_INTERVAL_S="0", TRIALDELTA_LOG__LEVEL="error")
    words = instance.command_line("backfill", "--watch", "w", "--json")
    with forked.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        # A run tells first of what was done before; so many more lines, and then somewhere in the next study.
        for line in run.stdout:
            if json.loads(line).get("state") in ("stored", "nothing"):
                break
        told = 1 + sum(1 for _, _line in zip(range(chance.randrange(8, 20)), run.stdout, strict=False))
        time.sleep(chance.random() * 0.1)
        run.send_signal(signal.SIGKILL)
    return told


def test_all_histories_are_filled_in_whatever_kills_the_run(
    start_registry: StartRegistry, watching: Watching, corpus: Path
) -> None:
    file = corpus / "histories.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        studies = {study["nctId"]: study for study in map(json.loads, lines)}
    registry = start_registry([file], release=LAST)
    instance = watching(registry, watch(*studies))
    instance.sync()
    chance = random.Random(5)
    assert sum(killed(instance, chance) for _ in range(KILLS)) >= KILLS
    environment = instance.environment(TRIALDELTA_BACKFILL__MIN_INTERVAL_S="0")

    def run() -> dict[str, Any]:
        words = instance.command_line("backfill", "--watch", "w", "--json")
        done = forked.run(words, env=environment, timeout=300)
        assert done.returncode == 0, done.stderr
        total: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return total

    assert run()["refused"] == 0
    registry.clear_log()
    assert (run()["done"], registry.log()) == (len(studies), []), "a second run does nothing"
    found = stored(instance, list(studies))
    for nct_id, study in studies.items():
        numbers, days, hashes = zip(*found[nct_id], strict=True)
        assert list(hashes) == contents(study), f"{nct_id}: each content once, in order"
        assert list(numbers) == list(range(2 - len(numbers), 2)), f"{nct_id}: one chain"
        assert list(days) == sorted(days), f"{nct_id}: each on its day"
    with instance.database() as database:
        assert_sound(database)
        with database.read() as session:
            told = [each for each in events.events(session, historical=True) if each.get("state")]
    assert len(told) == sum(len(each) - 1 for each in found.values())
