"""What can be asked for by name, and a sentence that says what there is where somebody asks for something else.

A filter by a name that nothing has would find nothing, and nothing found looks like good news.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy.orm import Session

from storage import accounts, inbox, kept_watches, studies, watch_summary
from sync.config_errors import suggestion
from sync.errors import UsageError

MOST = 20
"""So many names are listed; of more, the one that is meant is hard to see."""


def known_watch(session: Session, configured: Iterable[str], name: str) -> str:
    """The name of a watch that is configured, or kept in the database, or was once followed. Raises UsageError."""
    kept = (each.name for each in kept_watches.kept_watches(session))
    names = dict.fromkeys([*configured, *kept, *watch_summary.watches(session)])
    return one_of("watch", "watches", name, names)


def known_study(session: Session, nct_id: str) -> str:
    """The id of a study that is stored: a watch has or had it, or it was imported. Raises UsageError."""
    if nct_id not in studies.studies(session, [nct_id]):
        raise UsageError(f"the study {nct_id} is not stored: follow it, and the next poll reads it")
    return nct_id


def known_person(session: Session, name: str) -> str:
    """Somebody who has an account, or has had an alert. Raises UsageError."""
    return one_of("person", "people", name, people(session))


def people(session: Session) -> list[str]:
    """Whoever can be given an alert, as far as known: accounts, and those who have had one."""
    # On loopback there are no accounts: then the names are those that were given alerts before.
    return sorted({*assignable(session), *inbox.people(session)})


def assignable(session: Session) -> list[str]:
    """Whom an alert can be given to: accounts. Empty where there are none, and any name will do."""
    return sorted(account.name for account in accounts.accounts(session) if account.disabled_at is None)


def one_of(noun: str, nouns: str, name: str, known: Collection[str]) -> str:
    """The name, if it is one of those known. Raises UsageError, which says what there is."""
    if name in known:
        return name
    near = suggestion(name, known)
    raise UsageError(f"there is no {noun} {name!r}; {_offer(nouns, known, near)}")


def _offer(nouns: str, known: Collection[str], near: str | None) -> str:
    if not known:
        return f"there are no {nouns} at all"
    if near:
        return f"did you mean {str(near)!r}? The {nouns} are: {_listed(known)}"
    return f"the {nouns} are: {_listed(known)}"


def _listed(known: Collection[str]) -> str:
    shown = ", ".join(list(known)[:MOST])
    return f"{shown} and {len(known) - MOST} more" if len(known) > MOST else shown
