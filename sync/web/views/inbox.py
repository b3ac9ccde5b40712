"""The inbox: what needs somebody, the alerts of a study or of a release together, the weightiest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import cohorts, inbox
from storage.alerts import AlertInfo
from storage.inbox import By, Filter
from storage.studies import StudyInfo, studies
from sync.changes.model import Kind, Severity
from sync.timing.days import past_day
from sync.versions.known import people
from sync.view import View
from sync.web.views.change_preview import ChangePreview, change_previews
from sync.web.views.class_filter import ClassQuery

A_PAGE: Mapping[By, int] = {"study": 25, "release": 12}
"""Groups on one page."""

State = Literal["open", "snoozed", "acknowledged", "closed", "all"]


class InboxQuery(ClassQuery):
    """Which alerts; what is left out narrows nothing."""

    state: State = "open"
    watch: str = Field("", max_length=100, description="Of studies that are or were in this watch.")
    severity: Severity | Literal[""] = Field("", description="Of this severity or a heavier one.")
    kind: Kind | Literal[""] = ""
    person: str = Field("", max_length=64, description="Assigned to this person; `-`: to nobody.")
    q: str = Field("", max_length=100, description="Words that stand in headline, title or NCT ID.")
    study: str = Field("", pattern=r"^(NCT[0-9]{8})?$", description="Of this study.")
    release: str = Field("", pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="Of this release.")

    def filter(self) -> Filter:
        """The same for the storage."""
        weight = Severity(self.severity).weight if self.severity else 0
        return Filter(
            state=self.state,
            watch=self.watch,
            severities=tuple(each for each in Severity if each.weight >= weight) if self.severity else (),
            kinds=(self.kind,) if self.kind else (),
            person=self.person,
            # PostgreSQL refuses NUL, even in what is only looked for.
            text=self.q.strip().replace("\0", ""),
            nct_id=self.study,
            release=self.release,
            of_class=self.class_filter(),
        )


class Alert(View):
    """An alert and what its event says in a line."""

    event_id: str
    nct_id: str | None
    title: str | None
    severity: str
    kind: str
    origin: str
    release: str
    headline: str
    state: str
    opened_at: datetime
    assignee: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    verdict: str | None
    note: str | None
    snoozed_until: datetime | None
    snoozed_until_change: bool
    gist: ChangePreview | None = Field(
        None, description="What the headline only counts, in a line; in lists of alerts."
    )

    @classmethod
    def of(cls, info: AlertInfo, gist: ChangePreview | None = None) -> Alert:
        """The alert as the storage has it."""
        return cls.model_validate(info).model_copy(update={"gist": gist})


class Group(View):
    """The alerts of one study (then `nct_id` names it), or of one release, weightiest first."""

    key: str
    size: int = Field(description="How many alerts it has; the weightiest are listed.")
    nct_id: str | None
    title: str
    status: str | None = Field(description="The study's overall status as it is now.")
    watches: list[str]
    alerts: list[Alert]


class Inbox(View):
    """A page of the inbox."""

    groups: list[Group]
    groups_in_all: int
    alerts_in_all: int
    page: int
    pages: int
    severities: dict[str, int] = Field(description="How many of these alerts there are of each severity.")
    kinds: dict[str, int]
    people: list[str] = Field(description="To assign to, or to ask for.")
    watches: list[str]


def load(
    session: Session,
    query: InboxQuery,
    now: datetime,
    watches: list[str],
    *,
    by: By = "study",
    page: int = 1,
) -> Inbox:
    """A page of the alerts that are asked for; the last page where there are fewer.

    Raises UsageError for a release of no day, or of one that is still to come.
    """
    if query.release:
        past_day(query.release, now.date())
    which = query.filter()
    found = inbox.find(session, which, now, by=by, limit=A_PAGE[by], offset=(page - 1) * A_PAGE[by])
    pages = max(1, -(-found.groups_in_all // A_PAGE[by]))
    # Whoever acknowledges the last alert of the last page must not be left on an empty one.
    if page > pages:
        return load(session, query, now, watches, by=by, page=pages)
    return Inbox(
        groups=_groups(session, found.groups, by),
        groups_in_all=found.groups_in_all,
        alerts_in_all=found.alerts_in_all,
        page=page,
        pages=pages,
        severities=dict(found.severities),
        kinds=dict(found.kinds),
        people=people(session),
        watches=watches,
    )


def _groups(session: Session, groups: tuple[inbox.Group, ...], by: By) -> list[Group]:
    # All groups' alerts in one query.
    previews = change_previews(session, [alert for group in groups for alert in group.alerts])
    # A release is no study: it has neither a status nor watches of its own.
    if by == "release":
        return [_group(group, None, [], previews) for group in groups]
    ids = {group.key for group in groups}
    known, watches = studies(session, ids), cohorts.watches_of(session, ids)
    return [_group(group, known.get(group.key), watches.get(group.key, []), previews) for group in groups]


def _group(
    group: inbox.Group, study: StudyInfo | None, watches: list[str], previews: Mapping[str, ChangePreview]
) -> Group:
    return Group(
        key=group.key,
        size=group.size,
        nct_id=study.nct_id if study else None,
        title=(study.title or "") if study else "",
        status=study.status if study else None,
        watches=watches,
        alerts=[Alert.of(alert, previews.get(alert.event_id)) for alert in group.alerts],
    )
