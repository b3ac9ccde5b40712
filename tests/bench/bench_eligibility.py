"""How long a comparison of eligibility texts takes, beside difflib. Run: `python -m tests.bench.bench_eligibility`."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable

from sync.changes.criteria.changes import criteria_changes
from tests.mutation.layouts import REGISTRY
from tests.mutation.texts import invented


def text(length: int, seed: int) -> str:
    """An invented text of about so many characters."""
    documents = invented(seed, max(length // 900, 2))
    whole = {
        section: [node for document in documents for node in document[section]]
        for section in ("inclusion", "exclusion")
    }
    return REGISTRY.render(whole)[:length]


def timed(name: str, compare: Callable[[], object]) -> None:
    start = time.perf_counter()
    compare()
    print(f"{name:52} {(time.perf_counter() - start) * 1000:9.1f} ms")


def main() -> None:
    criteria_changes(text(5_000, 1), text(5_000, 2))  # the first use imports and compiles
    small, other, long, far = text(20_000, 3), text(20_000, 4), text(1_000_000, 5), text(1_000_000, 6)
    timed(
        "one threshold in 20,000 characters", lambda: criteria_changes(small, small.replace("≥ 18", "≥ 21"))
    )
    timed("two unrelated texts of 20,000 characters", lambda: criteria_changes(small, other))
    timed("the same by difflib, characters", lambda: difflib.SequenceMatcher(None, small, other).ratio())
    timed(
        "a few edits in 1,000,000 characters",
        lambda: criteria_changes(long, long.replace("tacrolimus", "sirolimus", 9)),
    )
    timed("two unrelated texts of 1,000,000 characters", lambda: criteria_changes(long, far))


if __name__ == "__main__":
    main()
