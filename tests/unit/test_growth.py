"""What a record costs grows with its length: every expression, and every loop from the bytes to the message.

Work is counted, not timed: the steps of a backtracking match, the lines of the program that are run.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from types import FrameType, ModuleType
from typing import Any

import pytest

import sync
from sync.alerts.channels.plain import text as in_words
from sync.alerts.message import AlertNote, compose
from sync.changes.criteria.changes import side_by_side
from sync.changes.explain import explain
from sync.changes.model import Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.registry.pages import raw_hash, read_page
from sync.study.canonical import canonicalise
from sync.study.record import Study, read_record
from sync.study.shape import check_shape
from tests.support.backtracking import Matcher, pumps, tree_of

Named = tuple[str, re.Pattern[Any], bool, bool]

WINDOWED = {
    "sync.study.criteria.comparators": "looked for in the 60 characters beside a number",
    "sync.settings_base": "a duration in the configuration",
    "sync.study.criteria.names": "looked for in the 90 characters beside a number",
}
"""Modules whose expressions meet no more of the registry's text than a window, and why."""
_ANCHORED = {"match", "fullmatch"}


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(sync.__path__, "sync."):
        if not found.name.startswith("sync.demo") and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def expressions() -> Iterator[Named]:
    """Every compiled expression of the program; whether it is tried at the start alone, and must fit the whole."""
    seen = set()
    for module in modules():
        for name, value in vars(module).items():
            for at, pattern in enumerate(compiled(value)):
                if module.__name__ not in WINDOWED and pattern not in seen:
                    seen.add(pattern)
                    used = set(re.findall(rf"\b{name}\.(\w+)\(", inspect.getsource(module)))
                    anchored = bool(used) and used <= _ANCHORED
                    yield f"{module.__name__}.{name}.{at}", pattern, anchored, used == {"fullmatch"}


def compiled(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from compiled(tuple(value.values()))
    elif isinstance(value, tuple):
        for each in value:
            yield from compiled(each)


EXPRESSIONS = list(expressions())


@lru_cache(maxsize=1)
def matcher(pattern: re.Pattern[Any]) -> Matcher:
    return Matcher(pattern)


def steps(named: Named, text: str) -> int:
    _, pattern, anchored, whole = named
    return matcher(pattern).steps_in(text, len(text) ** 2 * 20, anchored=anchored, whole=whole)


def superlinear(named: Named) -> list[str]:
    """The attacks whose steps grow faster than their length: three times and more where it doubles."""
    found = []
    repeated = list(dict.fromkeys(filter(None, pumps(tree_of(named[1])))))
    spaced = (f"{pump} " for pump in repeated)
    # A table of hundreds of words repeats dozens of things: each of them with each head took two minutes of a core.
    heads = ("", *repeated[:4]) if len(repeated) <= 12 else ("",)
    for pump in dict.fromkeys((*repeated, *spaced, " ", "1")) if repeated else ():
        for head, tail in product(heads, ("\x01", ",")):
            few, many = (steps(named, head + pump * (size // len(pump) + 1) + tail) for size in (60, 120))
            if many > 2.9 * few and many > 1_000:
                found.append(f"{head!r} + {pump!r} × n + {tail!r}: {few:,} steps, then {many:,}")
    return found


@pytest.mark.parametrize("named", EXPRESSIONS, ids=[named[0] for named in EXPRESSIONS])
def test_an_expression_takes_steps_in_proportion_to_its_text(named: Named) -> None:
    assert superlinear(named) == []


@pytest.mark.parametrize(
    "expression",
    [
        r'"a"\s*:\s*\{.*?"b"\s*:\s*\{.*?"c"\s*:\s*"([^"\\]*)"',
        r"(#{1,6})\s+(.*?)\s*#*$",
        r"\b(?:unless|if)\b[^,:]*$",
        r"(?:a+)+$",
        r"\d+(?:\s*10\s*\d+)?\s*mg",
        r"endpoints?\b.*(?:not|low)",
        r"\w+leucel\b",
    ],
)
def test_the_expressions_that_it_was_made_for_are_found_out(expression: str) -> None:
    assert superlinear(("", re.compile(expression, re.DOTALL), False, False))


# from the bytes to the message


def words(size: int, sign: str = "") -> str:
    return " ".join(f"w{sign}{n}" for n in range(size // 6))


def rows(form: str, size: int) -> str:
    row = form.format(n=10, letter="a")
    return "\n".join(form.format(n=n, letter=chr(97 + n % 26)) for n in range(size // (len(row) + 1)))


TEXTS: dict[str, Callable[[int], str]] = {
    "bullets": lambda size: rows("* item {n}", size),
    "bullets in a line": lambda size: "* a " + "• this one " * (size // 11),
    "lettered lines": lambda size: rows("{letter}) item {n}", size),
    "a) b) in a line": lambda size: "a) x" + "; b) y; a) z" * (size // 12),
    "a zig-zag of lists": lambda size: "\n".join("      " * (n % 2) + f"* x{n}:" for n in range(size // 10)),
    "lists nested in HTML": lambda size: "<ul><li>a:" * (size // 10),
    "many items at the bottom of nested lists": lambda size: (
        "<ul>" * (size // 8) + "<li>a:</li>" * (size // 22)
    ),
    "paragraphs under one bullet": lambda size: "* a\n\n" + "  par\n\n" * (size // 7),
    "titles in a row": lambda size: "Title:\n\n" * (size // 8),
    "headings": lambda size: "# T\n\n* a\n\n" * (size // 10),
    "sections in a line": lambda size: "x. Exclusion Criteria: y " * (size // 25),
    "hashes": lambda size: "# " + "# " * (size // 2) + "x",
    "rules of tables": lambda size: (" -" * 60 + "---x\n") * (size // 125),
    "one long line": words,
    "numbers": lambda size: " ".join(f"≥ {n} mg," for n in range(size // 9)),
    "denials": lambda size: "if not " * (size // 7),
    "abbreviations": lambda size: " ".join(f"a{n} b (AB)," for n in range(size // 12)),
    "emphasis": lambda size: "*a _b **c " * (size // 10),
    "tags": lambda size: "<p <sup>1 <br" * (size // 13),
    "references": lambda size: "&amp;amp;#38;" * (size // 13),
    "combining marks": lambda size: "e" + "\u0301\u0316" * (size // 2),
}

FIELDS: dict[str, Callable[[int], dict[str, Any]]] = {
    "a title": lambda size: {"identificationModule": {"nctId": "NCT00000001", "briefTitle": words(size)}},
    "a summary in lines": lambda size: {"descriptionModule": {"briefSummary": rows("line {n}", size)}},
    "sites of one name": lambda size: {
        "contactsLocationsModule": {
            "locations": [{"facility": "F", "status": f"S{n}"} for n in range(size // 40)]
        }
    },
    "sites": lambda size: {
        "contactsLocationsModule": {
            "locations": [{"facility": f"F{n}", "city": "C"} for n in range(size // 40)]
        }
    },
    "outcomes": lambda size: {
        "outcomesModule": {"primaryOutcomes": [{"measure": f"m{n}"} for n in range(size // 30)]}
    },
    "conditions": lambda size: {"conditionsModule": {"conditions": [f"c{n}" for n in range(size // 20)]}},
    "an unknown object": lambda size: {"newModule": {f"k{n}": n for n in range(size // 10)}},
}


def record(protocol: dict[str, Any]) -> bytes:
    known = {
        "identificationModule": {"nctId": "NCT00000001"},
        "statusModule": {"overallStatus": "RECRUITING"},
    }
    derived = {"miscInfoModule": {"versionHolder": "2026-09-01"}}
    return json.dumps({"protocolSection": known | protocol, "derivedSection": derived}).encode()


def snapshot(raw: bytes, number: int) -> Snapshot:
    (came,) = read_page(b'{"studies":[' + raw + b'],"totalCount":1}').records
    raw_hash(came.raw)
    parsed = read_record(came.raw)
    check_shape(parsed)
    return Snapshot(parsed, canonicalise(parsed), VersionRef(number, "2026-09-01", "a" * 64))


def whole_way(before: bytes, after: bytes) -> None:
    """From the bytes of two versions to the message and the criteria side by side."""
    old, new = snapshot(before, 1), snapshot(after, 2)
    event = explain(old, new, rules=RuleSet.default(), seen_at="2026-09-02T00:00:00Z")
    assert event is not None
    in_words(compose(event, AlertNote("open", "w")))
    side_by_side(*(Study(each.record).eligibility_text for each in (old, new)))


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python are run; a comprehension counts one for each of its elements."""
    count = 0

    def trace(_frame: FrameType, what: str, _value: object) -> Any:
        nonlocal count
        count += what == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def grows(make: Callable[[int], tuple[bytes, bytes]]) -> float:
    """By how much more the lines grow than the text."""
    less, more = (lines_run(lambda size=size: whole_way(*make(size))) for size in SIZES)  # type: ignore[misc]
    return round(more / less / (SIZES[1] / SIZES[0]), 2)


SIZES = (8_000, 32_000)
"""Characters; what is remembered of shorter texts would make the growth look steeper."""
MOST = 1.6
"""Work that grows with the square, and is a fifth of the work on the shorter text, comes to this."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXTS)
def test_a_nasty_eligibility_text_takes_work_in_proportion_to_it(kind: str) -> None:
    def versions(size: int) -> tuple[bytes, bytes]:
        text = TEXTS[kind](size)
        return tuple(  # type: ignore[return-value]
            record({"eligibilityModule": {"eligibilityCriteria": each}})
            for each in (text, text + "\n\n* Another one")
        )

    whole_way(*versions(100))  # what is done once, on import
    assert grows(versions) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("kind", FIELDS)
def test_a_nasty_field_takes_work_in_proportion_to_it(kind: str) -> None:
    def versions(size: int) -> tuple[bytes, bytes]:
        return record({"conditionsModule": {}}), record(FIELDS[kind](size))

    whole_way(*versions(100))
    assert grows(versions) < MOST
