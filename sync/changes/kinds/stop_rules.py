"""The rules by which reasons for stopping are read: the table of `stop_reasons.toml`, its words put in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rapidfuzz.distance import OSA

Words = Mapping[str, str]

_LONG = 9
_LONG_WORD = re.compile(r"[a-z]{5,20}")
_WORD = re.compile(r"\{([a-z_]+)\}")
_STANDS_FOR = {"unsafe": " unsafe ", "neutral": " . "}
"""What stands in the place of what was found; a full stop ends what a denial before it can reach."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: what it looks for, when, and what then stands in its place."""

    name: str
    pattern: re.Pattern[str]
    example: str
    becomes: str
    when: re.Pattern[str] | None
    why: str
    only_for_concerns: bool
    """Whether the other categories are looked for in the words that it takes out: "lack of effect on seizures"."""

    def applies_to(self, reason: str) -> bool:
        """Whether the reason touches the subject that the rule is about."""
        return self.when is None or self.when.search(reason) is not None


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words that reasons turn on, looked for in spite of a slip of the keyboard: "toxcity", "recruitement"."""

    right: tuple[str, ...]
    other: frozenset[str]
    """Words that only look like one of them: "safely"."""

    def mended(self, text: str) -> str:
        """The text with those words as they are spelt."""
        return _LONG_WORD.sub(lambda found: self._mended(found[0]), text)

    def _mended(self, word: str) -> str:
        if word in self.right or word in self.other or word.removesuffix("s") in self.right:
            return word
        slips = 1 if len(word) < _LONG else 2
        near = (right for right in self.right if right[0] == word[0])
        return next((right for right in near if OSA.distance(word, right, score_cutoff=slips) <= slips), word)


@dataclass(frozen=True, slots=True)
class StopRules:
    """The table, in the order in which its sections are taken."""

    spelling: Spelling
    rewriting: tuple[Rule, ...]
    """Concerns that sound like good news put plainly; then what only sounds like a concern, or is denied, taken out."""
    concerns: tuple[Rule, ...]
    categories: tuple[Rule, ...]

    def without(self, left_out: Rule) -> StopRules:
        """The table but for one row."""
        kept = (
            tuple(rule for rule in rules if rule is not left_out)
            for rules in (self.rewriting, self.concerns, self.categories)
        )
        return StopRules(self.spelling, *kept)

    def all(self) -> tuple[Rule, ...]:
        """Every row."""
        return (*self.rewriting, *self.concerns, *self.categories)


# Not at import: to compile the table takes as long as to import all other kinds, and most commands sort no reason.
@cache
def stop_rules() -> StopRules:
    """The table in force."""
    table = tomllib.loads((resources.files(__package__) / "stop_reasons.toml").read_text(encoding="utf-8"))
    subjects = {name: _compiled(pattern, table["words"]) for name, pattern in table["when"].items()}

    def section(name: str) -> tuple[Rule, ...]:
        return tuple(_rule(name, row, table["words"], subjects) for row in table[name])

    # Bodies and good news are gone before denials are looked for: a denial takes all up to the next concern with it.
    return StopRules(
        spelling=Spelling(tuple(table["spelling"]["right"]), frozenset(table["spelling"]["other"])),
        rewriting=(*section("unsafe"), *section("neutral"), *section("denied")),
        concerns=section("concern"),
        categories=section("category"),
    )


def _rule(section: str, row: Words, words: Words, subjects: Mapping[str, re.Pattern[str]]) -> Rule:
    return Rule(
        name=row["name"],
        pattern=_compiled(row["pattern"], words),
        example=row["example"],
        becomes=f" {row['becomes']} " if "becomes" in row else _STANDS_FOR.get(section, " "),
        when=subjects[row["when"]] if "when" in row else None,
        why=row.get("why", "safety"),
        only_for_concerns=section == "neutral" and "becomes" not in row,
    )


def _compiled(pattern: str, words: Words) -> re.Pattern[str]:
    """The pattern with its words put in, to be met by whole words."""
    while word := _WORD.search(pattern):
        pattern = pattern.replace(word[0], words[word[1]])
    one_line = pattern.replace("\n", "")
    return re.compile(rf"(?<![a-z0-9])(?:{one_line})(?![a-z0-9])")
