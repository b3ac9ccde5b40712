"""Days and months as pages write them, and when one says the same as a date of a record (pure)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from sync.study.published.finding import Lines, Reading, by_label
from sync.study.record import Study

Span = tuple[date, date]
"""The first and the last day that a date can mean."""
_MONTHS = (
    {name.lower(): at for at, name in enumerate(calendar.month_name) if name}
    | {name.lower(): at for at, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?(?!\d)"),
    re.compile(rf"\b(?P<n>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s.-]+(?:of\s)?(?P<n>{_MONTH})\.?,?[\s-]+(?P<y>\d{{4}})\b",
               re.IGNORECASE),
    re.compile(rf"\b(?P<n>{_MONTH})\.?,?[\s-]+(?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<![\d/])(?P<m>\d{1,2})/(?P<y>\d{4})(?!\d)"),
    re.compile(r"\bQ(?P<q>[1-4])[\s/]*(?P<y>\d{4})\b", re.IGNORECASE),
    re.compile(r"(?<![\d/.-])(?P<y>(?:19|20)\d{2})(?![\d/.-])"),
)  # fmt: skip


def dates(text: str) -> tuple[Span, ...]:
    """What the first date in a text can mean: two spans where day and month may be either; empty where there is none."""
    for pattern in _DATES:
        if found := pattern.search(text):
            return tuple(span for each in _meant(found.groupdict()) if (span := _span(*each)))
    return ()


def _meant(said: dict[str, Any]) -> list[tuple[int, int | None, int | None]]:
    year = int(said["y"] or 0)
    day = int(said["d"]) if said.get("d") else None
    if name := said.get("n"):
        return [(year, _MONTHS[name.lower()], day)]
    if (first := said.get("a")) and (second := said.get("b")):
        # 03/04/2027 is March in one country and April in another.
        return list(dict.fromkeys([(year, int(first), int(second)), (year, int(second), int(first))]))
    if quarter := said.get("q"):
        return [(year, -int(quarter), None)]
    return [(year, int(said["m"]) if said.get("m") else None, day)]


def _span(year: int, month: int | None, day: int | None) -> Span | None:
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        first_month, last_month = (-3 * month - 2, -3 * month) if month < 0 else (month, month)
        if day is not None:
            return date(year, month, day), date(year, month, day)
        return date(year, first_month, 1), date(year, last_month, calendar.monthrange(year, last_month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None


def date_in(text: str) -> tuple[Span, ...] | None:
    return dates(text) or None


_NO_MORE = re.compile(
    r"[\s.,;()\[\]]*(?:(?:estimated|actual|anticipated|expected|planned)[\s.,;()\[\]]*)?", re.IGNORECASE
)


def is_date(text: str) -> bool:
    """Whether a text is a date and nothing else, but for what kind of date it is: "August 2029 (estimated)"."""
    found = next(filter(None, (pattern.search(text) for pattern in _DATES)), None)
    # 06/07/2027 is June in one country and July in another.
    return (
        found is not None
        and len(dates(text)) == 1
        and bool(_NO_MORE.fullmatch(text[: found.start()] + text[found.end() :]))
    )


def dates_agree(page: tuple[Span, ...], record: Any) -> bool:
    """One lies within the other: "June 2027" says no more than 2027-06-15 does."""
    return record is not None and any(
        (first <= record.first and record.last <= last) or (record.first <= first and last <= record.last)
        for first, last in page
    )


def date_of(name: str) -> Callable[[Study], Any]:
    def of(study: Study) -> Any:
        found = getattr(study, name)
        return found.date if found else None

    return of


def completion(study: Study) -> tuple[Any, Any]:
    return date_of("completion")(study), date_of("primary_completion")(study)


def any_agrees(page: tuple[Span, ...], record: tuple[Any, Any]) -> bool:
    """A page that says "completion" may mean either of the two."""
    return any(dates_agree(page, each) for each in record)


def updated(study: Study) -> tuple[Any, ...]:
    return study.posted, study.submitted, study.verified


def find_updated(lines: Lines, known: Sequence[Any]) -> Iterator[Reading]:
    """Only a day that the record had: what else is "last updated" is the page itself."""
    for each in by_label("updated", date_in, unread=False)(lines, known):
        if any(any_agrees(each.value, record) for record in known):
            yield each


def completion_shown(dates: tuple[Any, Any]) -> str:
    return str(dates[0] or dates[1] or "")
