"""What sentences state plainly of "this study": each fact by the ways in which people write it (pure).

The ways are a closed set, in `statements.toml`: a sentence that is none of them says nothing here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sync.study.published import countries, readings
from sync.study.published.ages import YEAR, Ages, ages
from sync.study.published.amounts import AMOUNT, Amount, amount
from sync.study.published.dates import dates
from sync.study.published.page import nct_ids
from sync.study.published.prose import Sentence, is_plain


class Stated(NamedTuple):
    """A value that a sentence states of a fact."""

    fact: str
    value: Any
    sentence: str


class Way(NamedTuple):
    """A way to state a fact: the expression, and what reads the value in its match; None where there is none after all."""

    fact: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Any]


_HINTS = re.compile(
    r"study|trial|recruit|enrol|take part|participa|join|eligib|welcome|"
    r"sites|hospital|cent(?:er|re)s|clinics|patients|must be|sponsor",
    re.IGNORECASE,
)


def stated(sentence: Sentence) -> Iterator[Stated]:
    """All that a sentence states plainly of the study, each fact once."""
    text = sentence.read_as or sentence.text
    if sentence.of_another or not _HINTS.search(text) or not is_plain(text):
        return
    seen = set[str]()
    for way in _ways():
        found = way.pattern.match(text) if way.fact not in seen else None
        if found and not _is_called_by_name(found) and (value := way.read(found)) is not None:
            seen.add(way.fact)
            yield Stated(way.fact, value, sentence.text)


_CAPITAL = re.compile(r"\b(?!Phase\b|CAR\b|CAR-T\b|CD\d|BCMA\b|T\b|I{1,3}\b|IV\b|NCT\d)[A-Z]")


def _is_called_by_name(found: re.Match[str]) -> bool:
    """Whether the study has a name in this sentence, which may be that of another: "the HORIZON trial"."""
    named = _study_words().match(found[0])
    # The only ids that get here are this study's own.
    return named is not None and not nct_ids(found[0]) and bool(_CAPITAL.search(named["words"]))


_OPEN = frozenset({"RECRUITING", "ENROLLING_BY_INVITATION"})
_CLOSED = frozenset({"ACTIVE_NOT_RECRUITING", "COMPLETED", "TERMINATED", "WITHDRAWN", "SUSPENDED"})
_STATUS_WORDS = tuple(
    (re.compile(words, re.IGNORECASE), frozenset(values))
    for words, values in (
        (r"not (?:yet|started|begun|opened)|yet to", {"NOT_YET_RECRUITING"}),
        (r"by invitation", {"ENROLLING_BY_INVITATION"}),
        # Of a study that is stopped the registry says terminated or, before anybody has entered, withdrawn.
        (r"no longer|\bnot\b|clos|full|(?:enrol+ment|recruitment|recruiting|enrol+ing|accrual)\Z", _CLOSED),
        (r"terminated|halted|stopped|discontinued", {"TERMINATED", "WITHDRAWN"}),
        (r"withdrawn", {"WITHDRAWN"}),
        (r"suspended|hold|paused", {"SUSPENDED"}),
        (r"complete|finish|ended|over|concluded", {"COMPLETED"}),
        (r"active|ongoing|under|progress", _OPEN | {"ACTIVE_NOT_RECRUITING"}),
        (r"recruit|enrol|open|looking|seeking|inviting|accepting", _OPEN),
    )
)
"""The first that fits decides."""


def _status(found: re.Match[str]) -> frozenset[str] | None:
    said = " ".join(found["said"].split())
    exact = readings.status(said)
    return exact or next((values for words, values in _STATUS_WORDS if words.search(said)), None)


def _recruitment(found: re.Match[str]) -> frozenset[str]:
    """Of "Recruitment is …": what is complete is the recruitment, not the study."""
    said = found["said"].lower()
    if re.search(r"not (?:yet )?(?:open|start|begun)", said):
        return frozenset({"NOT_YET_RECRUITING"})
    if re.search(r"open|ongoing|under|progress", said):
        return _OPEN
    return frozenset({"SUSPENDED"}) if re.search(r"paus|suspend|hold", said) else _CLOSED


def _countries(found: re.Match[str]) -> tuple[frozenset[str], bool]:
    return countries.named(found["where"]), bool(found["only"])


def _name(found: re.Match[str]) -> str | None:
    name = " ".join(found["name"].split())
    return name if name.count("(") == name.count(")") else None


def _ages(found: re.Match[str]) -> Any:
    said = found.groupdict()
    return ages(said["ages"] or said.get("bare_ages") or "")


_READERS: dict[str, Callable[[re.Match[str]], Any]] = {
    "status": _status,
    "recruitment": _recruitment,
    "countries": _countries,
    "phase": lambda found: readings.phases(found["phase"]),
    "sponsor": _name,
    "ages": _ages,
    "sex": lambda found: readings.sex(found["said"]),
    "both sexes": lambda _found: "ALL",
    "adults": lambda _found: Ages(18 * YEAR, None, says_maximum=False),
    "minors": lambda _found: Ages(None, 17 * YEAR, says_minimum=False),
    "one place": lambda _found: Amount(1),
    **dict.fromkeys(("enrollment", "enrolled", "sites", "country_count"), amount),
    **dict.fromkeys(("start", "completion", "complete_by"), lambda found: dates(found["day"]) or None),
}
"""By what a way says that it reads, else by its fact."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _ways() -> tuple[Way, ...]:
    return tuple(
        Way(each["fact"], _compiled(f"{{lead}}{each['pattern']}"), _READERS[each.get("reads", each["fact"])])
        for each in _table()["way"]
    )


@cache
def _study_words() -> re.Pattern[str]:
    return _compiled("{lead}(?:this|the|our) (?P<words>{words})(?:study|trial)\\b")


def _compiled(pattern: str) -> re.Pattern[str]:
    """The expression of a pattern of the table, with its pieces put in."""
    pieces = {name: _joined(piece) for name, piece in _table()["pieces"].items()}
    pieces |= {"amount": AMOUNT, "country": countries.COUNTRY}
    text = _joined(pattern)
    while named := re.search(r"\{([a-z_]+)\}", text):
        text = text.replace(named[0], pieces[named[1]])
    return re.compile(text.replace(" ", r"\s"), re.IGNORECASE)


def _joined(text: str) -> str:
    return re.sub(r"\n {2}", "", text)
