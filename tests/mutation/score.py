"""Runs mutations through the comparison and keeps the score, class by class. `python -m tests.mutation.score` prints it."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.changes.criteria.changes import criteria_changes
from sync.changes.model import Change
from sync.study.criteria.model import key
from sync.study.plain import plain
from tests.mutation import layouts
from tests.mutation.edits import NAMES, Editor, Expected, shuffled
from tests.mutation.texts import Document, copied, from_corpus, invented, leaves


@dataclass
class Score:
    """What was tried and what was right."""

    tried: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    noise: int = 0
    layouts: int = 0
    surplus: int = 0
    directions: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def rate(self, edit: str) -> float:
        return self.right[edit] / self.tried[edit] if self.tried[edit] else 1.0

    @property
    def direction_right(self) -> float:
        given = self.directions["right"] + self.directions["wrong"]
        return self.directions["right"] / given if given else 1.0

    @property
    def direction_given(self) -> float:
        asked = sum(self.directions.values())
        return (self.directions["right"] + self.directions["wrong"]) / asked if asked else 1.0

    def report(self) -> str:
        rows = [
            f"{name:12} {self.right[name]:6} of {self.tried[name]:6}  {self.rate(name):7.2%}"
            for name in sorted(self.tried)
        ]
        rows.append(f"layout only  {self.layouts:6} cases, {self.noise} with a change")
        rows.append(f"surplus changes {self.surplus}")
        rows.append(
            f"direction right {self.direction_right:.2%}, given {self.direction_given:.2%} {dict(self.directions)}"
        )
        return "\n".join(rows)


def run(documents: Sequence[Document], cases: int, seed: int) -> Score:
    """Mutates documents at random and scores what `criteria_changes` says."""
    rng = random.Random(seed)
    pool = [node.text for document in documents for _, _, node in leaves(document)]
    score = Score()
    for case in range(cases):
        before = rng.choice(documents)
        after = copied(before)
        editor = Editor(after, pool, rng)
        names = [rng.choice(NAMES) for _ in range(rng.randint(1, 4))] if case % 6 else []
        expected = [entry for entry in map(editor.apply, names) if entry]
        if rng.random() < 0.3:
            for nodes in after.values():
                shuffled(nodes, rng)
        old, new = layouts.some(rng).render(before), layouts.some(rng).render(after)
        _judge(score, expected, criteria_changes(old, new), old, new)
    return score


def _judge(score: Score, expected: list[Expected], changes: list[Change], old: str, new: str) -> None:
    told = [str(change.op) + ": " + repr((change.old, change.new))[:600] for change in changes]
    if not expected:
        score.layouts += 1
        score.noise += bool(changes)
        if changes:
            score.failures.append("NOISE\n  " + "\n  ".join(told[:4]) + f"\n<<<{old}\n>>>{new}")
        return
    left = list(changes)
    for entry in expected:
        score.tried[entry.edit] += 1
        found = next((change for change in left if _names(entry, change)), None)
        if found is None:
            score.failures.append(f"{entry.edit.upper()} {entry.old} -> {entry.new}\n  " + "\n  ".join(told))
            continue
        left.remove(found)
        score.right[entry.edit] += 1
        _direct(score, entry, found)
    surplus = max(len(changes) - len(expected), 0)
    score.surplus += surplus
    if surplus:
        score.failures.append(f"SURPLUS for {[entry.edit for entry in expected]}\n  " + "\n  ".join(told))


def _names(entry: Expected, change: Change) -> bool:
    if change.op not in entry.ops or change.detail.section != entry.section:
        return False
    return _same(change.detail.merged or change.old, entry.old) and _same(
        change.detail.split or change.new, entry.new
    )


def _same(told: object, texts: tuple[str, ...]) -> bool:
    told_texts = told if isinstance(told, tuple) else (told,)
    if told is None:
        told_texts = ()
    return sorted(key(text) for text in told_texts) == sorted(key(plain(text)) for text in texts)


def _direct(score: Score, entry: Expected, change: Change) -> None:
    if entry.edit == "number" and entry.direction:
        told = [threshold.direction for threshold in change.detail.thresholds] or ["unclear"]
        verdict = "missing" if set(told) == {"unclear"} else "wrong"
        if told == [entry.direction]:
            verdict = "right"
        score.directions[verdict] += 1
        if verdict != "right":
            score.failures.append(
                f"DIRECTION {verdict}: {entry.section} {entry.direction} {entry.old} -> {entry.new} "
                f"{change.detail.thresholds}"
            )
    elif entry.direction == "none" and change.detail.effect != "none":
        score.failures.append(f"EFFECT {change.detail.effect} {entry.old} -> {entry.new}")


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    for name, documents in (("invented", invented(seed, 200)), ("corpus", from_corpus())):
        if documents:
            score = run(documents, cases, seed)
            print(f"== {name}: {len(documents)} texts, seed {seed}\n{score.report()}")  # noqa: T201
            if "-v" in sys.argv:
                print("\n".join(score.failures[:60]))  # noqa: T201


if __name__ == "__main__":
    main()
