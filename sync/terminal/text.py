"""Text that is fit for a terminal, and the colours of severities."""

from __future__ import annotations

from sync.changes.lines import ALSO, Headline

SEVERITY_STYLE = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}


def told(headline: str) -> str:
    """A headline in rich's markup: what happened, and dim what else did."""
    lead, also = Headline.of(headline)
    return f"{safe(lead)}[dim]{ALSO}{safe(also)}[/]" if also else safe(lead)


def safe(text: object) -> str:
    """Text of the registry, fit for a terminal: no control characters, no markup of ours."""
    from rich.markup import escape

    # A record may hold escape sequences, which move the cursor and rewrite what stood there.
    printable = "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in str(text))
    return escape(printable)
