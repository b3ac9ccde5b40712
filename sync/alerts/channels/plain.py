"""A message as plain text, line by line: for the console, the text part of a mail, and whatever takes only text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.alerts.content import (
    Command,
    Difference,
    Entry,
    Fact,
    FieldChange,
    Item,
    Link,
    Message,
    Run,
    Section,
    Text,
)

FOLD_FROM = 40
"""Unchanged runs of more words than this are folded in a redline; what changed never is."""
KEPT = 12


def text(message: Message) -> str:
    """The whole message."""
    return "\n".join(lines(message)) + "\n"


def lines(message: Message) -> Iterator[str]:
    """The message line by line, what happened first."""
    yield f"{message.severity.upper()}  {message.lead}"
    if message.also:
        yield f"  also {message.also}"
    if message.nct_id:
        yield f"{message.nct_id}  {message.title}"
    for section in message.sections:
        yield ""
        yield from section_lines(section)


def section_lines(section: Section) -> Iterator[str]:
    """A section under its title."""
    yield section.title
    for item in section.items:
        yield from (f"  {item_line}" for item_line in item_lines(item))


def item_lines(item: Item) -> Iterator[str]:
    """An item; a difference has old and new, or the redline, in full."""
    match item:
        case Text(text, note):
            yield f"- {text}" + (f" ({note})" if note else "")
        case Fact(name, value):
            yield f"{name}: {value}".replace("\n", "\n  ")
        case Link(name, url):
            yield f"{name}: {url}"
        case Command(command):
            yield command
        case Entry():
            yield from _entry_lines(item)
        case Difference():
            yield from _difference_lines(item)


def _entry_lines(item: Entry) -> Iterator[str]:
    yield " ".join(filter(None, (f"[{item.severity}]", item.nct_id, item.lead)))
    if item.also:
        yield f"    also {item.also}"
    if about := " — ".join(filter(None, (item.title, item.note))):
        yield f"    {about}"


def _difference_lines(item: Difference) -> Iterator[str]:
    if item.line and not item.line.words:
        yield f"{item.place}: {_on_one_line(item.line)}"
    else:
        yield item.heading
        for field in item.fields:
            yield from (f"  {each}" for each in _field_lines(field))
    for row in item.rows:
        yield f"  {row.country}: {row.counts}"
        yield from (f"    {_NAMES.get(mark, '')}{name}" for mark, name in row.names)
    if item.alike:
        yield f"  {item.others}"
        yield from (f"    {name}" for name in item.alike if name)
    yield from (f"  → {note}" for note in item.notes)


_NAMES = {"+": "+ ", "-": "− "}


def _field_lines(field: FieldChange) -> Iterator[str]:
    """ "Time frame: Up to [-59-] {+58+} months", or old and new, on lines of their own where they are long."""
    label = f"{field.name}: " if field.name else ""
    note = f" ({field.note})" if field.note else ""
    if field.words:
        yield f"{label}{redline(field.words)}{note}"
    elif field.is_short:
        yield f"{label}{_on_one_line(field)}"
    else:
        for mark, value in (("-", field.old), ("+", field.new)):
            if value is not None:
                first, *rest = value.split("\n")
                yield f"{mark} {label}{first}"
                yield from (f"{mark} {each}" for each in rest)
        yield from ([f"→ {field.note}"] if field.note else ())


def _on_one_line(field: FieldChange) -> str:
    """ "35 → 4"; what only came or went in its frame."""
    note = f" ({field.note})" if field.note else ""
    if field.old is None or field.new is None:
        mark, value = ("-", field.old or "") if field.new is None else ("+", field.new)
        return redline([(mark, value)]) + note
    return f"{field.old} → {field.new}{note}"


def redline(words: Sequence[Run]) -> str:
    """`kept [-struck out-] {+put in+}`."""
    frames = {"-": "[-{}-]", "+": "{{+{}+}}"}
    return " ".join(frames.get(mark, "{}").format(each) for mark, each in folded(words))


def folded(words: Sequence[Run], most: int = FOLD_FROM, kept: int = KEPT) -> list[Run]:
    """The redline with unchanged runs of more words than `most` folded to `kept` on either side, and said to be so."""
    return [(mark, _fold(each, most, kept) if mark == "=" else each) for mark, each in words]


def _fold(words: str, most: int, kept: int) -> str:
    each = words.split()
    if len(each) <= most:
        return words
    # Some words on either side of a change, as a reader needs to find the place in the text.
    hidden = len(each) - 2 * kept
    return f"{' '.join(each[:kept])} … {hidden} words unchanged … {' '.join(each[-kept:])}"
