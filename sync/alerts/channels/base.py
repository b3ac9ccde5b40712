"""What every channel is: a delivery goes in, the receiver's answer comes out, or an error that says whether to try again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, model_validator

from storage.errors import TrialdeltaError
from storage.times import exactly
from sync.settings_base import InvalidValue, read_secret

if TYPE_CHECKING:
    from sync.alerts.content import Message
    from sync.changes.event import Event


class ChannelError(TrialdeltaError):
    """A channel did not take a delivery."""

    hint = "`trialdelta channels test NAME` tries it; `trialdelta deliver --retry` sends again what is left."

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        disable: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        """Whether trying this delivery again is useless."""
        self.retry_after = retry_after
        """Seconds that the receiver asked to wait."""
        self.disable = disable
        """Whether the channel itself is wrong (gone, credentials refused): every further delivery would fail too."""

    @property
    def passing(self) -> bool:  # type: ignore[override]  # the class attribute of the root, known here only per instance
        """Whether it can pass by itself."""
        return not self.permanent


@dataclass(frozen=True)
class Outgoing:
    """What is delivered. `id` (dlv_…) never changes between attempts, so that a receiver can drop a double."""

    id: str
    attempt: int
    message: Message
    event: Event | None
    kind: Literal["alert", "digest", "notice", "test"]
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The delivery for programs: what the webhook sends and the file keeps."""
        event = self.event.as_json() if self.event else None
        return {
            "type": self.kind,
            "timestamp": exactly(self.created_at),
            "data": {"delivery": self.id, "event": event, "message": self.message.as_json()},
        }


class Channel(Protocol):
    """A way to reach somebody."""

    @property
    def name(self) -> str:
        """Its name in the configuration."""

    @property
    def kind(self) -> str:
        """Webhook, email, …"""

    @property
    def slow(self) -> bool:
        """Whether sending takes seconds; slow channels are served last."""

    def send(self, outgoing: Outgoing) -> str:
        """Deliver, and return the receiver's answer for the record; raises ChannelError."""


class ChannelSettings(BaseModel):
    """The table [channels.NAME]. Each secret KEY may stand in a file instead, named by KEY_file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: str

    @model_validator(mode="before")
    @classmethod
    def _from_files(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {_stem(cls, key): _value(cls, key, value) for key, value in values.items()}


def _stem(settings: type[BaseModel], key: str) -> str:
    stem = key.removesuffix("_file")
    return stem if key not in settings.model_fields and stem in settings.model_fields else key


def _value(settings: type[BaseModel], key: str, value: Any) -> Any:
    if _stem(settings, key) == key:
        return value
    if not isinstance(value, str):
        raise InvalidValue(f"{key} must be the name of a file")
    try:
        return read_secret(Path(value))
    except OSError as error:
        # the name may be the secret itself, under the wrong key
        raise InvalidValue(f"{key} names a file that cannot be read: {error.strerror}") from None
