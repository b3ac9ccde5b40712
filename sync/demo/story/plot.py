"""The plot: scene by scene, what happens on each release, and what a watchful reader should say of it."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sync.demo.story.cast import CAST, Part, Record, nct_id, record
from sync.demo.story.edits import put, submitted
from sync.demo.story.first_half import FIRST_HALF
from sync.demo.story.scenes import Scene
from sync.demo.story.second_half import SECOND_HALF

SCENES = FIRST_HALF + SECOND_HALF

FIRST_DAY = date(2026, 9, 7)
RELEASES = tuple(str(FIRST_DAY + timedelta(days=week * 7 + day)) for week in range(4) for day in range(5))
LAST = len(RELEASES)

# Where a study is not in the search from the first release to the last: the releases in which it is, by number.
LISTED = {
    8: [(1, 11), (16, LAST)],
    10: [(1, 16)],
    11: [(1, 17)],
    12: [(9, LAST)],
    13: [(17, LAST)],
}
# A study registered again under another id: the new one, the old one, and the release in which it appears.
NEW_ID, OLD_ID, MERGED = 13, 10, 17
# The study that is taken out of the registry, and the first release without it.
TAKEN_OUT, TAKEN_OUT_ON = 11, 18

# What the service should be told to watch: the search of the cohort, and by their ids the two studies that go out of
# sight, which a search alone would see leave and nothing more.
SEARCH = {"intr": "CAR-T"}
WATCHED_IDS = (nct_id(OLD_ID), nct_id(TAKEN_OUT))


@dataclass(frozen=True)
class Saying:
    """What should be said of one study on one release; `nct_id` is empty where it is of the whole cohort."""

    release: str
    nct_id: str
    kind: str
    origin: str
    """Empty where nobody can tell."""
    severity: str = ""
    """As the default triage has it; empty where that leaves it open."""
    also: tuple[str, ...] = ()
    """Further kinds of change that the same event lists."""
    why: str = ""


def release(number: int) -> str:
    """The date of a release by its number, from 1."""
    return RELEASES[number - 1]


def story() -> list[dict[str, Any]]:
    """The cohort in corpus form."""
    entries = [_corpus_entry(part.number, list(_versions(part))) for part in CAST]
    # The study that is registered again is its predecessor under another id, as merged records are.
    heir = copy.deepcopy(
        next(entry for entry in entries if entry["nctId"] == nct_id(OLD_ID))["versions"][-1]["study"]
    )
    put("identificationModule.nctId", nct_id(NEW_ID))(heir)
    put("identificationModule.nctIdAliases", [nct_id(OLD_ID)])(heir)
    return [*entries, _corpus_entry(NEW_ID, [{"release": release(MERGED), "study": heir}])]


def _corpus_entry(number: int, versions: list[dict[str, Any]]) -> dict[str, Any]:
    spans = LISTED.get(number, [(1, LAST)])
    return {
        "nctId": nct_id(number),
        "listed": [[release(first), release(last)] for first, last in spans],
        "versions": versions,
    }


def _versions(part: Part) -> Iterator[dict[str, Any]]:
    states = {1: record(part)}
    for scene in (scene for scene in SCENES if part.number in scene.studies):
        states[scene.day] = _after(scene, states)
    for day, state in states.items():
        yield {"release": release(day), "study": state}
    if part.number == TAKEN_OUT:
        yield {"release": release(TAKEN_OUT_ON), "study": None}


def _after(scene: Scene, states: dict[int, Record]) -> Record:
    # A rollback begins from an older state, everything else from the last one.
    state = copy.deepcopy(states[scene.back_to or max(states)])
    for edit in scene.edits:
        edit(state)
    if scene.origin == "sponsor":
        submitted(release(scene.day))(state)
    return state


def _expected() -> Iterator[Saying]:
    for scene in (scene for scene in SCENES if scene.kinds):
        kind, *also = scene.kinds
        for number in scene.studies:
            yield Saying(
                release(scene.day), nct_id(number), kind, scene.origin, scene.severity, tuple(also), scene.why
            )
    yield Saying(release(7), "", "storm", "registry", why="a sponsor renamed in seven studies at once")
    yield _of_presence(9, 12, "entered", "medium", "the search finds it for the first time")
    yield _of_presence(12, 8, "left", "", "the search finds it no longer")
    yield _of_presence(16, 8, "reentered", "", "the search finds it again")
    yield _of_presence(MERGED, OLD_ID, "alias", "", "registered under another id")
    yield _of_presence(TAKEN_OUT_ON, TAKEN_OUT, "missing", "", "404, for the first time")
    yield _of_presence(TAKEN_OUT_ON + 1, TAKEN_OUT, "gone", "high", "404, again")


def _of_presence(day: int, number: int, kind: str, severity: str, why: str) -> Saying:
    return Saying(release(day), nct_id(number), kind, "", severity, why=why)


EXPECTED: tuple[Saying, ...] = tuple(sorted(_expected(), key=lambda saying: (saying.release, saying.nct_id)))
"""What should be said, release by release. On the first release: nothing."""

SILENCE: tuple[tuple[str, str, str], ...] = tuple(
    (release(scene.day), nct_id(number), scene.why)
    for scene in SCENES
    if not scene.kinds
    for number in scene.studies
)
"""Where a record differs and yet nothing should be said: release, study, and why it is noise."""
