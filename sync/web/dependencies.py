"""What a page is made with: the service, a read session for the length of the request, and whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Depends, HTTPException, Path, Request
from sqlalchemy.orm import Session

from storage.errors import StorageError
from storage.inbox import NOBODY
from sync.errors import UsageError
from sync.service import Service, up_to_date
from sync.versions.known import known_person, known_study, known_watch
from sync.web.authentication import Visitor


def service_of(request: Request) -> Service:
    """The service that the application was made for, with the watches that the database keeps at this request."""
    if not hasattr(request.state, "service"):
        # Not put back into the application: a configuration that is reloaded meanwhile would be overwritten with this one.
        request.state.service = cast(Service, request.app.state.service)
        # A database that does not answer is told by whoever reads what the page shows.
        with suppress(StorageError):
            request.state.service = up_to_date(request.state.service)
    return cast(Service, request.state.service)


def visitor_of(request: Request) -> Visitor:
    """Whoever asks; the gate let nobody else in."""
    return cast(Visitor, request.state.visitor)


def _read_session(request: Request) -> Iterator[Session]:
    with service_of(request).database.read() as session:
        yield session


CurrentService = Annotated[Service, Depends(service_of)]
CurrentUser = Annotated[Visitor, Depends(visitor_of)]
ReadSession = Annotated[Session, Depends(_read_session)]
"""One snapshot of the database; closed when the answer is made."""
NctId = Annotated[str, Path(pattern=r"^NCT[0-9]{8}$", description="NCT ID.", examples=["NCT06056921"])]
EventId = Annotated[
    str,
    Path(
        pattern=r"^evt_[a-z2-7]{26}$",
        description="Id of an event.",
        examples=["evt_bkd2uambkvak5cipoj5cs3ljwq"],
    ),
]


def only_known_names(request: Request, service: CurrentService) -> None:
    """Refuse a filter by a name that nothing has: what it finds, nothing, would look like good news."""
    asked = {name: value for name, value in request.query_params.items() if value and name in _FILTERS}
    # A sentence that says what there is is for who is let in: some addresses are open to everybody.
    if not asked or getattr(request.state, "visitor", None) is None:
        return
    try:
        with service.database.read() as session:
            for name, value in asked.items():
                _FILTERS[name](session, service, value)
    except UsageError as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error


_FILTERS: dict[str, Callable[[Session, Service, str], object]] = {
    "watch": lambda session, service, name: known_watch(
        session, (watch.name for watch in service.settings.watch), name
    ),
    "nct_id": lambda session, _, nct_id: known_study(session, nct_id),
    "study": lambda session, _, nct_id: known_study(session, nct_id),
    "person": lambda session, _, name: name == NOBODY or known_person(session, name),
}
"""The parameters that narrow what is listed, wherever they are asked with."""
