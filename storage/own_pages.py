"""The addresses of one's own pages on studies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import audit, seals, tables
from storage.bulk import chunks, insert
from storage.errors import UnknownEntry
from storage.studies import studies
from storage.tables import table_of

PAGE = table_of(tables.OwnPage).c


def own_pages(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The addresses for those of the studies that have one."""
    statement = select(PAGE.nct_id, PAGE.url).where(PAGE.url != "")
    return {
        nct_id: url
        for chunk in chunks(ids)
        for nct_id, url in session.execute(statement.where(PAGE.nct_id.in_(chunk)))
    }


def set_own_page(session: Session, nct_id: str, url: str, *, by: str, at: datetime) -> bool:
    """Note where one's own page on a study is, or, with an empty address, that there is none; whether that is new.

    Raises UnknownEntry where the study is not stored.
    """
    if nct_id not in studies(session, [nct_id]):
        raise UnknownEntry(f"the study {nct_id} is not stored")
    before = own_pages(session, [nct_id]).get(nct_id, "")
    if before == url:
        return False
    adding = insert(session, tables.OwnPage).values(nct_id=nct_id, url=url, at=at, by=by)
    renewed = {name: adding.excluded[name] for name in ("url", "at", "by")}
    with seals.revising(session, tables.OwnPage, [(nct_id,)]):
        session.execute(adding.on_conflict_do_update(index_elements=["nct_id"], set_=renewed))
    audit.append(session, at, by, "own page", nct_id, url=url, before=before)
    return True
