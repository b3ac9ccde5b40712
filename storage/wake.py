"""Waking who sends deliveries as soon as some are due, instead of at the next look.

No more than a hint: what is due stands in the outbox, and is looked for every few seconds anyway. A call that is lost,
because nobody listens or a connection is down, only costs the time to that look.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

TOPIC = "trialdelta_due"
"""Of PostgreSQL's LISTEN and NOTIFY; it is local to one database."""
_IS_DUE = "deliveries are due"


def deliveries_due(session: Session) -> None:
    """Deliveries become due with this transaction: once it is committed, whoever sends them is called.

    Processes that share a PostgreSQL are called by the server, and those of an SQLite file find out by themselves.
    """
    is_called = session.info.setdefault(_IS_DUE, False)
    if not is_called and session.get_bind().dialect.name == "postgresql":
        # The server passes it on when the transaction commits, and never where it does not.
        session.execute(select(func.pg_notify(TOPIC, "")))
    session.info[_IS_DUE] = True


def is_called_for(session: Session) -> bool:
    """Whether deliveries became due with the session's transaction."""
    return bool(session.info.get(_IS_DUE))
