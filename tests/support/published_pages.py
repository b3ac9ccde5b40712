"""Pages about a study as sites print them, made of a record: the same facts and criteria in many styles."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from sync.study.criteria import Criterion, parse
from sync.study.dates import PartialDate
from sync.study.labels import in_words, phases
from sync.study.record import Study, at

Style = Callable[[Study], str]
_MONTHS = list(calendar.month_name)[1:]
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


class Told(NamedTuple):
    """A study's facts in words, and its criteria by section, each with how deep it is nested."""

    nct_id: str
    title: str
    status: str
    phase: str
    enrollment: str
    ages: str
    sex: str
    sponsor: str
    conditions: tuple[str, ...]
    interventions: tuple[str, ...]
    start: str
    primary: str
    completion: str
    updated: str
    criteria: dict[str, list[Criterion]]


def told(study: Study, day: Callable[[PartialDate], str] = str) -> Told:
    """What a page has to print; "" where the record gives nothing."""
    dates = [
        day(found.date) if found else ""
        for found in (study.start, study.primary_completion, study.completion)
    ]
    count = study.enrollment.count
    criteria: dict[str, list[Criterion]] = {"inclusion": [], "exclusion": []}
    for item in parse(study.eligibility_text).items:
        criteria[item.section].append(item)
    return Told(
        nct_id=study.nct_id or "",
        title=study.title,
        status=in_words(study.status or ""),
        phase=phases(study.phases) or ("N/A" if study.phases else ""),
        enrollment="" if count is None else f"{count:,}",
        ages=_ages(study),
        sex=in_words(str(at(study.record, "protocolSection", "eligibilityModule", "sex") or "")),
        sponsor=study.sponsor or "",
        conditions=study.conditions,
        interventions=tuple(str(each.get("name", "")) for each in study.interventions),
        start=dates[0],
        primary=dates[1],
        completion=dates[2],
        updated=day(study.posted) if study.posted else "",
        criteria=criteria,
    )


def _ages(study: Study) -> str:
    module = at(study.record, "protocolSection", "eligibilityModule")
    low, high = at(module, "minimumAge"), at(module, "maximumAge")
    if low and high:
        return f"{low} to {high}"
    if low:
        return f"{low} and older"
    return f"up to {high}" if high else ""  # noqa: RUF100


def long_day(found: PartialDate) -> str:
    """June 15, 2027; June 2027."""
    year, *rest = found.text.split("-")
    if not rest:
        return year
    month = _MONTHS[int(rest[0]) - 1]
    return f"{month} {int(rest[1])}, {year}" if len(rest) > 1 else f"{month} {year}"


def short_day(found: PartialDate) -> str:
    """15 Jun 2027."""
    year, *rest = found.text.split("-")
    month = _MONTHS[int(rest[0]) - 1][:3] if rest else ""
    return " ".join(filter(None, (rest[1] if len(rest) > 1 else "", month, year)))


def american_day(found: PartialDate) -> str:
    """06/15/2027; 06/2027."""
    year, *rest = found.text.split("-")
    return "/".join([*rest, year])


def month_only(found: PartialDate) -> str:
    """June 2027, whatever the precision."""
    year, *rest = found.text.split("-")
    return f"{_MONTHS[int(rest[0]) - 1]} {year}" if rest else year


def _lines(items: Sequence[Criterion], bullet: str = "") -> Iterator[str]:
    for item in items:
        yield f"{'  ' * item.depth if bullet else ''}{bullet}{item.text}"


def registry_text(study: Study) -> str:
    """The registry's own page as a browser copies it: each label and each value on a line of its own."""
    it = told(study)
    rows = [
        "ClinicalTrials.gov", "Find Studies", "Study Basics", "Submit Studies", "About", it.title,
        "ClinicalTrials.gov ID", it.nct_id, "Sponsor", it.sponsor, "Information provided by", it.sponsor,
        "Last Update Posted", it.updated, "Study Overview", "Conditions", *it.conditions,
        "Intervention / Treatment", *(f"Drug: {each}" for each in it.interventions),
        "Study Start (Actual)", it.start, "Primary Completion (Estimated)", it.primary,
        "Study Completion (Estimated)", it.completion, "Enrollment (Estimated)", it.enrollment,
        "Study Type", "Interventional", "Phase", *it.phase.replace("Phase 1/2", "Phase 1\nPhase 2").split("\n"),
        "Participation Criteria", "Eligibility Criteria", "Description", "Inclusion Criteria:",
        *_lines(it.criteria["inclusion"]), "Exclusion Criteria:", *_lines(it.criteria["exclusion"]),
        "Ages Eligible for Study", it.ages, "Sexes Eligible for Study", it.sex, "Study Plan",
        "This section provides details of the study plan, including how the study is designed.",
        "Overall Status", it.status, "About ClinicalTrials.gov", "Terms and Conditions", "Disclaimer",
    ]  # fmt: skip
    return "\n".join(rows)


def colons(study: Study) -> str:
    """A plain list of facts, then the criteria as bullets."""
    it = told(study, long_day)
    facts = {
        "NCT number": it.nct_id, "Status": it.status, "Phase": it.phase.removeprefix("Phase "),
        "Enrollment": f"{it.enrollment} participants", "Age": it.ages, "Gender": it.sex, "Sponsor": it.sponsor,
        "Conditions": ", ".join(it.conditions), "Interventions": ", ".join(it.interventions),
        "Start date": it.start, "Primary completion date": it.primary, "Estimated completion": it.completion,
        "Last updated": it.updated,
    }  # fmt: skip
    rows = ["Home > Our trials > Trial", it.title, "", *(f"{name}: {value}" for name, value in facts.items())]
    rows += [
        "",
        "Inclusion criteria",
        "",
        *_lines(it.criteria["inclusion"], "- "),
        "",
        "Exclusion criteria",
        "",
    ]
    rows += [
        *_lines(it.criteria["exclusion"], "- "),
        "",
        "Contact us",
        "Phone: +1 555 010 0199",
        "© 2026 Our Hospital",
    ]
    return "\n".join(rows)


def cards(study: Study) -> str:
    """A summary line with dots, for patients."""
    it = told(study, month_only)
    phase = it.phase
    for number, roman in _ROMAN.items():
        phase = phase.replace(number, roman)
    ages = it.ages.replace(" Years", "").replace(" to ", "–")
    rows = [
        "Skip to main content", "Find a clinical trial", it.title,
        f"{it.status} · {phase or 'N/A'} · {it.enrollment} participants · Ages {ages}",
        f"Sponsored by: {it.sponsor}", f"Study start: {it.start}", f"Estimated completion: {it.completion}",
        "Who can take part?", *_lines(it.criteria["inclusion"]), "Who cannot take part?",
        *_lines(it.criteria["exclusion"]), "Contact the study team", "study@hospital.example", "Related trials",
        "Another study of something else", "Completed · Phase IV · 9 participants", "We use cookies. Accept all",
    ]  # fmt: skip
    return "\n".join(rows)


def source(study: Study) -> str:
    """The HTML source of a page with all that surrounds a text."""
    it = told(study, short_day)
    facts = {
        "Recruitment status": it.status, "Study phase": it.phase, "Number of participants": it.enrollment,
        "Eligible ages": it.ages, "Sex": it.sex, "Lead sponsor": it.sponsor, "Start": it.start,
        "Primary completion": it.primary, "Study completion": it.completion,
    }  # fmt: skip
    cells = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    lists = "".join(
        f"<h3>{name}</h3><ul>{''.join(f'<li>{escape(text)}</li>' for text in _lines(it.criteria[section]))}</ul>"
        for section, name in (("inclusion", "Inclusion Criteria"), ("exclusion", "Exclusion Criteria"))
    )
    return (
        f"<!DOCTYPE html><html><head><title>{escape(it.title)} | {it.nct_id}</title><script>var status = 'Recruiting';"
        "</script><style>p { color: red }</style></head><body><nav><ul><li>Recruiting</li><li>Completed</li></ul></nav>"
        f"<div class='cookie'>We use cookies</div><main><h1>{escape(it.title)}</h1><dl>{cells}</dl>"
        "<select><option>Phase 1</option><option>Phase 4</option></select>"
        f"<section><h2>Eligibility</h2>{lists}</section><section><h2>Locations</h2><p>Ask us.</p></section></main>"
        "<footer><p>© Our Hospital. All rights reserved.</p></footer></body></html>"
    )


def markdown(study: Study) -> str:
    """Markdown with a table of facts."""
    it = told(study)
    facts = {
        "Status": it.status, "Phase": it.phase, "Sample size": it.enrollment, "Ages": it.ages, "Sex": it.sex,
        "Sponsor": it.sponsor, "Start date": it.start, "Completion date": it.completion,
    }  # fmt: skip
    rows = [f"# {it.title}", "", f"[{it.nct_id}](https://clinicaltrials.gov/study/{it.nct_id})", ""]
    rows += ["| Fact | Value |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items()), ""]
    rows += [
        "## Inclusion Criteria",
        "",
        *_lines(it.criteria["inclusion"], "* "),
        "",
        "## Exclusion Criteria",
        "",
    ]
    rows += [*_lines(it.criteria["exclusion"], "* "), "", "## How to join", "", "Call your doctor."]
    return "\n".join(rows)


def table(study: Study) -> str:
    """A table copied out of a browser or a spreadsheet."""
    it = told(study, american_day)
    facts = {
        "NCT ID": it.nct_id, "Study Status": it.status.upper(), "Trial Phase": it.phase, "Enrollment": it.enrollment,
        "Age Range": it.ages, "Gender": it.sex, "Lead Sponsor": it.sponsor, "Study Start Date": it.start,
        "Primary Completion Date": it.primary, "Study Completion Date": it.completion, "Last Update Posted": it.updated,
    }  # fmt: skip
    rows = [f"{name}\t{value}" for name, value in facts.items()]
    rows += [
        "Key dates and people",
        "Inclusion Criteria",
        *(f"{at + 1}. {each.text}" for at, each in enumerate(it.criteria["inclusion"])),
    ]
    rows += [
        "Exclusion Criteria",
        *(f"{at + 1}. {each.text}" for at, each in enumerate(it.criteria["exclusion"])),
    ]
    return "\n".join([*rows, "Search again", "Privacy policy"])


def divs(study: Study) -> str:
    """HTML of a page builder: everything is a div, nothing a list."""
    it = told(study, long_day)
    blocks = [
        ("h1", it.title), ("span", "Trial status: "), ("b", it.status), ("div", f"Phase {it.phase.removeprefix('Phase ')}"),
        ("div", "Estimated enrollment"), ("div", it.enrollment), ("div", "Age range"), ("div", it.ages),
        ("div", "Sponsor"), ("div", it.sponsor), ("h2", "Inclusion criteria"),
        *(("div", text) for text in _lines(it.criteria["inclusion"])), ("h2", "Exclusion criteria"),
        *(("div", text) for text in _lines(it.criteria["exclusion"])), ("h2", "Study sites"), ("div", "See the map"),
        ("div", "Expected completion: " + it.completion),
    ]  # fmt: skip
    return (
        "<html><body>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in blocks) + "</body></html>"
    )


STYLES: dict[str, Style] = {
    each.__name__: each for each in (registry_text, colons, cards, source, markdown, table, divs)
}

_ALL = "status phase enrollment ages sex sponsor start primary_completion completion updated conditions interventions"
PRINTS = {
    "registry_text": _ALL,
    "colons": _ALL,
    "cards": "status phase enrollment ages sponsor start completion",
    "source": "status phase enrollment ages sex sponsor start primary_completion completion",
    "markdown": "status phase enrollment ages sex sponsor start completion",
    "table": "status phase enrollment ages sex sponsor start primary_completion completion updated",
    "divs": "status phase enrollment ages sponsor completion",
}
"""The facts that stand on a page of each style, where the record gives them."""
