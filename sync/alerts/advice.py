"""What an event does not mean and what to check next, by rule; the kind's own words where a rule has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 3
"""Advice for the gravest so many rules; more is read by nobody."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Two sentences for the reader."""

    caution: str
    check: str


TRIAGE = (
    "Severity is triage, an order of attention; it is not a clinical judgement and has not been validated."
)

ADVICE: Mapping[str, Advice] = {
    "status": Advice(
        "A status is what the sponsor reports; sites may open or close on other days.",
        "See whether your pages and referrals still say the old status.",
    ),
    "status.unknown": Advice(
        "UNKNOWN does not say that the study stopped: the registry computes it when an open study has passed its "
        "completion date and has not been verified for two years.",
        "Ask the study's contact whether it still recruits; until then, do not show it as recruiting.",
    ),
    "status.stopped_safety": Advice(
        "A pause for safety does not say that the treatment caused it, nor that the study will not resume.",
        "Read the reason in full, tell those who refer patients, and look for a statement by the sponsor.",
    ),
    "status.stopped_unexplained": Advice(
        "No reason in the record does not mean that there is none, nor that it is about safety.",
        "Look for a statement by the sponsor; ask the contact why the study stopped.",
    ),
    "status.stopped": Advice(
        "The reason is the sponsor's own, sorted by words; it is not a verdict on the treatment.",
        "Take the study out of open lists; look for sister studies of the same sponsor.",
    ),
    "status.back": Advice(
        "Back from UNKNOWN says that the sponsor has spoken again, not that the study ran all along.",
        "Check dates and sites of the same update before showing the study as open.",
    ),
    "status.impossible": Advice(
        "A study that had ended and is open again is more often a corrected entry than a restart.",
        "Compare the versions on the registry; expect a second correction.",
    ),
    "enrollment": Advice(
        "An estimated number is a plan; only an actual one counts people.",
        "See whether the status or the completion date moved with it.",
    ),
    "enrollment.zero": Advice(
        "A target of 0 does not say that nobody was treated.",
        "Look for a withdrawal that has not been entered yet.",
    ),
    "enrollment.replanned": Advice(
        "Another target is another plan: it says nothing yet about who was enrolled.",
        "Check whether a cohort, an arm or a phase was added or dropped at the same time.",
    ),
    "enrollment.off_plan": Advice(
        "Fewer people than planned does not say why.",
        "Read the reason given with the status; check whether the outcomes still have their power.",
    ),
    "eligibility": Advice(
        "Wider and narrower are read from the text; the protocol decides who may enter.",
        "Run your screening lists against the criterion as it stands now.",
    ),
    "eligibility.section_move": Advice(
        "A criterion under the other heading may be a mistake of entry.",
        "Ask the contact which sense is meant before you act on it.",
    ),
    "outcomes": Advice(
        "A changed outcome in the registry may correct the entry rather than the protocol.",
        "Compare it with the protocol or the analysis plan, where one is posted.",
    ),
    "outcomes.primary_after_start": Advice(
        "A primary outcome changed after the start is not by itself misconduct; an amendment may explain it.",
        "Note the date against the primary completion date, and keep both versions for the review.",
    ),
    "arms": Advice(
        "An arm in the record is not yet an arm that enrols.",
        "Check dose, eligibility and enrollment of the same update.",
    ),
    "design": Advice(
        "Another phase or masking in the record may follow an amendment made much earlier.",
        "Correct phase and design wherever you show them.",
    ),
    "dates": Advice(
        "An estimated date is a plan; a slip alone does not say that the study is in trouble.",
        "Look at earlier slips and at the enrollment; move your own reminders.",
    ),
    "sites": Advice(
        "A site that left the list may have finished, or be listed under another name.",
        "Call the site before you send anybody there or tell anybody that it closed.",
    ),
    "sponsor": Advice(
        "Another name does not always mean another owner.",
        "Check who is responsible now, and whether the contacts moved with it.",
    ),
    "results": Advice(
        "Posted results are the sponsor's entry; the registry reviews their form, not their truth.",
        "Read the primary outcome and the adverse events first.",
    ),
    "results.vanished": Advice(
        "Results that vanish may return within days after a correction.",
        "Keep the stored version; look again on the next releases.",
    ),
    "references": Advice(
        "A linked publication need not report this study's results.",
        "Open the publication and see whether it does.",
    ),
    "oversight": Advice(
        "A mark about FDAAA 801 concerns reporting, not the conduct of the study.",
        "Note it in the file of the study.",
    ),
    "description": Advice("A new description need not be a new plan.", "Correct it where you quote it."),
    "conditions": Advice(
        "A condition added to the list may have been studied from the start.",
        "See whether searches and pages that go by condition still fit.",
    ),
    "contacts": Advice("A new contact says nothing about the study.", "Correct it wherever you show it."),
    "identification": Advice(
        "A new title is the same study.", "Correct title and ids wherever you show them."
    ),
    "documents": Advice("A posted document may be older than the record.", "Look at its date, then read it."),
    "ipd": Advice("A plan to share data is no data yet.", "Note it if you wait for the data."),
    "schema": Advice(
        "A part that is gone from the record is gone from the registry's answer, not from the study.",
        "Look at the record on the registry; if it is whole there, tell who runs trialdelta.",
    ),
    "entered": Advice(
        "Found by the watch's search; whether it belongs is yours to say.",
        "Read it once and take it in, or mute it.",
    ),
    "left": Advice(
        "No longer found by the search; the study is still in the registry.",
        "See which of its words changed, and whether your list should keep it by id.",
    ),
    "reentered": Advice("It had left the search and is found again.", "Nothing, unless you had dropped it."),
    "missing": Advice("Absent once; nothing is concluded from that.", "Nothing: the next release tells."),
    "gone": Advice(
        "Gone from the registry does not say why; records are hardly ever removed.",
        "Ask the sponsor; all stored versions are kept here.",
    ),
    "alias": Advice("The study is the same under another id.", "Change the id wherever you keep it."),
    "withheld": Advice(
        "A withheld record shows a stub; the study goes on or not, the registry does not say.",
        "Use the last full version, which is kept here.",
    ),
    "stale": Advice(
        "Not updated does not mean not running.",
        "Ask the contact to confirm the status.",
    ),
    "overdue": Advice(
        "A date that has passed may only not have been updated.",
        "Treat the dates as unconfirmed until the sponsor updates them.",
    ),
    "unknown_forecast": Advice(
        "The registry has not set UNKNOWN yet; an update by the sponsor prevents it.",
        "Ask the contact for an update before that day.",
    ),
    "storm": Advice(
        "The same change in many studies at once is most likely made by the registry, not by the sponsors.",
        "Look at two or three of them, then `trialdelta storm release` or `dismiss`.",
    ),
}


def advice(event: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What the event does not mean, and what to check next: the gravest rules first, each sentence once."""
    found = [each for name in _names(event["kind"], event["reasons"]) if (each := _of(name))][:MOST]
    cautions = [*dict.fromkeys(each.caution for each in found), TRIAGE]
    return cautions, list(dict.fromkeys(each.check for each in found))


def _names(kind: str, reasons: Sequence[Mapping[str, str]]) -> list[str]:
    """The kind's own rules first, then the others as they stand: gravest first, without those of no weight."""
    rules = [reason["rule"] for reason in reasons if reason["severity"] != "info"]
    own = [rule for rule in rules if rule.startswith(f"{kind}.")]
    others = [rule for rule in rules if rule not in own and rule.partition(".")[0] in ADVICE]
    return [*(own or [kind]), *others]


def _of(name: str) -> Advice | None:
    return ADVICE.get(name) or ADVICE.get(name.partition(".")[0])
