"""Commands of the inbox: alerts, ack, snooze, assign, mute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from storage import alerts as inbox
from storage.alerts import AlertInfo, Mute, acknowledge
from storage.alerts import assign as give
from storage.alerts import snooze as put_off
from storage.tables import VERDICTS
from sync.cli.arguments import ByOption, at_least, kinds, nct, who
from sync.cli.class_options import AntigenOption, AreaOption, ClassOption, class_filter, classes_named
from sync.cli.common import console, emit, settings_of
from sync.cli.database import open_storage
from sync.cli.empty import Filters, nothing
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.terminal.text import SEVERITY_STYLE, safe, told
from sync.timing.clock import utc_now
from sync.timing.days import time_ahead
from sync.versions.known import known_person, known_study, one_of

EventIds = Annotated[
    list[str],
    typer.Argument(metavar="EVENT…", help="Ids of the alerts' events (evt_…).", show_default=False),
]


_NONE = {
    False: "Nothing asks for attention: no alert is open. `trialdelta alerts --all` lists those that were closed, too.",
    True: "No alert was opened yet.",
}


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (alerts, ack, snooze, reopen, wake, assign, mute):
        app.command()(command)


def alerts(
    study: Annotated[
        str | None,
        typer.Argument(metavar="[NCT|EVENT]", help="Only of this study; or one.", show_default=False),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that are snoozed, acknowledged or closed.")
    ] = False,
    severity: Annotated[str | None, typer.Option(help="Of this severity or a heavier one.")] = None,
    assignee: Annotated[
        str | None, typer.Option(metavar="WHO", help="Only those that this person has.")
    ] = None,
    study_class: ClassOption = None,
    antigen: AntigenOption = None,
    area: AreaOption = None,
    muted: Annotated[bool, typer.Option("--muted", help="The mutes in force instead.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What asks for attention, longest open first.

    [bold]Examples[/]
      trialdelta alerts
      trialdelta alerts --severity high --json
      trialdelta alerts NCT06056921 --all
      trialdelta alerts --class car_t_product --antigen CD19
    """
    with open_storage(settings_of(config)).read() as session:
        if muted:
            emit(inbox.mutes(session, utc_now()), as_json, _mutes)
            return
        if study and study.startswith("evt_"):
            found = [_alert(session, study)]
        else:
            if study:
                known_study(session, nct(study))
            if assignee:
                known_person(session, assignee)
            found = inbox.alerts(
                session,
                now=utc_now(),
                states=("open", "acknowledged", "closed") if everything else ("open",),
                nct_id=nct(study) if study else None,
                assignee=assignee,
                severities=at_least(severity),
                snoozed=everything,
                of_class=class_filter(study_class, antigen, area),
                limit=limit,
            )
        filters: Filters = {"": study, "--severity": severity, "--assignee": assignee}
        filters = filters | classes_named(study_class, antigen, area)
        none = nothing(session, "alert" if everything else "open alert", filters, _NONE[everything])
    emit(found, as_json, lambda found: _lines(found) if found else [none])


def _alert(session: Session, event_id: str) -> AlertInfo:
    found = inbox.alert(session, event_id)
    if found is None:
        raise UsageError(f"no alert was opened for {event_id}")
    return found


def ack(
    events: EventIds,
    by: ByOption = None,
    verdict: Annotated[
        str | None, typer.Option(help="acted, no action needed, false alarm or noise.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What there is to say.")] = None,
    close: Annotated[bool, typer.Option("--close", help="Done with it: close the alert too.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Acknowledge an alert that is not closed. It covers this pair of versions: the study's next event opens again.

    Of several either all are acknowledged or, where one cannot be, none.

    [bold]Examples[/]
      trialdelta ack evt_k3v… --by ana --verdict acted --note "page corrected"
      trialdelta ack evt_k3v… --verdict "false alarm" --close
      trialdelta ack evt_k3v… evt_x7q… --verdict acted
    """
    if verdict is not None:
        one_of("verdict", "verdicts", verdict, VERDICTS)
    _change(acknowledge, events, by, as_json, config, verdict=verdict, note=note, close=close)


def snooze(
    events: EventIds,
    until: Annotated[
        str, typer.Option(metavar="WHEN", help="A day (2026-10-01), a span (3d), or `change`.")
    ] = "change",
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Leave an open alert out of the inbox until a day, or until its study changes.

    [bold]Examples[/]
      trialdelta snooze evt_k3v… --until 2026-10-01
      trialdelta snooze evt_k3v… evt_x7q… --until change
    """
    _change(put_off, events, by, as_json, config, until=None if until == "change" else _when(until))


def reopen(
    events: EventIds, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Have an alert that is acknowledged or closed ask for attention again.

    [bold]Example[/]
      trialdelta reopen evt_k3v…
    """
    _change(inbox.reopen, events, by, as_json, config)


def wake(
    events: EventIds, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Have an alert that is snoozed back among the open ones now.

    [bold]Example[/]
      trialdelta wake evt_k3v…
    """
    _change(inbox.wake, events, by, as_json, config)


def assign(
    events_and_whom: Annotated[
        list[str],
        typer.Argument(
            metavar="EVENT… [WHO]",
            help="Ids of the alerts' events (evt_…), then to whom; to nobody without.",
            show_default=False,
        ),
    ],
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Give alerts to a person.

    [bold]Examples[/]
      trialdelta assign evt_k3v… ana
      trialdelta assign evt_k3v… evt_x7q… ana
      trialdelta assign evt_k3v…
    """
    *events, last = events_and_whom
    to = None if last.startswith("evt_") else last
    if to is None:
        events.append(last)
    if not events:
        raise UsageError(f"name the alerts that {last} is to have: EVENT… WHO")
    _change(give, events, by, as_json, config, to=to)


def mute(
    study: Annotated[
        str | None, typer.Argument(metavar="[NCT]", help="The study; every one without.", show_default=False)
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only events of nothing but this kind.")] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="A day (2026-10-01) or a span (30d); a mute always ends."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is shown to whoever wonders.")] = None,
    lift: Annotated[int | None, typer.Option(metavar="NUMBER", help="End this mute instead.")] = None,
    by: ByOption = None,
    config: ConfigOption = None,
) -> None:
    """Keep quiet about a study, a kind, or a kind of one study. Events are stored all the same.

    [bold]Examples[/]
      trialdelta mute NCT06056921 --kind contacts --until 90d --reason "call centre rotates"
      trialdelta mute --lift 3
    """
    # No mute of everything, none for ever, none that nobody can explain: each would be silence that looks like good news.
    if lift is None and not ((study or kind) and until and reason):
        raise UsageError("name a study or a --kind, and say --until when and for what --reason")
    with open_storage(settings_of(config)).write() as session:
        if lift is not None:
            inbox.lift(session, lift, by=who(by), at=utc_now())
            console().print(f"Mute {lift} is lifted.")
            return
        if study:
            known_study(session, nct(study))
        number = inbox.mute(
            session,
            by=who(by),
            at=utc_now(),
            until=_when(until or ""),
            reason=reason or "",
            nct_id=nct(study) if study else None,
            kind=kinds([kind])[0] if kind else None,
        )
    console().print(f"Muted, number {number}: trialdelta mute --lift {number} ends it.")


def _change(act: Any, events: Sequence[str], by: str | None, as_json: bool, config: Any, **how: Any) -> None:
    """Do something to alerts, to all or to none of them, and show them as they are then."""
    with open_storage(settings_of(config)).write() as session:
        for event in dict.fromkeys(events):
            act(session, event, by=who(by), at=utc_now(), **how)
        changed = [_alert(session, event) for event in dict.fromkeys(events)]
    emit(changed, as_json, _lines)


def _when(text: str) -> datetime:
    return time_ahead(text, utc_now())


def _lines(found: Sequence[AlertInfo]) -> Iterator[str]:
    yield from map(_line, found)


def _line(alert: AlertInfo) -> str:
    style = SEVERITY_STYLE[alert.severity]
    state = alert.state
    if alert.acknowledged_by:
        state += f" by {alert.acknowledged_by}" + (f": {alert.verdict}" if alert.verdict else "")
    if alert.snoozed_until_change or alert.snoozed_until:
        until = f"{alert.snoozed_until:%Y-%m-%d %H:%M} UTC" if alert.snoozed_until else "it changes"
        state += f", snoozed until {until}"
    owner = f", {alert.assignee} has it" if alert.assignee else ""
    return (
        f"[{style}]{alert.severity:>8}[/] {alert.release} {alert.nct_id or '':<11} {told(alert.headline)}\n"
        f"         [dim]{alert.event_id}  {safe(state + owner)}[/]"
    )


def _mutes(found: Sequence[Mute]) -> Iterator[str]:
    for mute in found:
        subject = " of ".join(part for part in (mute.kind, mute.nct_id) if part)
        yield f"{mute.id:>4} {subject} until {mute.until:%Y-%m-%d}, {safe(mute.by)}: {safe(mute.reason)}"
    if not found:
        yield "Nothing is muted: `trialdelta mute NCT --until DAY --reason …` keeps a study quiet."
