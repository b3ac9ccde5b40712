"""Which studies are silent on a day: found once for each content, day and limits, then remembered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy.orm import Session

from storage import watch_table
from sync.changes.rule import Limits
from sync.changes.silence import SilenceState, silence
from sync.study.record import Study
from sync.web.views.cache import Cache

KINDS = ("overdue", "stale", "unknown_forecast")
SilenceStates = tuple[SilenceState, ...]

_KNOWN: Cache[SilenceStates] = Cache(50_000)
"""Some megabytes."""


def silences(
    session: Session, contents: Mapping[str, str], day: date, limits: Limits
) -> dict[str, SilenceStates]:
    """What is silent about studies that are present, given by id with the hash of their content."""
    # All that a finding depends on besides the record: with another day or limit it is looked for anew.
    cache_key = (day, limits.stale_months, limits.forecast_days)
    keys = {nct_id: (nct_id, content, *cache_key) for nct_id, content in contents.items()}
    found = {nct_id: known for nct_id, key in keys.items() if (known := _KNOWN.known(key)) is not None}
    unknown = [nct_id for nct_id in contents if nct_id not in found]
    if unknown:
        modules = watch_table.status_modules(session, unknown)
        fresh = {nct_id: _look(modules.get(nct_id), day, limits) for nct_id in unknown}
        found |= {
            nct_id: _KNOWN.keep(keys[nct_id], silence_states) for nct_id, silence_states in fresh.items()
        }
    return found


def counted(found: Iterable[SilenceStates]) -> dict[str, int]:
    """How many studies are silent in each way."""
    kinds = Counter(kind for states in found for kind in {str(state.kind) for state in states})
    return {kind: kinds[kind] for kind in KINDS}


def _look(module: Mapping[str, object] | None, day: date, limits: Limits) -> SilenceStates:
    if module is None:
        return ()
    return tuple(silence(Study.of_status(module), day, (), limits))
