"""Watches: `/watches`, a form to follow studies and searches with a preview, each to edit; and the first page, `/setup`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from storage import ledger
from storage.errors import AlreadyThere, ChangedSince, UnknownEntry
from sync.config import WatchSettings
from sync.errors import TrialdeltaError, UsageError
from sync.service import Service
from sync.watches.listing import WatchLine
from sync.watches.preview import must_fit
from sync.watches.typed import WrongWatch, ids_typed, watch_of
from sync.web.actions import Actions, actions_by
from sync.web.authentication import Visitor
from sync.web.dependencies import CurrentService, CurrentUser, ReadSession
from sync.web.pages.actions import Next, back_to
from sync.web.render import page
from sync.web.views import watches
from sync.web.views.watcher import tests
from sync.web.views.watcher.tests import ChannelTest
from sync.web.views.watches import AllNotTaken, Looked, WatchForm

router = APIRouter(include_in_schema=False)

WatchName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
A_PAGE = 100
"""Studies found and not taken that a page lists."""
Filled = Annotated[WatchForm, Form()]


@router.get("/watches", response_class=HTMLResponse)
def show_all(request: Request, session: ReadSession, service: CurrentService) -> HTMLResponse:
    """All watches, and the form to add one."""
    return _list(request, session, service, WatchForm(next="/watches"))


@router.post("/watches")
def follow(
    request: Request, session: ReadSession, service: CurrentService, user: CurrentUser, form: Filled
) -> Response:
    """Say what the watch that is filled in would bring; or put it among the watches."""
    try:
        watch = form.watch()
        looked = watches.look(service, watch)
        if form.act == "preview":
            return _again(request, session, service, form, looked=looked)
        return _widen(service, user, watch, looked, form)
    except (UsageError, AlreadyThere) as error:
        return _again(request, session, service, form, error=error)


@router.get("/watches/{name}", response_class=HTMLResponse)
def show(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    name: WatchName,
    number: Annotated[int, Query(alias="page", ge=1, le=1_000)] = 1,
) -> HTMLResponse:
    """One watch, to edit; one of the file, with how it is edited; and what it finds and does not take."""
    line = _line(session, service, name)
    dropped = watches.found_and_not_taken(session, line, limit=A_PAGE, offset=(number - 1) * A_PAGE)
    return _watch_page(request, line, WatchForm.of(line), dropped=dropped, number=number)


@router.post("/watches/{name}")
def edit(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    user: CurrentUser,
    name: WatchName,
    form: Filled,
) -> Response:
    """Say what the watch would bring as it is filled in; or make it so, unless somebody was faster."""

    def save(actions: Actions, watch: WatchSettings) -> None:
        actions.watches.edit(watch, form.revision)

    line = _line(session, service, name)
    return _as_typed(request, service, user, line, form, partial(form.watch, name), save, "/watches")


@router.post("/watches/{name}/ids")
def put_beside(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    user: CurrentUser,
    name: WatchName,
    form: Filled,
) -> Response:
    """Say what studies are that are put beside a watch of the file; or put them there."""

    def typed() -> WatchSettings:
        return watch_of(name, ids=ids_typed(form.ids))

    def save(actions: Actions, watch: WatchSettings) -> None:
        actions.watches.widen(watch)

    line = _line(session, service, name)
    return _as_typed(request, service, user, line, form, typed, save, watches.path_of(name))


@router.post("/watches/{name}/unfollow")
def unfollow(
    service: CurrentService,
    user: CurrentUser,
    name: WatchName,
    nct_id: Annotated[str, Form(max_length=100)],
    back: Next = "/watches",
) -> RedirectResponse:
    """Take a study out of those that were put beside a watch."""
    with actions_by(service, user) as actions:
        actions.watches.unfollow(ids_typed(nct_id), name)
        return back_to(back, actions.did)


@router.post("/watches/{name}/pause")
def pause(
    service: CurrentService, user: CurrentUser, name: WatchName, back: Next = "/watches"
) -> RedirectResponse:
    """Ask for a watch no more until it is resumed."""
    with actions_by(service, user) as actions:
        actions.watches.pause(name)
        return back_to(back, actions.did)


@router.post("/watches/{name}/resume")
def resume(
    service: CurrentService, user: CurrentUser, name: WatchName, back: Next = "/watches"
) -> RedirectResponse:
    """Ask for a watch again."""
    with actions_by(service, user) as actions:
        actions.watches.resume(name)
        return back_to(back, actions.did)


@router.post("/watches/{name}/remove")
def remove(
    service: CurrentService,
    user: CurrentUser,
    name: WatchName,
    revision: Annotated[int, Form(ge=0, le=2**53)] = 0,
    back: Next = "/watches",
) -> RedirectResponse:
    """Keep a watch no more; what was read for it stays stored."""
    with actions_by(service, user) as actions:
        actions.watches.remove(name, revision or None)
        return back_to(back, actions.did)


@router.get("/setup", response_class=HTMLResponse)
def set_up(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    tested: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """The first steps: whom the registry can ask, what to follow, whether a channel reaches somebody."""
    return first_page(request, session, service, WatchForm(next="/setup"), tested=tests.load(session, tested))


@router.post("/setup/contact")
def set_contact(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    user: CurrentUser,
    contact: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Keep whom the registry can ask about our requests."""
    try:
        with actions_by(service, user) as actions:
            actions.watches.set_contact(contact)
            return back_to("/setup", actions.did)
    except UsageError as error:
        form = WatchForm(next="/setup")
        return first_page(request, session, service, form, contact=contact, contact_problem=error.sentence)


def first_page(
    request: Request,
    session: Session,
    service: Service,
    form: WatchForm,
    *,
    looked: Looked | None = None,
    faults: tuple[str, ...] = (),
    contact: str = "",
    contact_problem: str = "",
    tested: ChannelTest | None = None,
) -> HTMLResponse:
    """The page of the first steps."""
    has_polled = ledger.last_beat(session, "good_poll") is not None
    steps = watches.first_steps(session, service, has_polled=has_polled)
    return page(
        request,
        "setup.html.j2",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults or contact_problem else HTTPStatus.OK,
        steps=steps,
        form=form,
        looked=looked or Looked(),
        faults=faults,
        contact=contact,
        contact_problem=contact_problem,
        tested=tested,
        path_of=watches.path_of,
    )


def _widen(
    service: Service, user: Visitor, watch: WatchSettings, looked: Looked, form: WatchForm
) -> RedirectResponse:
    _must_fit(looked)
    with actions_by(service, user) as actions:
        actions.watches.widen(watch)
        return back_to(form.back, actions.did)


def _must_fit(looked: Looked) -> None:
    """What is known to be too large is refused; what the registry cannot say now is not."""
    if looked.found:
        must_fit(looked.found)


def _list(
    request: Request,
    session: Session,
    service: Service,
    form: WatchForm,
    *,
    looked: Looked | None = None,
    faults: tuple[str, ...] = (),
) -> HTMLResponse:
    return page(
        request,
        "watches.html.j2",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        lines=watches.lines(session, service),
        form=form,
        looked=looked or Looked(),
        faults=faults,
        path_of=watches.path_of,
    )


def _again(
    request: Request,
    session: Session,
    service: Service,
    form: WatchForm,
    *,
    looked: Looked | None = None,
    error: TrialdeltaError | None = None,
) -> HTMLResponse:
    """The page that the form was on, as it was filled in."""
    shown = first_page if form.back == "/setup" else _list
    return shown(request, session, service, form, looked=looked, faults=_faults(error))


def _as_typed(
    request: Request,
    service: Service,
    user: Visitor,
    line: WatchLine,
    form: WatchForm,
    typed: Callable[[], WatchSettings],
    save: Callable[[Actions, WatchSettings], None],
    back: str,
) -> Response:
    """Say what a watch would bring that is typed on its page; or save it, and go back."""
    try:
        watch = typed()
        looked = watches.look(service, watch)
        if form.act == "save":
            _must_fit(looked)
            with actions_by(service, user) as actions:
                save(actions, watch)
                return back_to(back, actions.did)
        return _edit_again(request, line, form, looked=looked)
    except (UsageError, UnknownEntry, AlreadyThere) as error:
        return _edit_again(request, line, form, error=error)


def _edit_again(
    request: Request,
    line: WatchLine,
    form: WatchForm,
    *,
    looked: Looked | None = None,
    error: TrialdeltaError | None = None,
) -> HTMLResponse:
    was_faster = isinstance(error, ChangedSince)
    refused = HTTPStatus.CONFLICT if was_faster else HTTPStatus.UNPROCESSABLE_ENTITY
    return _watch_page(
        request,
        line,
        form,
        status=refused if error else HTTPStatus.OK,
        looked=looked,
        faults=_faults(error),
        was_faster=was_faster,
    )


def _watch_page(
    request: Request,
    line: WatchLine,
    form: WatchForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    looked: Looked | None = None,
    faults: tuple[str, ...] = (),
    was_faster: bool = False,
    dropped: AllNotTaken | None = None,
    number: int = 1,
) -> HTMLResponse:
    last = -(-dropped.total // A_PAGE) if dropped else 0
    return page(
        request,
        "watch.html.j2",
        status=status,
        line=line,
        form=form,
        looked=looked or Looked(),
        faults=faults,
        was_faster=was_faster,
        dropped=dropped,
        number=number,
        last=last,
        path_of=watches.path_of,
    )


def _faults(error: TrialdeltaError | None) -> tuple[str, ...]:
    if error is None:
        return ()
    return error.faults if isinstance(error, WrongWatch) else (error.sentence,)


def _line(session: Session, service: Service, name: str) -> WatchLine:
    """The watch of this name, the one that is in force before one that is not."""
    found = [each for each in watches.lines(session, service) if each.name == name]
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"No watch is called {name}.")
    return found[0]
