"""An example for every rule, made by the code itself: an edit of the invented study on which it fires."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from sync.changes.event import Event
from sync.changes.model import PastStep, PriorState
from sync.changes.rule import Rule
from sync.changes.ruleset import all_rules
from sync.study.dates import PartialDate

Record = dict[str, Any]
Explain = Callable[..., Event | None]
Edit = Callable[[Record, Record], None]


def edit(**modules: Record) -> Edit:
    """Both versions stay as they are, but for these fields of the newer one's modules."""

    def change(_before: Record, after: Record) -> None:
        for name, fields in modules.items():
            after["protocolSection"][name].update(fields)

    return change


def both(shared: Edit, then: Edit) -> Edit:
    """One edit made to both versions, and another to the newer one only."""

    def change(before: Record, after: Record) -> None:
        shared(before, before)
        shared(after, after)
        then(before, after)

    return change


def at(path: str, value: Any) -> Edit:
    """One value put at a place of the newer version; `None` takes it out."""

    def change(_before: Record, after: Record) -> None:
        *parents, last = path.split(".")
        place: Any = after
        for name in parents:
            place = place[int(name)] if name.isdigit() else place[name]
        key: Any = int(last) if last.isdigit() else last
        if value is None:
            del place[key]
        elif isinstance(place, list) and key == len(place):
            place.append(copy.deepcopy(value))
        else:
            place[key] = copy.deepcopy(value)

    return change


def together(*edits: Edit) -> Edit:
    def change(before: Record, after: Record) -> None:
        for each in edits:
            each(before, after)

    return change


def status(word: str, why: str | None = None) -> Edit:
    return edit(statusModule={"overallStatus": word} | ({"whyStopped": why} if why else {}))


def enrollment(count: int, kind: str = "ESTIMATED") -> Edit:
    return edit(designModule={"enrollmentInfo": {"count": count, "type": kind}})


def ends(date: str, kind: str = "ESTIMATED") -> Edit:
    return edit(statusModule={"primaryCompletionDateStruct": {"date": date, "type": kind}})


def criteria(old: str, new: str) -> Edit:
    def change(_before: Record, after: Record) -> None:
        module = after["protocolSection"]["eligibilityModule"]
        module["eligibilityCriteria"] = module["eligibilityCriteria"].replace(old, new)

    return change


def unposted(*events: tuple[str, str]) -> Edit:
    """The newer version with an annotation that tells of results on their way."""

    def change(_before: Record, after: Record) -> None:
        listed = [{"type": kind, "date": day} for kind, day in events]
        after["annotationSection"] = {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": listed}}}

    return change


P = "protocolSection"
SITES = f"{P}.contactsLocationsModule.locations"
OUTCOMES = f"{P}.outcomesModule"
ARMS = f"{P}.armsInterventionsModule"
SPONSOR = f"{P}.sponsorCollaboratorsModule"
UPDATED = edit(statusModule={"lastUpdateSubmitDate": "2026-08-18"})
NOT_STARTED = edit(statusModule={"startDateStruct": {"date": "2027-01", "type": "ESTIMATED"}})
RESULTS = at(
    "resultsSection", {"adverseEventsModule": {"seriousEvents": [{"term": "Fever", "notes": "None"}]}}
)
GONE_AND_BACK = {"measure": "Steroids per day", "timeFrame": "12 months"}
NEW_SITE = {"facility": "Ocean Hospital", "city": "Oslo", "country": "Norway"}

EXAMPLES: dict[str, Edit] = {
    "status.stopped_safety": status("SUSPENDED", "Two cases of severe toxicity"),
    "status.stopped_unexplained": status("TERMINATED"),
    "status.withdrawn_unexplained": status("WITHDRAWN"),
    "status.stopped": status("TERMINATED", "Funding ended"),
    "status.impossible": both(status("COMPLETED"), status("RECRUITING")),
    "status.withheld": status("WITHHELD"),
    "status.unknown": both(
        edit(statusModule={"statusVerifiedDate": "2024-07", "completionDateStruct": {"date": "2026-07-31"}}),
        status("UNKNOWN"),
    ),
    "status.back": both(status("UNKNOWN"), status("ACTIVE_NOT_RECRUITING")),
    "status.reopened": both(status("SUSPENDED", "Drug supply"), status("RECRUITING")),
    "status.flip_flop": status("SUSPENDED", "Drug supply"),
    "status.forward": status("ACTIVE_NOT_RECRUITING"),
    "status.changed": both(status("SUSPENDED", "Drug supply"), status("SUSPENDED", "Staff shortage")),
    "enrollment.zero": enrollment(0, "ACTUAL"),
    "enrollment.withdrawn": together(status("WITHDRAWN", "Funding ended"), enrollment(0, "ACTUAL")),
    "enrollment.replanned": enrollment(40),
    "enrollment.replanned_in_part": enrollment(30),
    "enrollment.adjusted": enrollment(26),
    "enrollment.off_plan": enrollment(7, "ACTUAL"),
    "enrollment.actual": enrollment(23, "ACTUAL"),
    "enrollment.changed": enrollment(99999999),
    "eligibility.section_move": together(
        criteria("* Pregnancy\n", ""), criteria("Exclusion", "* Pregnancy\n\nExclusion")
    ),
    "eligibility.entry_while_recruiting": criteria(">= 50", ">= 30"),
    "eligibility.entry": both(status("ACTIVE_NOT_RECRUITING"), criteria(">= 50", ">= 30")),
    "eligibility.substance": criteria("Prior cell therapy", "Prior cell therapy against B cells"),
    "eligibility.reworded": criteria("* Prior cell therapy", "* Previous cell therapy"),
    "outcomes.primary_after_start": at(f"{OUTCOMES}.primaryOutcomes.1", {"measure": "Remission at one year"}),
    "outcomes.primary_time_frame": at(f"{OUTCOMES}.primaryOutcomes.0.timeFrame", "6 months"),
    "outcomes.primary": both(
        NOT_STARTED, at(f"{OUTCOMES}.primaryOutcomes.1", {"measure": "Remission at one year"})
    ),
    "outcomes.primary_substance": both(
        at(f"{OUTCOMES}.primaryOutcomes.0.measure", "Response by investigator"),
        at(f"{OUTCOMES}.primaryOutcomes.0.measure", "Response by blinded independent central review"),
    ),
    "outcomes.back": at(f"{OUTCOMES}.primaryOutcomes.1", GONE_AND_BACK),
    "outcomes.in_line_with_results": together(
        at(f"{OUTCOMES}.primaryOutcomes.0.measure", "Adverse events of special interest"), RESULTS
    ),
    "outcomes.secondary": at(f"{OUTCOMES}.secondaryOutcomes.1", None),
    "outcomes.reworded": at(
        f"{OUTCOMES}.secondaryOutcomes.1.measure", "Persistence of LC-17 cells in the blood"
    ),
    "arms.changed": at(f"{ARMS}.armGroups.1", {"label": "Standard of care", "type": "ACTIVE_COMPARATOR"}),
    "arms.procedure": at(f"{ARMS}.interventions.1", {"type": "PROCEDURE", "name": "Kidney Biopsy"}),
    "arms.dose": at(f"{ARMS}.armGroups.0.description", "One infusion of 3×10^6 cells/kg"),
    "arms.described": at(f"{ARMS}.armGroups.0.label", "LC-17 cells"),
    "arms.reworded": at(f"{ARMS}.interventions.0.otherNames", ["Moon cells"]),
    "design.changed": at(f"{P}.designModule.designInfo.maskingInfo.masking", "DOUBLE"),
    "design.detail": edit(designModule={"patientRegistry": False}),
    "dates.long_slip": ends("2029-06"),
    "dates.slip": ends("2028-05"),
    "dates.cumulative_slip": ends("2027-08"),
    "dates.small_slip": ends("2027-08"),
    "dates.pulled_forward": ends("2026-06"),
    "dates.earlier": ends("2027-01"),
    "dates.actual_moved": edit(statusModule={"startDateStruct": {"date": "2025-01-20", "type": "ACTUAL"}}),
    "dates.passed": ends("2026-07"),
    "dates.actual": ends("2026-08-01", "ACTUAL"),
    "dates.changed": ends("2027-06-15"),
    "sites.all_closed": together(*(at(f"{SITES}.{n}.status", "SUSPENDED") for n in range(3))),
    "sites.country_left": at(f"{SITES}.0", None),
    "sites.many_removed": together(at(f"{SITES}.2", None), at(f"{SITES}.1", None)),
    "sites.country_entered": at(f"{SITES}.3", NEW_SITE),
    "sites.added": at(f"{SITES}.3", NEW_SITE),
    "sites.removed": at(f"{SITES}.1", None),
    "sites.renamed": at(f"{SITES}.1.facility", "Serenity Clinic and Research Center"),
    "sites.readdressed": at(f"{SITES}.1.zip", "78702"),
    "sites.cleared": together(
        status("ACTIVE_NOT_RECRUITING"), *(at(f"{SITES}.{n}.status", None) for n in range(3))
    ),
    "sites.status": at(f"{SITES}.2.status", "RECRUITING"),
    "sites.geocoded": at(f"{SITES}.2.geoPoint", {"lat": 1.5, "lon": 2.5}),
    "sites.changed": at(f"{SITES}.2.remark", "a field of the future"),
    "sponsor.changed": together(UPDATED, at(f"{SPONSOR}.leadSponsor.name", "Selene Therapeutics")),
    "sponsor.renamed": at(f"{SPONSOR}.leadSponsor.name", "Lunar Cell Works, Inc."),
    "sponsor.other": at(f"{SPONSOR}.collaborators.1", {"name": "Crater College", "class": "OTHER"}),
    "schema.module_vanished": at(OUTCOMES, None),
    "schema.unknown_field": at(f"{P}.designModule.newField", "of the future"),
    "results.vanished": lambda before, after: RESULTS(after, before),
    "results.posted": RESULTS,
    "results.changed": both(RESULTS, at("resultsSection.adverseEventsModule.seriousEvents.0.notes", "Two")),
    "references.retraction": at(f"{P}.referencesModule.references.0.retractions", [{"pmid": "3000017"}]),
    "oversight.violation": at(f"{P}.oversightModule.fdaaa801Violation", True),
    "identification.alias": at(f"{P}.identificationModule.nctIdAliases", ["NCT00000003"]),
    "identification.changed": at(f"{P}.identificationModule.acronym", "LUNA"),
    "description.changed": at(f"{P}.descriptionModule.briefSummary", "LC-17 cells are given twice."),
    "conditions.changed": at(f"{P}.conditionsModule.conditions.2", "Lupus Vasculitis"),
    "contacts.changed": at(f"{P}.contactsLocationsModule.centralContacts.0.phone", "555-0199"),
    "documents.changed": at("documentSection.largeDocumentModule.largeDocs.0.date", "2026-08-01"),
    "references.changed": at(f"{P}.referencesModule.references.1", {"pmid": "2000017", "type": "DERIVED"}),
    "oversight.changed": at(f"{P}.oversightModule.oversightHasDmc", False),
    "ipd.changed": at(f"{P}.ipdSharingStatementModule.ipdSharing", "YES"),
    "results.submitted": unposted(("RELEASE", "2027-07-12")),
    "results.returned": both(
        unposted(("RELEASE", "2027-07-12")), unposted(("RELEASE", "2027-07-12"), ("RESET", "2027-08-02"))
    ),
    "results.resubmitted": both(
        unposted(("RELEASE", "2027-07-12"), ("RESET", "2027-08-02")),
        unposted(("RELEASE", "2027-07-12"), ("RESET", "2027-08-02"), ("RELEASE", "2027-09-01")),
    ),
    "results.withdrawn": both(
        unposted(("RELEASE", "2027-07-12")), unposted(("RELEASE", "2027-07-12"), ("UNRELEASE", "2027-07-20"))
    ),
    "results.delayed": edit(statusModule={"dispFirstSubmitDate": "2028-05-30"}),
    "results.passed_review": both(
        edit(statusModule={"resultsFirstSubmitDate": "2027-07-12"}),
        edit(statusModule={"resultsFirstSubmitQcDate": "2027-10-01"}),
    ),
    "administrative.changed": UPDATED,
    "derived.changed": at("derivedSection.conditionBrowseModule.meshes.0.term", "Lupus Nephritis"),
}
"""An edit of the invented study for each rule that a pair of versions can fire."""

_FIRST = PartialDate.parse("2026-06-30")
PAST = PriorState(
    statuses=(("2025-01-02", "SUSPENDED"), ("2025-02-03", "RECRUITING"), ("2025-03-04", "SUSPENDED")),
    first_dates={"primary completion": _FIRST} if _FIRST else {},
    outcomes=(
        PastStep(
            "2026-08-18", f"{OUTCOMES}.primaryOutcomes[Steroids per day|12 months]", GONE_AND_BACK, None
        ),
    ),
)

BY_HAND = tuple(
    rule for rule in all_rules() if rule.id.startswith(("presence.", "class.", "silence.", "storm."))
)
BY_PAIR = tuple(rule for rule in all_rules() if rule not in BY_HAND)


def example(rule: Rule, invented: Record, told: Explain) -> Event:
    """What is told when the rule fires on its example."""
    before, after = copy.deepcopy(invented), copy.deepcopy(invented)
    EXAMPLES[rule.id](before, after)
    event = told(before, after, prior=PAST)
    assert event is not None, rule.id
    return event
