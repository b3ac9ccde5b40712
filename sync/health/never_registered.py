"""Ids of the configuration that the registry has never had, as `doctor` and the watcher's page name them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from storage.studies import unregistered
from sync.config import WatchSettings

NEVER_REGISTERED = "Check the ids of the watch; what is only awaited enters the watch once it is registered."
"""What to do about them."""


def never_registered(session: Session, watches: Sequence[WatchSettings]) -> dict[str, list[str]]:
    """The watches that name such ids, each with them; as far as the registry has been asked."""
    known = unregistered(session, {nct_id for watch in watches for nct_id in watch.ids})
    found = {watch.name: [nct_id for nct_id in known if nct_id in watch.ids] for watch in watches}
    return {name: ids for name, ids in found.items() if ids}
