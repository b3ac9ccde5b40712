"""What a message is made of: sections of items, the same for every channel, each of which renders what it can carry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sync.changes.lines import Headline

Run = tuple[str, str]
"""A mark and words: `=` kept, `-` struck out, `+` put in."""


SHORT = 100
"""Letters of an old and a new value that are shown on one line."""


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
class FieldChange:
    """A field with its old and its new value in full; `words` is the redline where they have words in common."""

    name: str
    """Empty where the difference's title says it."""
    old: str | None
    new: str | None
    words: tuple[Run, ...] = ()
    note: str = ""
    """What it amounts to: "+92 days"."""

    @property
    def is_short(self) -> bool:
        """Whether old and new are read on one line."""
        sides = (self.old or "", self.new or "", *(text for _, text in self.words))
        return sum(map(len, sides)) <= SHORT and not any("\n" in side for side in sides)


@dataclass(frozen=True, slots=True)
class CountryRow:
    """The sites of one country: how many came, went, are called otherwise or changed in something else, and their names."""

    country: str
    added: int = 0
    removed: int = 0
    renamed: int = 0
    other: int = 0
    names: tuple[Run, ...] = ()
    """What came and what went by name, `=` for what is called otherwise or changed."""
    what: str = "changed"
    """What became of the others, where that is the same for all: "Recruiting → Completed"."""

    @property
    def counts(self) -> str:
        """ "+4 / −40, 2 renamed"."""
        came, went = f"+{self.added}" if self.added else "", f"−{self.removed}" if self.removed else ""
        renamed = f"{self.renamed} renamed" if self.renamed else ""
        other = f"{self.other} {self.what}" if self.other else ""
        return ", ".join(filter(None, (" / ".join(filter(None, (came, went))), renamed, other)))


@dataclass(frozen=True, slots=True)
class Difference:
    """One change, or what changed alike in several places: where it is, and each field that differs."""

    title: str
    """What it is of, in words."""
    op: str
    fields: tuple[FieldChange, ...] = ()
    name: str = ""
    """Which of its kind: an outcome's measure, a person, a site."""
    rows: tuple[CountryRow, ...] = ()
    """Sites, by country."""
    alike: tuple[str, ...] = ()
    """The names of others with the same change."""
    alike_in: str = ""
    """That change in a few words."""
    effect: str = ""
    """Who may enter now: `wider`, `narrower` or `mixed`; empty where nothing can be said."""
    notes: tuple[str, ...] = ()
    """What it amounts to."""
    minor: bool = False
    """Bookkeeping: told after everything else."""
    kind: str = ""
    """What kind of change it is; empty, as is `severity`, where it is told without its event."""
    severity: str = ""
    """That of the gravest rule that weighs its kind in the event."""

    @property
    def place(self) -> str:
        """Where it is: "Secondary outcome › Overall survival"."""
        return " › ".join(filter(None, (self.title, self.name)))

    @property
    def heading(self) -> str:
        """Where, what, and for criteria to what effect, on one line."""
        told = self.total.counts if self.rows else self.op
        return f"{self.place} — {told}" + (f"; who may enter: {self.effect}" if self.effect else "")

    @property
    def line(self) -> FieldChange | None:
        """The old and the new value, where they are all there is and fit behind the title."""
        alone = len(self.fields) == 1 and not self.fields[0].name and not self.alike
        return self.fields[0] if alone and self.fields[0].is_short else None

    @property
    def others(self) -> str:
        """ "22 more with the same change: time frame 59 → 58 months"; empty where there are none."""
        what = f": {self.alike_in}" if self.alike_in else ""
        return f"{len(self.alike):,} more with the same change{what}" if self.alike else ""

    @property
    def total(self) -> CountryRow:
        """All countries in one row."""
        rows = self.rows
        what = {row.what for row in rows if row.other}
        return CountryRow(
            "",
            added=sum(row.added for row in rows),
            removed=sum(row.removed for row in rows),
            renamed=sum(row.renamed for row in rows),
            other=sum(row.other for row in rows),
            what=what.pop() if len(what) == 1 else "changed",
        )

    def as_json(self) -> dict[str, Any]:
        """The difference for programs, with what its properties say."""
        rows = [asdict(row) | {"counts": row.counts} for row in self.rows]
        told = {"heading": self.heading, "others": self.others, "counts": self.total.counts, "rows": rows}
        return asdict(self) | told


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

    @property
    def lead(self) -> str:
        """What happened, on a line of its own."""
        return Headline.of(self.headline).lead

    @property
    def also(self) -> str:
        """What else did, in a smaller voice."""
        return Headline.of(self.headline).also


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
    """What happened, on a line of its own."""
    sections: tuple[Section, ...]
    severity: str
    also: str = ""
    """What else did, in a smaller voice."""
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

    @property
    def headline(self) -> str:
        """Both lines in one."""
        return str(Headline(self.lead, self.also))

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
    told = item.as_json() if isinstance(item, Difference) else asdict(item)
    return {"type": type(item).__name__.lower(), **told}


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
