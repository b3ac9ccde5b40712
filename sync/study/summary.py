"""The few facts of a record that a listing shows, besides its title, status, sponsor, phases and enrolment."""

from __future__ import annotations

from typing import Any

from sync.study.plain import plain
from sync.study.record import DateStruct, Record, Study, at

LISTED = 5
"""Conditions and interventions that a listing has room for."""


def facts(study: Study) -> dict[str, Any]:
    """The facts as JSON. Old records and new ones give the same, whatever words their time had for it."""
    return {
        "countries": sorted(study.countries),
        "sites": len(study.locations),
        "start": _date(study.start),
        "primary_completion": _date(study.primary_completion),
        "completion": _date(study.completion),
        "study_type": _text(at(study.record, "protocolSection", "designModule", "studyType")),
        # A listing reads this of all its rows at once, and a record may name any number.
        "conditions": [text for text in study.conditions if text][:LISTED],
        "interventions": _texts(study.interventions, "name")[:LISTED],
        "sponsor_class": study.sponsor_class,
        "has_results": study.has_results,
    }


def _texts(objects: tuple[Record, ...], name: str) -> list[str]:
    return [text for each in objects if (text := _text(each.get(name)))]


def _text(value: Any) -> str | None:
    return plain(value) or None if isinstance(value, str) else None


def _date(known: DateStruct | None) -> dict[str, str | None] | None:
    return {"date": known.date.text, "type": known.type} if known else None
