"""Channels whose last attempt failed, and of what, in words; whether anybody can be told anything at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from sqlalchemy.orm import Session

from storage import service_status

_CAUSES = (
    (r"connection ?refused", "the connection was refused"),
    (r"name or service|gaierror|not a name of a host|has no address|name resolution", "the host is unknown"),
    (r"certificate|CertVerification", "its certificate is not valid"),
    (r"unreachable|no route", "no way leads to it"),
    (r"time(d)? ?out|in time|within \d|deadline", "it did not answer in time"),
    (r"credentials|let us in", "it refuses our credentials"),
)


class Answer(Protocol):
    """What a channel said last, and how the attempt ended."""

    @property
    def outcome(self) -> str | None: ...
    @property
    def said(self) -> str | None: ...


_FAILED = ("passing", "permanent")


def cause_of(said: str | None) -> str:
    """What an attempt failed of: in words, with what was said."""
    if not said:
        return "it does not say why"
    told = next((words for _, words in _CAUSES if words in said), None)
    if told:  # it is in words already, behind the host that was asked
        rest = said.replace(told, "").replace("no answer", "").strip(" :")
        return f"{told} ({rest})" if rest else told
    words = next((words for pattern, words in _CAUSES if re.search(pattern, said, re.IGNORECASE)), None)
    return f"{words} ({said})" if words else said


def failures(answers: Mapping[str, Answer], channels: Collection[str]) -> dict[str, str]:
    """Those of the channels whose last attempt failed, each with the cause (pure)."""
    tried = {name: answers[name] for name in channels if name in answers}
    return {name: cause_of(answer.said) for name, answer in tried.items() if answer.outcome in _FAILED}


def all_failures(answers: Mapping[str, Answer], channels: Collection[str]) -> dict[str, str]:
    """The same where all the channels that were tried fail: then nobody is told anything. Else none."""
    found = failures(answers, channels)
    return found if found.keys() == answers.keys() & set(channels) else {}


def answers_where_some_fail(session: Session) -> Mapping[str, Answer]:
    """What each channel said last; nothing is asked for where nothing waits for another attempt, or was given up."""
    return service_status.last_answers(session) if service_status.has_failures(session) else {}


def nobody_is_told(found: Mapping[str, str]) -> str:
    """The fact in a sentence."""
    causes = "; ".join(f"{name}: {cause}" for name, cause in found.items())
    return f"No channel takes what it is sent: {causes}"
