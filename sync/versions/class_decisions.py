"""A person's decision on what a study is: read as it is typed, checked, kept above what the classifier says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage import classes, cohorts
from storage.classes import Answer, Step
from sync.cohort.terms import antigen_named
from sync.cohort.vocabulary import ANTIGEN, AREAS, CLASSES, SOURCES
from sync.errors import UsageError
from sync.versions.classes import classify_stored
from sync.versions.known import known_study, one_of
from sync.versions.profiles import renew_profile

_BETWEEN = re.compile(r"[,;|]+")
MOST_ANTIGENS = 10
LONGEST_REASON = 1000


def answers_typed(pairs: Iterable[str]) -> Answer:
    """What was typed as `class=car_t_product`, `antigens=CD19,BCMA`. Raises UsageError for what is none of the answers."""
    typed: dict[str, str] = {}
    for pair in pairs:
        name, is_pair, value = pair.partition("=")
        if not is_pair:
            raise UsageError(
                f"{pair!r} says nothing: write class=car_t_product, antigens=CD19,BCMA, source=… or area=…"
            )
        answer = one_of("answer", "answers", name.strip(), classes.ANSWERS)
        if answer in typed:
            raise UsageError(f"{answer} is given twice: give one {answer}")
        if not value.strip():  # of an unset variable
            raise UsageError(f"{answer}= is empty: give it a value; no antigens are antigens=none")
        typed[answer] = value.strip()
    return decided_answers(typed)


def decided_answers(typed: Mapping[str, str]) -> Answer:
    """The answers, checked. No antigens, or `none`: that it says none. Raises UsageError, also where nothing is decided."""
    known: dict[str, Sequence[str]] = {"class": CLASSES, "source": SOURCES, "area": AREAS}
    plural = {"class": "classes", "source": "sources", "area": "areas"}
    decided: Answer = {
        name: one_of(name, plural[name], typed[name], names) for name, names in known.items() if name in typed
    }
    if "antigens" in typed:
        decided["antigens"] = _antigens(typed["antigens"])
    if not decided:
        raise UsageError("nothing is decided: name a class, antigens, a source or an area")
    return decided


def _antigens(text: str) -> list[str]:
    """Each by the name that it has here; one that no term knows as it is written: a person may know a new one."""
    named = [each.strip() for each in _BETWEEN.split(text) if each.strip()]
    if [each.lower() for each in named] == ["none"]:
        return []
    for each in named:
        if antigen_named(each) is None and not ANTIGEN.fullmatch(each):
            raise UsageError(
                f"{each[:40]!r} is not the name of an antigen: letters, digits and dashes, such as CD19"
            )
    if len(named) > MOST_ANTIGENS:
        raise UsageError(
            f"{len(named)} antigens are more than the {MOST_ANTIGENS} that one decision may name"
        )
    return list(dict.fromkeys(antigen_named(each) or each for each in named))


def decide_class(
    session: Session,
    nct_id: str,
    decided: Mapping[str, Any] | None,
    *,
    reason: str,
    by: str,
    at: datetime,
    watches: Sequence[str],
) -> Step | None:
    """Keep a person's decision on a study, or with none take it back; the step that it makes, if any.

    `watches` are those that look at classes: they are read again at the next poll. Raises UsageError, UnknownEntry.
    """
    known_study(session, nct_id)
    why = " ".join(reason.split())
    if not why or len(why) > LONGEST_REASON:
        raise UsageError(
            f"a decision needs its reason, in at most {LONGEST_REASON:,} letters: others will ask for it"
        )
    classify_stored(session, nct_id, at)
    if decided is None:
        step = classes.undo(session, nct_id, reason=why, by=by, at=at)
    else:
        step = classes.decide(session, nct_id, decided, reason=why, by=by, at=at)
    if step is not None:
        renew_profile(session, nct_id)
        cohorts.unsettle(session, watches)
    return step
