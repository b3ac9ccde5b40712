"""Events, versions and records as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from storage.versions import VersionInfo
from sync.changes.event import Event
from sync.changes.kinds.unknown_rule import unknown_day
from sync.cli.common import console
from sync.study.record import Study
from sync.terminal.text import SEVERITY_STYLE, safe
from sync.versions.history import quiet

Json = dict[str, Any]


def table_of_events(found: Sequence[Event]) -> None:
    """Events, one a row."""
    if not found:
        console().print("No events.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("release", "study", "severity", "origin", "what changed"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "what changed")
    for event in found:
        style = SEVERITY_STYLE[event.severity]
        severity = f"[{style}]{event.severity}[/]"
        table.add_row(event.release, event.nct_id, severity, event.origin, safe(event.headline))
    console().print(table)


def table_of_versions(nct_id: str, rows: Sequence[Json]) -> None:
    """The versions of a study, one a row."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=nct_id, title_justify="left")
    for heading in ("version", "release", "posted", "sha-256", "what changed"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "what changed")
    for row in rows:
        headline = row["event"]["headline"] if row["event"] else quiet(row["version"])
        table.add_row(
            str(row["version"]), row["release"], row["posted"] or "", row["sha256"][:12], safe(headline)
        )
    console().print(table)


def describe(study: Study, info: VersionInfo) -> None:
    """One version of a study: its facts, then its eligibility text."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    count, kind = study.enrollment.count, study.enrollment.type
    dates = ((name, getattr(study, name)) for name in ("start", "primary_completion", "completion"))
    day = unknown_day(study)
    facts = {
        "study": f"{info.nct_id}  {study.title}",
        "version": f"{info.number}, first seen in release {info.release} ({info.provenance})",
        "status": study.status,
        "phase": ", ".join(study.phases),
        "enrollment": f"{count} {(kind or '').lower()}" if count is not None else None,
        "sponsor": study.sponsor,
        **{
            name.replace("_", " "): f"{found.date} {(found.type or '').lower()}"
            for name, found in dates
            if found
        },
        "verified": study.verified,
        "forecast": f"UNKNOWN from {day} on, set by the registry unless the sponsor updates" if day else None,
        "last update posted": study.posted,
        "conditions": "; ".join(study.conditions),
        "sites": len(study.locations),
        "payload": f"{info.size:,} bytes, sha-256 {info.sha256}",
    }
    for name, value in facts.items():
        # A fact that the record lacks has no row: "None" beside a heading looks like an answer.
        if value:
            table.add_row(name, safe(value))
    console().print(table)
    if study.eligibility_text:
        console().print(f"\n{safe(study.eligibility_text)}")
