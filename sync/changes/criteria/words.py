"""What a change of words alone does to who may enter, where it fits one of four frames; else that is not known.

A restriction that came or went (`active`, `severe`, `only`), an alternative of one list (`A, B or C`), a quantifier or
joint that changed (`any of` to `all of`, `and` to `or`), an exception at the end (`unless in remission`). Each makes a
statement true of more people or of fewer; `frames` says what that means for who may enter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from sync.changes.criteria import frames, lists, senses
from sync.changes.criteria.frames import Bound
from sync.changes.criteria.polarity import LONGEST, Bears, Sign, bearing
from sync.changes.criteria.wording import Wording

# Words that make a statement true of fewer people, whatever they are put to.
_RESTRICTIONS = frozenset(
    sense
    for word in [
        "active",
        "acute",
        "autologous",
        "allogeneic",
        "chronic",
        "clinically",
        "confirmed",
        "documented",
        "invasive",
        "known",
        "live",
        "major",
        "measurable",
        "metastatic",
        "only",
        "ongoing",
        "current",
        "persistent",
        "recent",
        "recurrent",
        "serious",
        "severe",
        "serum",
        "significant",
        "symptomatic",
        "systemic",
        "uncontrolled",
        "unstable",
        "untreated",
        "histologically",
        "cytologically",
        "progressive",
        "advanced",
        "extensive",
    ]
    for sense in senses.of_text(word)
)
_QUANTIFIER = re.compile(
    r"\b(?:(?P<n>at least (?:two|three|four|five|[2-9])|(?:two|three|four|five|[2-9]) or more) of"
    r"|(?P<any>(?:any|either)(?: one)? of|(?:at least )?one (?:or more )?of|any(?= criteri| test| item))"
    r"|(?P<all>(?:all|each|both|every one) of|(?:all|each|every)(?= criteri| test| item| the following)))\b",
    re.IGNORECASE,
)
_STRENGTHS = {"any": 1, "n": 2, "all": 3}
_JOINT = re.compile(r"\b(?:and/or|and|or)\b", re.IGNORECASE)
_PAIRED = re.compile(r"\b(?:either|both)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Truth:
    """Of more people (+1) or of fewer (-1) the new wording is true; and where in which text the changed words stand."""

    of_more: int
    wording: Wording
    start: int
    end: int


def direction(before: Wording, after: Wording) -> Sign:
    """The sign of a change of words: +1 lets more in, -1 keeps more out, None where no frame fits."""
    if max(len(before.text), len(after.text)) > LONGEST:
        return None
    exception = _exception(before, after)
    if exception is not None:
        return exception
    return _sign_of(
        _quantifier(before, after)
        or _joint(before, after)
        or _piece(before, after)
        or _longer_list(before, after)
    )


def of_quantifier(before: Wording, after: Wording) -> Sign:
    """The same for a quantifier alone, which may hold a number: `at least two of` to `all of`."""
    return _sign_of(_quantifier(before, after))


def _sign_of(found: _Truth | None) -> Sign:
    if found is None:
        return None
    place = Bound(found.wording.text, found.start, found.end)
    sign = frames.of_bound(place, lists.under(found.wording.headers, found.wording.section))
    return None if sign is None else sign * found.of_more


def _quantifier(before: Wording, after: Wording) -> _Truth | None:
    """`any of the following` to `all of the following`, the rest as it was."""
    old, new = (list(_QUANTIFIER.finditer(wording.text)) for wording in (before, after))
    if len(old) != 1 or len(new) != 1 or old[0].lastgroup == new[0].lastgroup:
        return None
    rests = [
        found[0].string[: found[0].start()] + " " + found[0].string[found[0].end() :] for found in (old, new)
    ]
    if any(senses.differing(*rests)):
        return None
    weaker = _STRENGTHS[str(new[0].lastgroup)] < _STRENGTHS[str(old[0].lastgroup)]
    return _Truth(1 if weaker else -1, after, new[0].start(), new[0].end())


def _joint(before: Wording, after: Wording) -> _Truth | None:
    """The one `and` of a text that became `or`, or the other way round."""
    old, new = (_JOINT.findall(wording.text) for wording in (before, after))
    joints = [joint.lower() for joint in (*old, *new)]
    if len(old) != 1 or len(new) != 1 or sorted(joints) != ["and", "or"]:
        return None
    if any(
        senses.differing(*(_PAIRED.sub("", _JOINT.sub(" ", wording.text)) for wording in (before, after)))
    ):
        return None
    place = _JOINT.search(after.text)
    assert place is not None
    return _Truth(1 if joints[1] == "or" else -1, after, place.start(), place.end())


def _piece(before: Wording, after: Wording) -> _Truth | None:
    """One run of words that only one of the texts has: a restriction, or an alternative of a list."""
    old, new = senses.places(before.text), senses.places(after.text)
    longer, shorter, wording = (new, old, after) if len(new) > len(old) else (old, new, before)
    run = _surplus([sense for sense, _, _ in longer], [sense for sense, _, _ in shorter])
    if run is None:
        return None
    piece = [place for place in longer[run.start : run.stop] if place[0] not in ("and", "or", "and/or")]
    if not piece:
        return None
    start, end = piece[0][1], piece[-1][2]
    came = 1 if wording is after else -1
    if {sense for sense, _, _ in piece} <= _RESTRICTIONS and not _stands_in_list(wording.text, start, end):
        return _Truth(-came, wording, start, end)
    if _is_alternative(before.text, after.text, wording.text, start, end):
        return _Truth(came, wording, start, end)
    return None


def _longer_list(before: Wording, after: Wording) -> _Truth | None:
    """One list under `or` alone that has all the items of the other and one more, wherever it stands."""
    if {joint.lower() for joint in _JOINT.findall(f"{before.text} {after.text}")} != {"or"}:
        return None
    old, new = _items(before.text), _items(after.text)
    longer, shorter, wording = (new, old, after) if len(new) > len(old) else (old, new, before)
    own = [item for item in longer if item[0] not in {other[0] for other in shorter}]
    if len(longer) != len(shorter) + 1 or len(shorter) < 2 or len(own) != 1 or own[0] == longer[0]:
        return None
    return _Truth(1 if wording is after else -1, wording, own[0][1], own[0][2])


def _items(text: str) -> list[tuple[tuple[str, ...], int, int]]:
    """The items of a list: their senses, and where each starts and ends."""
    ends = [(0, 0), *((found.start(), found.end()) for found in _SEPARATOR.finditer(text)), (len(text), 0)]
    spans = [(start, end) for (_, start), (end, _) in pairwise(ends) if text[start:end].strip()]
    return [(senses.of_text(text[start:end]), start, end) for start, end in spans]


def _surplus(longer: list[str], shorter: list[str]) -> range | None:
    """The one run of senses that the longer list has and the shorter one lacks, all else being equal."""
    extra = len(longer) - len(shorter)
    start = next(
        (at for at, (one, other) in enumerate(zip(longer, shorter, strict=False)) if one != other),
        len(shorter),
    )
    if extra < 1 or longer[:start] + longer[start + extra :] != shorter:
        return None
    return range(start, start + extra)


def _stands_in_list(text: str, start: int, end: int) -> bool:
    return bool(
        re.search(r"(?:,|\b(?:and|or|and/or))\s*$", text[:start], re.I)
        or re.match(r"\s*(?:,|(?:and|or|and/or)\b)", text[end:], re.I)
    )


def _is_alternative(before: str, after: str, text: str, start: int, end: int) -> bool:
    """Whether a run of words is an item of a list under `or` alone, in both texts: it brings a joint or comma of its own."""
    joints = {joint.lower() for joint in _JOINT.findall(before + " " + after)}
    items = [len(_SEPARATOR.findall(each)) for each in (before, after)]
    return joints == {"or"} and abs(items[0] - items[1]) == 1 and _stands_in_list(text, start, end)


_SEPARATOR = re.compile(r",(?:\s?or\b)?|\bor\b", re.IGNORECASE)


def _exception(before: Wording, after: Wording) -> Sign:
    """An exception at the end that came lets in, one that went keeps out, whatever the criterion asks or bars."""
    old, new = senses.places(before.text), senses.places(after.text)
    longer, shorter, wording = (new, old, after) if len(new) > len(old) else (old, new, before)
    kept = len(shorter)
    if [sense for sense, _, _ in longer[:kept]] != [sense for sense, _, _ in shorter] or kept == len(longer):
        return None
    start = longer[kept][1]
    excepting = next(bearing(wording.text[start:]), None)
    if excepting is None or excepting.start > 0 or excepting.bears not in (Bears.EXCEPTS, Bears.UNLESS):
        return None
    sign = lists.under(wording.headers, wording.section)
    ruled = [word.bears for word in bearing(wording.text[:start])]
    demanded = sign == 1 and (excepting.bears is Bears.UNLESS or ruled == [Bears.DENIES])
    if ruled not in ([], [Bears.DENIES]) or not (sign == -1 or demanded):
        return None
    return 1 if wording is after else -1
