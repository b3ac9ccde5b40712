"""Known edits of a document, and what a reader should say about each: the operation, old and new text, the direction."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import fuzz

from tests.mutation.texts import Document, Node, leaves

_FLIPS = {
    "≥": "≤", ">=": "<=", "at least": "no more than", "no less than": "not exceeding",
    "greater than or equal to": "less than or equal to", ">": "<", "more than": "less than", "greater than": "less than",
    "≤": "≥", "<=": ">=", "no more than": "at least", "not exceeding": "no less than",
    "less than or equal to": "greater than or equal to", "<": ">", "less than": "more than", "within": "more than",
    "up to": "at least",
}  # fmt: skip
"""Each comparator to its opposite."""
_MORE = frozenset(list(_FLIPS)[:8])
_SIGNS = (
    r"\\?>=|\\?<=|≥|≤|\\?>(?![\\/]?=)|\\?<(?![\\/]?=)|\b(?:"
    + "|".join(name for name in _FLIPS if name[0].isalpha())
    + r")\b"
)
_BOUND = re.compile(
    rf"(?P<sign>{_SIGNS})(?P<gap> ?)(?P<number>\d+(?:\.\d+)?)(?![\d,./^-])(?! ?(?:-|to|x ?10|×)\b)"
)
_NUMBER = re.compile(r"(?<![\w.,^/-])\d+(?:\.\d+)?(?![\w,^/-]|\.\d)")
_UNITS = {
    "weeks": "months",
    "months": "weeks",
    "years": "months",
    "days": "weeks",
    "mg/dL": "g/L",
    "g/dL": "g/L",
}
_UNIT = re.compile(r"(?<=\d )(weeks|months|years|days|mg/dL|g/dL)\b")
_REWORDINGS: tuple[tuple[str, str], ...] = (
    (r"\b[Pp]atients\b", "participants"), (r"\b[Ss]ubjects\b", "patients"), (r"\b[Pp]articipants\b", "subjects"),
    (r"\bprior to\b", "before"), (r"\bbefore\b", "prior to"), (r"\bat least\b", "no less than"),
    (r"≥ ?(?=\d)", "at least "), (r"≤ ?(?=\d)", "no more than "), (r"\bwithin (?=\d)", "in the last "),
    (r"(?<!medical )\bhistory of\b", "prior"), (r"\bmust\b", "should"), (r"\bsuch as\b", "for example"),
    (r"\bdue to\b", "because of"), (r"\btreatment\b", "therapy"), (r"\btherapy\b", "treatment"),
    (r"\bconfirmed\b", "proven"), (r"\binvestigator\b", "study doctor"), (r"\benrollment\b", "study entry"),
    (r"\bincluding\b", "such as"), (r"\bwomen\b", "females"), (r"\bmedications?\b", "drugs"),
    (r"\bfollowing\b", "after"), (r"(?<!no )(?<!not )\bless than (?=\d)", "below "), (r"\bsevere\b", "serious"),
    (r"\bwithout\b", "with no"), (r"\bdiseases?\b", "disorder"), (r"\bunable\b", "not able"),
)  # fmt: skip
_NEGATIVE = re.compile(
    r"\b(?:no|not|non|without|never|none|unless|except\w*|absence|lack|unable|inability|free|other|excluding|or|if|cannot"
    r"|neither|failure|allowed|permitted|eligible|excluded|when|may|for (?:patients|subjects|women|participants|men)"
    r"|in (?:patients|subjects))\b|/",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Expected:
    """What an edit is: its class, the operations that name it rightly, the texts before and after, the direction."""

    edit: str
    ops: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    section: str
    direction: str | None = None


class Editor:
    """Applies edits to a document in place, each to a criterion of its own."""

    def __init__(self, document: Document, pool: list[str], rng: random.Random) -> None:
        self._document, self._pool, self._rng = document, pool, rng
        self._touched: set[int] = set()
        self._gone: list[str] = []
        self._come: list[str] = []
        self._known = {node.text for _, _, node in leaves(document)}

    def apply(self, name: str) -> Expected | None:
        """The edit done, or None where the document has nothing to do it to."""
        return _EDITS[name](self)

    def _free(self, fits: Callable[[str], bool] = lambda text: True) -> tuple[str, list[Node], Node] | None:
        found = [
            entry for entry in leaves(self._document)
            if id(entry[2]) not in self._touched and self._unique(entry[2].text) and fits(entry[2].text)
        ]  # fmt: skip
        if not found:
            return None
        chosen = self._rng.choice(found)
        self._touched.add(id(chosen[2]))
        return chosen

    def _unique(self, text: str) -> bool:
        return sum(node.text == text for _, _, node in leaves(self._document)) == 1 and len(text) > 12

    def delete(self) -> Expected | None:
        chosen = self._free()
        if chosen is None or len(chosen[1]) < 2:
            return None
        section, siblings, node = chosen
        if _is_like(node.text, self._come):
            return None
        self._gone.append(node.text)
        siblings.remove(node)
        return Expected("delete", ("removed",), (node.text,), (), section)

    def insert(self) -> Expected | None:
        section, siblings, node = self._rng.choice(leaves(self._document))
        text = self._rng.choice(self._pool)
        if text in self._known or len(text) < 15 or _is_like(text, self._gone):
            return None
        self._come.append(text)
        new = Node(text)
        self._touched.add(id(new))
        siblings.insert(siblings.index(node) + self._rng.randint(0, 1), new)
        return Expected("insert", ("added",), (), (text,), section)

    def reword(self) -> Expected | None:
        chosen = self._free(lambda text: any(re.search(pattern, text) for pattern, _ in _REWORDINGS))
        if chosen is None:
            return None
        section, _, node = chosen
        old = node.text
        fitting = [pair for pair in _REWORDINGS if re.search(pair[0], old)]
        for pattern, instead in self._rng.sample(fitting, min(len(fitting), self._rng.randint(1, 2))):
            node.text = re.sub(pattern, instead, node.text, count=1)
        if node.text == old:
            return None
        return Expected("reword", ("reworded",), (old,), (node.text,), section, "none")

    def number(self) -> Expected | None:
        chosen = self._free(lambda text: _BOUND.search(text) is not None or _NUMBER.search(text) is not None)
        if chosen is None:
            return None
        section, _, node = chosen
        old = node.text
        bound = _BOUND.search(old)
        found = bound or _NUMBER.search(old)
        assert found is not None
        value = found["number"] if bound else found[0]
        new_value = self._other(value)
        at = found.start("number") if bound else found.start()
        node.text = old[:at] + new_value + old[at + len(value) :]
        direction = _direction(bound["sign"], float(value) < float(new_value), section) if bound else None
        sure = bound is not None and _single(old)
        return Expected("number", ("changed",), (old,), (node.text,), section, direction if sure else None)

    def _other(self, value: str) -> str:
        number = float(value)
        other = self._rng.choice(
            (number + 1, number + 2, number * 2, number * 3, max(number - 1, 0), number / 2)
        )
        text = f"{other:.1f}" if "." in value else f"{round(other)}"
        return text if float(text) != number else f"{round(number) + 5}"

    def comparator(self) -> Expected | None:
        chosen = self._free(lambda text: _BOUND.search(text) is not None)
        if chosen is None:
            return None
        section, _, node = chosen
        old = node.text
        bound = _BOUND.search(old)
        assert bound is not None
        sign = bound["sign"].lstrip("\\")
        flipped = _FLIPS[sign]
        gap = bound["gap"] or (" " if flipped[0].isalpha() else "")
        node.text = old[: bound.start()] + flipped + gap + old[bound.start("number") :]
        return Expected("comparator", ("changed",), (old,), (node.text,), section)

    def unit(self) -> Expected | None:
        chosen = self._free(lambda text: _UNIT.search(text) is not None)
        if chosen is None:
            return None
        section, _, node = chosen
        old = node.text
        node.text = _UNIT.sub(lambda unit: _UNITS[unit[1]], old, count=1)
        return Expected("unit", ("changed",), (old,), (node.text,), section)

    def move(self) -> Expected | None:
        chosen = self._free()
        if chosen is None or len(chosen[1]) < 2:
            return None
        section, siblings, node = chosen
        other = "exclusion" if section == "inclusion" else "inclusion"
        siblings.remove(node)
        target = self._document[other]
        target.insert(self._rng.randint(0, len(target)), node)
        return Expected("move", ("moved",), (node.text,), (node.text,), other)

    def invert(self) -> Expected | None:
        chosen = self._free(lambda text: text.startswith("History of"))
        if chosen is None or chosen[0] != "exclusion" or len(chosen[1]) < 2:
            return None
        _, siblings, node = chosen
        siblings.remove(node)
        moved = Node("No " + node.text[0].lower() + node.text[1:])
        self._touched.add(id(moved))
        self._document["inclusion"].append(moved)
        return Expected("invert", ("moved",), (node.text,), (moved.text,), "inclusion", "none")

    def split(self) -> Expected | None:
        chosen = self._free(lambda text: _halves(text) is not None)
        if chosen is None:
            return None
        section, siblings, node = chosen
        halves = _halves(node.text)
        assert halves is not None
        parts = [Node(half) for half in halves]
        self._touched.update(map(id, parts))
        at = siblings.index(node)
        siblings[at : at + 1] = parts
        return Expected("split", ("changed",), (node.text,), halves, section)

    def merge(self) -> Expected | None:
        chosen = self._free()
        if chosen is None:
            return None
        section, siblings, node = chosen
        at = siblings.index(node) + 1
        if (
            at >= len(siblings)
            or siblings[at].children
            or id(siblings[at]) in self._touched
            or not self._unique(siblings[at].text)
        ):
            return None
        other = siblings.pop(at)
        olds = (node.text, other.text)
        node.text = (
            f"{node.text.rstrip('.;, ')}{self._rng.choice(('; ', ' and ', ', and ', '. '))}{other.text}"
        )
        return Expected("merge", ("changed",), olds, (node.text,), section)


def _is_like(text: str, others: list[str]) -> bool:
    """Whether a criterion that came is so like one that went that it is rightly told as that one, changed."""
    return any(fuzz.ratio(text, other) > 60 for other in others)


def shuffled(nodes: list[Node], rng: random.Random) -> None:
    """Siblings in another order, nested ones too."""
    rng.shuffle(nodes)
    for node in nodes:
        shuffled(node.children, rng)


def _halves(text: str) -> tuple[str, str] | None:
    for cut in re.finditer(r"; (?=\w)|\. (?=[A-Z])|,? and (?=\w)", text):
        first, second = text[: cut.start()], text[cut.end() :]
        if min(len(first), len(second)) >= 25 and not text[: cut.start()].endswith((":", "i.e", "e.g")):
            return first, second
    return None


def _single(text: str) -> bool:
    """One number, no negation and no alternative: here a direction must be told."""
    return len(
        re.findall(r"\d+(?:\.\d+)?", re.sub(r"10\\?\^9|1\.73 ?m2|kg/m2|\(.*?\)", "", text))
    ) == 1 and not _NEGATIVE.search(
        re.sub(r"no (?:more|less) than|not exceeding|\S+/\S+|or equal to", "", text)
    )


def _direction(sign: str, grew: bool, section: str) -> str:
    sign = sign.lstrip("\\")
    wider = grew != (sign in _MORE)
    return "wider" if wider == (section == "inclusion") else "narrower"


_EDITS: dict[str, Callable[[Editor], Expected | None]] = {
    name: getattr(Editor, name)
    for name in (
        "delete",
        "insert",
        "reword",
        "number",
        "comparator",
        "unit",
        "move",
        "invert",
        "split",
        "merge",
    )
}
NAMES = tuple(_EDITS)
