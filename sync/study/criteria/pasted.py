"""An eligibility text as it comes off a page: a browser copies a list as bare lines, its bullets and indents are lost."""

from __future__ import annotations

import re

from sync.study.criteria import markers, titles
from sync.study.criteria.lines import is_html

_COUNT = re.compile(r"(?<!\s)\s*[(\[]?\d{1,3}[)\]]?$")
_NAMES_SECTION = re.compile(r"(?:non-?)?(?:in|ex)clusion criteri(?:a|on)\b", re.IGNORECASE)
_TO_READERS = re.compile(r"who\b.{1,60}\?|you\b.{1,60}\bif\b\W*", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|cannot|unable|ineligible)\b|n[’']t\b", re.IGNORECASE)


def listed(text: str) -> str:
    """The text with a bullet before each line that opens no section, and a page's own titles in the registry's words.

    As it is where most lines have a bullet or a number, or tags lay it out. It never raises.
    """
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    marked = [markers.read(row) is not None for row in rows]
    # Half of the lines: a list that was typed has some paragraphs in it, a page that was copied has some numbers.
    if is_html(text) or 2 * sum(marked) > len(rows):
        return text
    return "\n".join(
        row if has_marker else _marked(row) for row, has_marker in zip(rows, marked, strict=True)
    )


def _marked(row: str) -> str:
    title = title_in(row)
    return f"\n{title}\n" if title else f"* {row}"


def title_in(row: str) -> str | None:
    """The title, if a line opens a section: `Exclusion (6)` without its count, `Who cannot take part?` as what it means."""
    if _TO_READERS.fullmatch(row):
        return "Exclusion criteria:" if _NEGATED.search(row) else "Inclusion criteria:"
    bare = _COUNT.sub("", row)
    if titles.section_title(bare):
        return bare
    named = titles.paragraph_title(row, "*", "")
    return row if named and named.section and (row.endswith(":") or _NAMES_SECTION.match(row)) else None
