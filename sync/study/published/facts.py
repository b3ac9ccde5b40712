"""The quick facts: what each is in a record, how it is found on a page, and when the two say the same (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sync.study.criteria.model import key
from sync.study.labels import in_words
from sync.study.labels import phases as phases_in_words
from sync.study.plain import plain
from sync.study.published import labels, readings
from sync.study.published.ages import ages_agree, ages_alone, ages_left_open, ages_of, ages_shown, find_ages
from sync.study.published.dates import (
    any_agrees,
    completion,
    completion_shown,
    date_in,
    date_of,
    dates_agree,
    find_updated,
    is_date,
    updated,
)
from sync.study.published.enrollment import enrollment, is_count
from sync.study.published.finding import (
    LONGEST_VALUE,
    Lines,
    Reading,
    Strength,
    alone,
    by_label,
    either,
    labelled,
    listed,
    named_in,
)
from sync.study.record import Study, at


class Fact(NamedTuple):
    """A fact of a study. `find` gets the page and all values that the record ever had."""

    name: str
    title: str
    of: Callable[[Study], Any]
    find: Callable[[Lines, Sequence[Any]], Iterator[Reading]]
    agrees: Callable[[Any, Any], bool]
    shown: Callable[[Any], str]
    leaves_open: Callable[[Any, Any], bool] = lambda _page, _record: False
    """Whether a record leaves open what a page says."""


def _phase_alone(text: str) -> frozenset[str] | None:
    return readings.phases(text) if "phase" in text.lower() else None


def _find_phases(lines: Lines, _known: Sequence[Any]) -> Iterator[Reading]:
    """Behind the label, with the phases on the lines below: pages give each of two a line."""
    for at_line, line in enumerate(lines):
        found = labels.label(line.text)
        if found is None or found.fact != "phase":
            continue
        below = [each.text for each in lines[at_line + 1 : at_line + 4]]
        texts = [found.rest, *below] if found.rest else below
        said = _while_phases(texts, first=bool(found.rest) or bool(below))
        if said:
            value = frozenset[str]().union(*(readings.phases(each) or () for each in said))
            yield Reading(", ".join(said), value, Strength.LABELLED, is_plain=bool(value))
        elif found.rest and len(found.rest) <= labels.LONGEST:
            yield Reading(found.rest, None, Strength.LABELLED)


def _while_phases(texts: Sequence[str], *, first: bool) -> list[str]:
    said: list[str] = []
    for text in texts:
        # The first may be a bare number ("Phase: 1"); those below it name themselves.
        if readings.phases(text) is None or (said and "phase" not in text.lower()) or not first:
            break
        said.append(text)
    return said


_NUMBER_ABOVE = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,9}")
_COUNTED = re.compile(
    r"(?:participants?|patients?|subjects?|enrol?lment)(?: \(?(?:estimated|actual)\)?)?", re.IGNORECASE
)


def _number_above_its_unit(lines: Lines, _known: Sequence[Any]) -> Iterator[Reading]:
    """A card: `24`, and below it `participants`."""
    for above, below in pairwise(lines):
        if _NUMBER_ABOVE.fullmatch(above.text) and _COUNTED.fullmatch(below.text):
            yield Reading(f"{above.text} {below.text}", readings.number(above.text), Strength.ALONE)


def _names(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain(value) for value in values if plain(value)))


def _lists_agree(page: frozenset[str], record: tuple[str, ...]) -> bool:
    return {key(each.lower()) for each in page} == {key(each.lower()) for each in record}


def _find_sponsor(lines: Lines, known: Sequence[str | None]) -> Iterator[Reading]:
    names = [(each, key(each.lower())) for each in dict.fromkeys(filter(None, known))]
    names.sort(key=lambda pair: len(pair[1]), reverse=True)
    for _, _label, texts in labelled(lines, "sponsor"):
        for text in texts[:1]:
            if found := named_in(text, names):
                yield Reading(text, found[0], Strength.LABELLED)
            elif text and len(text) <= 120:
                yield Reading(text, text, Strength.LABELLED)
    for line in lines:
        for found_name in named_in(line.text, names)[:1]:
            yield Reading(line.text[:LONGEST_VALUE], found_name, Strength.MENTION)


def _sponsors_agree(page: str, record: str | None) -> bool:
    return record is not None and key(page.lower()) == key(record.lower())


_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII)
_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{5,24}\d")


def _contacts(study: Study) -> frozenset[str]:
    """All addresses and numbers in the record's contacts, of the study and of its sites."""
    module = at(study.record, "protocolSection", "contactsLocationsModule")
    sites = at(module, "locations")
    people = [*_dicts(at(module, "centralContacts"))]
    people += [person for site in _dicts(sites) for person in _dicts(site.get("contacts"))]
    return frozenset(reach for person in people for reach in _reaches(person))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _reaches(person: dict[str, Any]) -> Iterator[str]:
    if isinstance(mail := person.get("email"), str) and mail:
        yield mail.lower().strip()
    if isinstance(phone := person.get("phone"), str) and len(digits := _digits(phone)) >= 7:
        yield digits


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-10:]


def _find_contacts(lines: Lines, known: Sequence[frozenset[str]]) -> Iterator[Reading]:
    """Addresses and numbers that the record has or had; others are of whoever made the page."""
    ever = frozenset[str]().union(*known)
    for line in lines:
        for found in (*_EMAIL.findall(line.text), *_PHONE.findall(line.text)):
            reach = found.lower() if "@" in found else _digits(found)
            if reach in ever:
                yield Reading(found, reach, Strength.ALONE)


def _reach_agrees(page: str, record: frozenset[str]) -> bool:
    return page in record


def _sites(study: Study) -> int | None:
    return len(study.locations) or None


def _sites_alone(text: str) -> int | None:
    found = re.fullmatch(
        r"(\d{1,4}) (?:study |trial |clinical )?(?:sites?|locations?|cent(?:er|re)s?)", text, re.IGNORECASE
    )
    return int(found[1]) if found else None


def _equal(page: Any, record: Any) -> bool:
    return bool(page == record)


def _among(page: frozenset[str], record: str | None) -> bool:
    return record in page


def _joined(names: Sequence[str]) -> str:
    return "; ".join(names)


def _sex(study: Study) -> str | None:
    value = at(study.record, "protocolSection", "eligibilityModule", "sex")
    return value if isinstance(value, str) else None


def _day_fact(name: str, title: str) -> Fact:
    return Fact(name, title, date_of(name), by_label(name, date_in, is_plain=is_date), dates_agree, str)


FACTS = (
    Fact("status", "Status", lambda study: study.status,
         either(by_label("status", readings.status, is_plain=bool), alone(readings.status)), _among, in_words,
         readings.leaves_open),
    Fact("phase", "Phase", lambda study: frozenset(study.phases) - {"NA"},
         either(_find_phases, alone(_phase_alone)), _equal,
         lambda value: phases_in_words(sorted(value)) or "Not applicable"),
    Fact("enrollment", "Enrollment", lambda study: study.enrollment.count,
         either(by_label("enrollment", enrollment, is_plain=is_count), alone(readings.people), _number_above_its_unit),
         _equal, lambda value: f"{value:,}"),
    Fact("ages", "Ages", ages_of, either(find_ages, alone(ages_alone)), ages_agree, ages_shown, ages_left_open),
    Fact("sex", "Sex", _sex, by_label("sex", readings.sex, is_plain=bool), _equal, in_words),
    Fact("sponsor", "Sponsor", lambda study: study.sponsor, _find_sponsor, _sponsors_agree, str),
    Fact("conditions", "Conditions", lambda study: _names(study.conditions), listed("conditions"),
         _lists_agree, _joined),
    Fact("interventions", "Interventions",
         lambda study: _names([str(each["name"]) for each in study.interventions if isinstance(each.get("name"), str)]),
         listed("interventions"), _lists_agree, _joined),
    _day_fact("start", "Start"),
    _day_fact("primary_completion", "Primary completion"),
    Fact("completion", "Completion", completion, by_label("completion", date_in, is_plain=is_date),
         any_agrees, completion_shown),
    Fact("updated", "Last update", updated, find_updated, any_agrees,
         lambda value: str(value[0] or value[1] or "")),
    Fact("sites", "Sites", _sites, either(by_label("sites", readings.number, unread=False), alone(_sites_alone)),
         _equal, str),
    Fact("contacts", "Contacts", _contacts, _find_contacts, _reach_agrees, lambda value: "; ".join(sorted(value)[:4])),
)  # fmt: skip
"""In the order in which they are shown."""
