"""What the API takes and gives besides what the pages' views are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sync.alerts.published.registered import LONGEST
from sync.changes.model import Kind
from sync.web.api.fields import EventId, NctId, Note, Person, Reason, Until, Verdict, VersionNumber
from sync.web.views.inbox import Alert
from sync.web.views.mutes import Mute


class Body(BaseModel):
    """What is sent; a key that is not described is refused, and so is a value of another type."""

    # Strict, since "no" for a flag would else be taken for true or false by rules that nobody reads.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Nothing(Body):
    """An empty object: {}. There is nothing more to say."""


def _text(value: object) -> object:
    """A time is told as text; a number, which could be seconds or milliseconds, is refused."""
    if not isinstance(value, str | datetime):
        raise ValueError("must be a time as text, such as 2026-09-02T08:00:00Z")
    return value


class MoveTo(Body):
    """Which channel is to have what another one owes."""

    to: str = Field(min_length=1, max_length=100, description="A channel that is configured and in use.")


class DropBefore(Body):
    """Which of a channel's deliveries are never told: all that it owes, or those written before a time."""

    before: Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_text)] | None = None


class Disabling(Body):
    """Why a channel is not to be used."""

    reason: Reason | None = None


class ChannelDisabled(BaseModel):
    """A channel that is not used any more, until it is enabled."""

    channel: str
    did: str = Field(description="The entry of the audit log; empty where it was not used before.")


class Acknowledgement(Body):
    """Somebody has seen it. It covers this pair of versions: the study's next event opens again."""

    verdict: Verdict | None = None
    note: Note | None = None
    close: bool = Field(False, description="Done with it: close the alert too.")


class Snooze(Body):
    """Out of the inbox for a while."""

    until: Until | None = Field(None, description="A day or a span; until its study changes without.")


class Assignment(Body):
    """Who has it."""

    to: Person | None = Field(description="Null: nobody.")


class PublishedText(Body):
    """A page about a study, or its eligibility criteria, as somebody published them."""

    text: str = Field(
        max_length=LONGEST,
        description="A whole page or the criteria alone, as text or HTML; lines copied without their bullets will do.",
        examples=["Inclusion criteria:\nAdults from 18 to 70 years\nExclusion criteria:\nPregnancy"],
    )


class _Many(Body):
    # One transaction does them all, and other writers wait for it.
    events: list[EventId] = Field(min_length=1, max_length=500, description="The alerts' events.")


class ManyAcknowledged(_Many, Acknowledgement):
    """Somebody has seen them."""


class ManySnoozed(_Many, Snooze):
    """Out of the inbox for a while."""


class ManyAssigned(_Many, Assignment):
    """Who has them."""


class NewMute(Body):
    """Silence about a study, a kind, or a kind of one study; events are stored all the same."""

    model_config = ConfigDict(
        # The validator below in the words of a schema: programs made from it must not send what is refused.
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string"}}} for name in ("nct_id", "kind")
            ]
        }
    )

    nct_id: NctId | None = Field(None, description="The study; every one without.")
    kind: Annotated[Kind, Field(strict=False)] | None = Field(
        None, description="Only events of nothing but this kind."
    )
    until: Until = Field(description="A day, in UTC, or a span from now.")
    reason: Reason

    @model_validator(mode="after")
    def _of_something(self) -> NewMute:
        if self.nct_id is None and self.kind is None:
            raise ValueError("name a study (nct_id), a kind, or both")
        return self


class NewReview(Body):
    """Somebody looked at the study, and what is said of it elsewhere was right then."""

    note: Note | None = None
    version: VersionNumber | None = Field(None, description="As of which; the newest without.")


class Undoing(Body):
    """What to take back."""

    did: str = Field(
        pattern=r"^[1-9][0-9]{0,14}-[1-9][0-9]{0,14}$",
        description="As it was answered when it was done.",
        examples=["12-14"],
    )


DID = "What was done, as `undo` takes it; empty where nothing was."


class AlertDone(BaseModel):
    """An alert as it is now, and what was done to it."""

    alert: Alert
    did: str = Field(description=DID, examples=["12-12"])


class AlertsDone(BaseModel):
    """Alerts as they are now, and what was done to them."""

    alerts: list[Alert]
    did: str = Field(description=DID, examples=["12-14"])


class Mutes(BaseModel):
    """The mutes in force."""

    mutes: list[Mute]


class MuteDone(BaseModel):
    """A mute that was ordered; `number` lifts it."""

    number: int
    did: str = Field(description=DID, examples=["12-12"])


class Lifted(BaseModel):
    """A mute that was ended."""

    number: int
    did: str = Field(
        description="The entries of the audit log. A mute that was ended is ordered anew, not taken back."
    )


class Review(BaseModel):
    """Somebody looked at a study as of a version."""

    nct_id: str
    version: int
    at: datetime
    by: str
    note: str | None


class Reviews(BaseModel):
    """A study's reviews, newest first."""

    reviews: list[Review]


class ReviewDone(BaseModel):
    """A review that was noted."""

    review: Review
    did: str = Field(description="The entries of the audit log. A review is not taken back.")


class Retried(BaseModel):
    """Deliveries that are tried again."""

    deliveries: int
    did: str = Field(description="The entries of the audit log; empty where there was nothing to try again.")


class DeliveriesMoved(BaseModel):
    """What a move came to."""

    moved: int
    doubles: int = Field(description="Dropped: the other channel has, or had, a delivery of the same event.")
    under_way: int = Field(description="Left where they are: they are being sent just now.")
    did: str = Field(description="The entries of the audit log.")


class DeliveriesDropped(BaseModel):
    """Deliveries that are never told."""

    dropped: int
    did: str = Field(description="The entries of the audit log.")


class StormDone(BaseModel):
    """A storm that was decided."""

    event_id: str
    decision: Literal["released", "dismissed"]
    events: int = Field(description="How many events it held.")
    did: str = Field(description="The entries of the audit log. A decision is not taken back.")
