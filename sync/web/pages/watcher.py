"""The watcher: `/watcher`, what an operator decides there, the bytes in quarantine, and the audit log."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from storage import quarantine
from storage.errors import UnknownEntry
from storage.outbox import disabled
from sync.versions.known import one_of
from sync.web.actions import actions_by, test_channel
from sync.web.dependencies import CurrentService, CurrentUser, EventId, ReadSession
from sync.web.drawing.cycle_strip import cycle_strip
from sync.web.pages.actions import Next, back_to, local_path
from sync.web.render import page
from sync.web.views import watches
from sync.web.views.watcher import log, tests
from sync.web.views.watcher import view as watcher

router = APIRouter(include_in_schema=False)

LARGEST = 2**53
CYCLES_SHOWN = 20

Number = Annotated[int, Path(ge=1, le=LARGEST)]
ChannelName = Annotated[str, Path(max_length=100)]


@router.get("/watcher", response_class=HTMLResponse)
def show(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    tested: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """Is the watcher alive, what is wrong, what to do; and what came of the test that was just sent."""
    view = watcher.load(session, service)
    return page(
        request,
        "watcher.html.j2",
        view=view,
        tested=tests.load(session, tested),
        watches=watches.lines(session, service),
        path_of=watches.path_of,
        cycle_strip=cycle_strip(view.cycles),
        cycles_shown=CYCLES_SHOWN,
    )


@router.get("/audit", response_class=HTMLResponse)
def show_log(
    request: Request, session: ReadSession, before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None
) -> HTMLResponse:
    """What people did, newest first."""
    return page(request, "audit.html.j2", view=log.load(session, before))


@router.get("/quarantine/{number}")
def refused(session: ReadSession, number: Number) -> Response:
    """The bytes of a record that could not be read, to be kept and not to be shown: they may be anything."""
    headers = {
        # To be kept, not to be shown: what broke our reading may be meant for a browser's.
        "content-disposition": f'attachment; filename="quarantine-{number}.bin"',
        "x-content-type-options": "nosniff",
    }
    return Response(quarantine.raw(session, number), media_type="application/octet-stream", headers=headers)


@router.post("/storms/{event_id}/{decision}")
def decide(
    service: CurrentService,
    user: CurrentUser,
    event_id: EventId,
    decision: Literal["release", "dismiss"],
    back: Next = "/watcher",
) -> RedirectResponse:
    """Let the events of a storm be told each by itself, or leave them untold."""
    with actions_by(service, user) as actions:
        actions.decide(event_id, "released" if decision == "release" else "dismissed")
        return back_to(back, actions.did)


@router.post("/channels/{name:path}/enable")
def enable(
    service: CurrentService,
    user: CurrentUser,
    name: ChannelName,
    back: Next = "/watcher",
) -> RedirectResponse:
    """Use a channel again, with what it is owed."""
    with actions_by(service, user) as actions:
        if name not in service.settings.channels and name not in disabled(actions.session):
            raise UnknownEntry(f"There is no channel {name}.")
        actions.enable(name)
        return back_to(back, actions.did)


@router.post("/channels/{name:path}/disable")
def disable(
    service: CurrentService,
    user: CurrentUser,
    name: ChannelName,
    reason: Annotated[str, Form(max_length=500)] = "",
    back: Next = "/watcher",
) -> RedirectResponse:
    """Use a channel no more until it is enabled; what it is owed waits."""
    one_of("channel", "channels", name, service.settings.channels)
    with actions_by(service, user) as actions:
        actions.disable(name, reason)
        return back_to(back, actions.did)


@router.post("/channels/{name:path}/test")
def send_test(
    service: CurrentService, user: CurrentUser, name: ChannelName, back: Next = "/watcher"
) -> RedirectResponse:
    """Send a marked test, and show what the receiver says."""
    outcome = test_channel(service, user, name)
    path = local_path(back).partition("#")[0].partition("?")[0]
    return RedirectResponse(f"{path}?tested={outcome.delivery}#tested", HTTPStatus.SEE_OTHER)


@router.post("/channels/{name:path}/retry")
def retry_channel(
    service: CurrentService, user: CurrentUser, name: ChannelName, back: Next = "/watcher"
) -> RedirectResponse:
    """Have what failed of one channel tried again at once."""
    one_of("channel", "channels", name, service.settings.channels)
    with actions_by(service, user) as actions:
        actions.send_again([name])
        return back_to(back, actions.did)


@router.post("/deliveries/{delivery_id}/retry")
def retry_delivery(
    service: CurrentService,
    user: CurrentUser,
    delivery_id: Annotated[str, Path(pattern=r"^dlv_[a-z2-7]{26}$")],
    back: Next = "/watcher",
) -> RedirectResponse:
    """Have one delivery that failed tried again at once."""
    with actions_by(service, user) as actions:
        actions.retry_delivery(delivery_id)
        return back_to(back, actions.did)


@router.post("/channels/{name:path}/move")
def move(
    service: CurrentService,
    user: CurrentUser,
    name: ChannelName,
    to: Annotated[str, Form(max_length=100)],
    back: Next = "/watcher",
) -> RedirectResponse:
    """Let another channel have what a channel owes."""
    with actions_by(service, user) as actions:
        actions.move(name, to, service.settings.channels)
        return back_to(back, actions.did)


@router.post("/channels/{name:path}/drop")
def drop(
    service: CurrentService,
    user: CurrentUser,
    name: ChannelName,
    back: Next = "/watcher",
) -> RedirectResponse:
    """Have what a channel owes never told."""
    with actions_by(service, user) as actions:
        actions.drop(name, service.settings.channels)
        return back_to(back, actions.did)


@router.post("/poll-now")
def poll_now(service: CurrentService, user: CurrentUser, back: Next = "/watcher") -> RedirectResponse:
    """Have the daemon ask the registry at once: whether it still blocks us, or has a new release."""
    with actions_by(service, user) as actions:
        actions.poll_now()
        return back_to(back, actions.did)


@router.post("/outbox/retry")
def retry(service: CurrentService, user: CurrentUser, back: Next = "/watcher") -> RedirectResponse:
    """Have dead letters, and what waits for its next attempt, tried again."""
    with actions_by(service, user) as actions:
        actions.send_again(service.settings.channels)
        return back_to(back, actions.did)


@router.post("/mutes/{number}/lift")
def lift(
    service: CurrentService, user: CurrentUser, number: Number, back: Next = "/watcher"
) -> RedirectResponse:
    """End a mute before its time."""
    with actions_by(service, user) as actions:
        actions.lift(number)
        return back_to(back, actions.did)
