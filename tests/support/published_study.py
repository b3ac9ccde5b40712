"""An invented study of three versions, and pages about it in many layouts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from sync.alerts.published.check import Known, known_of
from sync.alerts.published.models import Replaced
from sync.study.record import Study

NCT = "NCT90000077"
OLD = ["Adults from 18 to 65 years", "Platelet count of at least 50 x 10^9/L", "Written informed consent"]
NEW = ["Adults from 18 to 70 years", "Platelet count of at least 30 x 10^9/L", "Written informed consent"]
OUT = ["Pregnancy or breast-feeding", "Active tuberculosis", "Live vaccine within 4 weeks before infusion"]


def record(
    status: str, count: int, phases: list[str], maximum: str, completion: str, included: list[str]
) -> Study:
    bullets = ["Inclusion Criteria:", "", *(f"* {each}" for each in included), "", "Exclusion Criteria:", ""]
    protocol: dict[str, Any] = {
        "identificationModule": {"nctId": NCT, "briefTitle": "Moon cells in myositis"},
        "statusModule": {
            "overallStatus": status,
            "startDateStruct": {"date": "2025-03-01", "type": "ACTUAL"},
            "primaryCompletionDateStruct": {"date": "2026-12", "type": "ESTIMATED"},
            "completionDateStruct": {"date": completion, "type": "ESTIMATED"},
            "lastUpdatePostDateStruct": {"date": "2026-09-01", "type": "ESTIMATED"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Meridian Biologics", "class": "INDUSTRY"}},
        "designModule": {"phases": phases, "enrollmentInfo": {"count": count, "type": "ESTIMATED"}},
        "conditionsModule": {"conditions": ["Myositis", "Systemic Sclerosis"]},
        "armsInterventionsModule": {"interventions": [{"type": "BIOLOGICAL", "name": "MB-7 cells"}]},
        "eligibilityModule": {
            "eligibilityCriteria": "\n".join([*bullets, *(f"* {each}" for each in OUT)]),
            "sex": "ALL",
            "minimumAge": "18 Years",
            "maximumAge": maximum,
        },
        "contactsLocationsModule": {
            "centralContacts": [{"name": "Ada", "email": "ada@meridian.example", "phone": "+1 555 010 0100"}],
            "locations": [
                {"facility": f"Clinic {at}", "city": "Lyon", "country": "France"} for at in range(3)
            ],
        },
    }
    return Study({"protocolSection": protocol})


FIRST = record("NOT_YET_RECRUITING", 12, ["PHASE1"], "60 Years", "2027-01", OLD[1:])
SECOND = record("RECRUITING", 24, ["PHASE1"], "65 Years", "2027-06-15", OLD)
THIRD = record("ACTIVE_NOT_RECRUITING", 31, ["PHASE1", "PHASE2"], "70 Years", "2028-01-20", NEW)


def known() -> Known:
    return known_of_versions(FIRST, SECOND, THIRD)


def known_of_versions(*studies: Study) -> Known:
    releases = ("2025-01-10", "2025-04-02", "2026-09-01")
    return known_of(
        (Replaced(version=at, release=day, posted=day), study)
        for at, (day, study) in enumerate(zip(releases, studies, strict=False), 1)
    )


WORDS = {
    2: {
        "status": "Recruiting", "phase": "Phase 1", "roman": "I", "number": "1", "count": "24", "high": "65",
        "day": "June 15, 2027", "iso": "2027-06-15", "month": "June 2027", "short": "15 Jun 2027",
        "american": "06/15/2027", "german": "15.06.2027", "slash": "06/2027", "quarter": "Q2 2027", "is": "is recruiting",
    },
    3: {
        "status": "Active, not recruiting", "phase": "Phase 1/Phase 2", "roman": "I/II", "number": "1/2", "count": "31",
        "high": "70", "day": "January 20, 2028", "iso": "2028-01-20", "month": "January 2028", "short": "20 Jan 2028",
        "american": "01/20/2028", "german": "20.01.2028", "slash": "01/2028", "quarter": "Q1 2028",
        "is": "is active, not recruiting",
    },
}  # fmt: skip


def lists(included: list[str], bullet: str, titles: tuple[str, str]) -> str:
    numbers = bullet == "1."
    rows = [titles[0], ""]
    for title, items in (("", included), (titles[1], OUT)):
        rows += ["", title, ""] if title else []
        rows += [f"{at}. {each}" if numbers else f"{bullet}{each}" for at, each in enumerate(items, 1)]
    return "\n".join(rows)


def html_list(included: list[str], tag: str, heading: str) -> str:
    out = ""
    for title, items in (("Inclusion criteria", included), ("Exclusion criteria", OUT)):
        body = "".join(f"<li>{each}</li>" if tag != "p" else f"<p>{each}</p>" for each in items)
        out += f"<{heading}>{title}</{heading}>" + (body if tag == "p" else f"<{tag}>{body}</{tag}>")
    return out


PLAIN, KEYS, PATIENTS = (
    ("Inclusion Criteria:", "Exclusion Criteria:"),
    ("INCLUSION CRITERIA", "EXCLUSION CRITERIA"),
    ("Who can take part?", "Who cannot take part?"),
)
LAYOUTS = [
    (each["page"].replace("<TAB>", "\t"), each["prints"])
    for each in tomllib.loads(Path(__file__).with_name("published_layouts.toml").read_text(encoding="utf-8"))[
        "layout"
    ]
]
CHANGED = {"status", "phase", "enrollment", "ages", "completion"}


def page(layout: str, version: int) -> str:
    included = NEW if version == 3 else OLD
    return layout.format(
        **WORDS[version],
        dash=lists(included, "- ", PLAIN),
        star=lists(included, "* ", PLAIN),
        bare=lists(included, "", PLAIN),
        caps=lists(included, "", KEYS),
        numbered=lists(included, "1.", PLAIN),
        markdown=lists(included, "- ", ("## Inclusion Criteria", "## Exclusion Criteria")),
        patients=lists(included, "", PATIENTS),
        ul=html_list(included, "ul", "h3"),
        ol=html_list(included, "ol", "h2"),
        divs=html_list(included, "p", "h4"),
    )
