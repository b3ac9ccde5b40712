"""What a message is made of: sections of items, the same for every channel, each of which renders what it can carry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Run = tuple[str, str]
"""A mark and words: `=` kept, `-` struck out, `+` put in."""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence; `note` stands behind it in a smaller voice (the rule that says so, a date)."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with its name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One change, old and new in full; `words` is the redline where both are texts, `notes` say what it amounts to."""

    title: str
    """Where it is, in words."""
    op: str
    old: str | None
    new: str | None
    words: tuple[Run, ...] = ()
    effect: str = ""
    """Who may enter now: `wider`, `narrower` or `mixed`; empty where nothing can be said."""
    notes: tuple[str, ...] = ()
    minor: bool = False
    """Bookkeeping: told after everything else."""

    @property
    def heading(self) -> str:
        """Where, what, and for criteria to what effect, on one line."""
        return f"{self.title} — {self.op}" + (f"; who may enter: {self.effect}" if self.effect else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """Another event, in one line."""

    severity: str
    nct_id: str
    headline: str
    title: str = ""
    event_id: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Where to read on."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Command:
    """What to type."""

    text: str


Item = Text | Fact | Difference | Entry | Link | Command


@dataclass(frozen=True, slots=True)
class Section:
    """Items under a title; `name` is what a channel knows it by."""

    name: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What is said of one event, one digest or one notice, in order of importance. Every text is clean (see `clean`)."""

    subject: str
    lead: str
    """The one sentence."""
    sections: tuple[Section, ...]
    severity: str
    title: str = ""
    """The study's."""
    nct_id: str = ""
    event_id: str = ""
    watch: str = ""
    thread: str = "trialdelta"
    """Messages of one thread belong together: one a study, one for digests, one for notices."""
    link: str = ""
    more: str = "trialdelta events"
    """The command that shows everything, also what a channel could not carry."""

    def section(self, name: str) -> Section | None:
        """The section of that name, if the message has one."""
        return next((section for section in self.sections if section.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """The message for programs; each item says its `type`."""
        return asdict(self) | {
            "sections": [
                {"name": section.name, "title": section.title, "items": [_tagged(i) for i in section.items]}
                for section in self.sections
            ]
        }


def _tagged(item: Item) -> dict[str, Any]:
    return {"type": type(item).__name__.lower(), **asdict(item)}


def filled(*sections: Section) -> tuple[Section, ...]:
    """The sections that have something to say."""
    return tuple(section for section in sections if section.items)


def clean(text: str) -> str:
    """The text without what could take over a terminal, a header or the reading order: that is shown as �."""
    if text.isprintable():
        return text
    # A lone carriage return takes a terminal back to the start of the line, to write over what stands there.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_shown, text))


def _shown(letter: str) -> str:
    if letter.isprintable() or letter == "\n":
        return letter
    return " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}"


def line(text: str) -> str:
    """The text on one line."""
    return " ".join(clean(text).split())


def short(text: str, most: int) -> str:
    """The text on one line, cut at a word with "…" where it is longer than `most`; for labels, never for content."""
    text = line(text)
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[most // 2 :] else head).rstrip(" ,;:") + "…"
