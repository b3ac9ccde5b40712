"""What a page is made with: the service, a read session for the length of the request, and whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import Depends, Path, Request
from sqlalchemy.orm import Session

from sync.service import Service
from sync.web.authentication import Visitor


def service_of(request: Request) -> Service:
    """The service that the application was made for."""
    return cast(Service, request.app.state.service)


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
