"""What a trial page shows of one version of a record; whatever is missing or odd is left out, never an error (pure)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from sync.study.record import Record, Study, at
from sync.view import View
from sync.web.views.study import facts_parts as facts_parts
from sync.web.views.study.facts_eligibility import Eligibility, eligibility
from sync.web.views.study.facts_parts import (
    Arm,
    Contact,
    Country,
    Intervention,
    Named,
    Official,
    Outcome,
    Reference,
)
from sync.web.views.study.record_values import Dated, Paragraph, dated, objects, prose, text, texts


class Identity(View):
    """Names and numbers of the study."""

    nct_id: str | None
    brief_title: str | None
    official_title: str | None
    acronym: str | None
    secondary_ids: tuple[str, ...]
    aliases: tuple[str, ...] = Field(description="Obsolete ids that lead to this study.")


class StatusFacts(View):
    """The overall status, the dates of the study and those of its record."""

    overall: str | None
    last_known: str | None = Field(description="The status before the registry set UNKNOWN.")
    why_stopped: str | None
    start: Dated | None
    primary_completion: Dated | None
    completion: Dated | None
    verified: str | None
    first_submitted: str | None
    first_posted: str | None
    last_update_submitted: str | None
    last_update_posted: str | None
    results_posted: str | None
    has_results: bool


class Design(View):
    """How the study is done."""

    study_type: str | None
    phases: tuple[str, ...]
    allocation: str | None
    model: str | None = Field(description="Intervention model, or observational model.")
    masking: str | None
    masked: tuple[str, ...]
    purpose: str | None
    time_perspective: str | None
    enrollment: int | None
    enrollment_type: str | None


class Sponsors(View):
    """Who is behind the study."""

    lead: Named | None
    collaborators: tuple[Named, ...]
    responsible: str | None = Field(description="The responsible party, in words.")


class Sharing(View):
    """Whether data of individual participants will be shared."""

    plan: str | None
    description: tuple[Paragraph, ...]


class Facts(View):
    """All that a trial page shows of a record."""

    identity: Identity
    status: StatusFacts
    design: Design
    sponsors: Sponsors
    conditions: tuple[str, ...]
    keywords: tuple[str, ...]
    summary: tuple[Paragraph, ...]
    description: tuple[Paragraph, ...]
    eligibility: Eligibility
    arms: tuple[Arm, ...]
    interventions: tuple[Intervention, ...]
    primary_outcomes: tuple[Outcome, ...]
    secondary_outcomes: tuple[Outcome, ...]
    other_outcomes: tuple[Outcome, ...]
    countries: tuple[Country, ...]
    sites: int
    contacts: tuple[Contact, ...]
    officials: tuple[Official, ...]
    references: tuple[Reference, ...]
    sharing: Sharing

    @property
    def title(self) -> str:
        """The brief title, else the official one."""
        return self.identity.brief_title or self.identity.official_title or ""


def facts_of(record: Record) -> Facts:
    """The facts of a record."""
    arms, outcomes, people = (
        _module(record, name)
        for name in ("armsInterventionsModule", "outcomesModule", "contactsLocationsModule")
    )
    conditions, descriptions = _module(record, "conditionsModule"), _module(record, "descriptionModule")
    locations, sharing = objects(people, "locations"), _module(record, "ipdSharingStatementModule")
    return Facts(
        identity=_identity(_module(record, "identificationModule")),
        status=_status(record),
        design=_design(record),
        sponsors=_sponsors(_module(record, "sponsorCollaboratorsModule")),
        conditions=texts(conditions, "conditions"),
        keywords=texts(conditions, "keywords"),
        summary=prose(descriptions, "briefSummary"),
        description=prose(descriptions, "detailedDescription"),
        eligibility=eligibility(_module(record, "eligibilityModule")),
        arms=facts_parts.arms(arms),
        interventions=facts_parts.interventions(arms),
        primary_outcomes=facts_parts.outcomes(outcomes, "primaryOutcomes"),
        secondary_outcomes=facts_parts.outcomes(outcomes, "secondaryOutcomes"),
        other_outcomes=facts_parts.outcomes(outcomes, "otherOutcomes"),
        countries=facts_parts.countries(locations),
        sites=len(locations),
        contacts=facts_parts.contacts(people),
        officials=facts_parts.officials(people),
        references=facts_parts.references(_module(record, "referencesModule")),
        sharing=Sharing(plan=text(sharing, "ipdSharing"), description=prose(sharing, "description")),
    )


def _module(record: Record, name: str) -> Any:
    return at(record, "protocolSection", name)


def _identity(module: Any) -> Identity:
    organisation = text(module, "orgStudyIdInfo", "id")
    others = (text(each, "id") for each in objects(module, "secondaryIdInfos"))
    return Identity(
        nct_id=text(module, "nctId"),
        brief_title=text(module, "briefTitle"),
        official_title=text(module, "officialTitle"),
        acronym=text(module, "acronym"),
        # The organisation's own id is often among the secondary ones too.
        secondary_ids=tuple(dict.fromkeys(each for each in (organisation, *others) if each)),
        aliases=texts(module, "nctIdAliases"),
    )


def _status(record: Record) -> StatusFacts:
    module = _module(record, "statusModule")
    return StatusFacts(
        overall=text(module, "overallStatus"),
        last_known=text(module, "lastKnownStatus"),
        why_stopped=text(module, "whyStopped"),
        start=dated(module, "startDateStruct"),
        primary_completion=dated(module, "primaryCompletionDateStruct"),
        completion=dated(module, "completionDateStruct"),
        verified=text(module, "statusVerifiedDate"),
        first_submitted=text(module, "studyFirstSubmitDate"),
        first_posted=text(module, "studyFirstPostDateStruct", "date"),
        last_update_submitted=text(module, "lastUpdateSubmitDate"),
        last_update_posted=text(module, "lastUpdatePostDateStruct", "date"),
        results_posted=text(module, "resultsFirstPostDateStruct", "date"),
        # By the typed view, as in the events: two ways to read one fact would one day disagree.
        has_results=Study(record).has_results,
    )


def _design(record: Record) -> Design:
    module, enrollment = _module(record, "designModule"), Study(record).enrollment
    return Design(
        study_type=text(module, "studyType"),
        phases=texts(module, "phases"),
        allocation=text(module, "designInfo", "allocation"),
        model=text(module, "designInfo", "interventionModel")
        or text(module, "designInfo", "observationalModel"),
        masking=text(module, "designInfo", "maskingInfo", "masking"),
        masked=texts(module, "designInfo", "maskingInfo", "whoMasked"),
        purpose=text(module, "designInfo", "primaryPurpose"),
        time_perspective=text(module, "designInfo", "timePerspective"),
        enrollment=enrollment.count,
        enrollment_type=enrollment.type,
    )


def _sponsors(module: Any) -> Sponsors:
    collaborators = (facts_parts.named(each) for each in objects(module, "collaborators"))
    return Sponsors(
        lead=facts_parts.named(at(module, "leadSponsor")),
        collaborators=tuple(collaborator for collaborator in collaborators if collaborator),
        responsible=_responsible(at(module, "responsibleParty")),
    )


def _responsible(party: Any) -> str | None:
    """ "Ada Fairweather, Eastmoor Hospital (principal investigator)", or only "Sponsor"."""
    kind = (text(party, "type") or "").replace("_", " ").lower()
    who = ", ".join(
        filter(None, (text(party, "investigatorFullName"), text(party, "investigatorAffiliation")))
    )
    return f"{who} ({kind})" if who and kind else who or kind.capitalize() or None
