"""Pages that were published about studies, as their texts stood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import audit, seals, tables
from storage.bulk import insert
from storage.errors import UnknownEntry
from storage.payloads import sha256_of
from storage.rows import columns_of, rows, values_of
from storage.studies import studies
from storage.tables import table_of

PAGE = table_of(tables.PublishedPage).c


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """A page on a study. `reviewed`: the day on which its publisher last did; `at`, `by`: who gave this text, and when."""

    nct_id: str
    url: str
    text: str
    reviewed: str | None
    at: datetime
    by: str


def published_pages(session: Session, nct_id: str | None = None) -> list[PublishedPage]:
    """Those that are looked after, of one study or of all: by study, then by address."""
    statement = select(*columns_of(PAGE, PublishedPage)).where(PAGE.text != "")
    if nct_id is not None:
        statement = statement.where(PAGE.nct_id == nct_id)
    return rows(session, statement.order_by(PAGE.nct_id, PAGE.url), PublishedPage)


def put_page(session: Session, page: PublishedPage) -> bool:
    """Keep a page, with its new text where the address is known; whether anything is new.

    Raises UnknownEntry where the study is not stored.
    """
    if page.nct_id not in studies(session, [page.nct_id]):
        raise UnknownEntry(f"the study {page.nct_id} is not stored")
    before = next((each for each in published_pages(session, page.nct_id) if each.url == page.url), None)
    if before and (before.text, before.reviewed) == (page.text, page.reviewed):
        return False
    _store(session, page)
    action = "page replaced" if before else "page registered"
    named = {"url": page.url, "reviewed": page.reviewed, "sha256": sha256_of(page.text.encode())}
    audit.append(session, page.at, page.by, action, page.nct_id, **named)
    return True


def remove_page(session: Session, nct_id: str, url: str, *, by: str, at: datetime) -> None:
    """Look after a page no longer. Raises UnknownEntry where none is kept at the address."""
    if not any(each.url == url for each in published_pages(session, nct_id)):
        raise UnknownEntry(f"no page on {nct_id} is registered at {url}")
    _store(session, PublishedPage(nct_id, url, "", None, at, by))
    audit.append(session, at, by, "page removed", nct_id, url=url)


def _store(session: Session, page: PublishedPage) -> None:
    adding = insert(session, tables.PublishedPage).values(values_of(page))
    renewed = {name: adding.excluded[name] for name in ("text", "reviewed", "at", "by")}
    with seals.revising(session, tables.PublishedPage, [(page.nct_id, page.url)]):
        session.execute(adding.on_conflict_do_update(index_elements=["nct_id", "url"], set_=renewed))
