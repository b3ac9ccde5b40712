"""The watcher: is it alive, what is wrong, what to do; then how it has worked, and what it was told to do."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy.orm import Session

from storage import accounts, audit, quarantine, restored, service_status
from storage.schema import REVISION
from storage.studies import totals
from sync.backup.backups import newest
from sync.config import Settings
from sync.health.liveness import State, health_by, signs_of
from sync.health.never_registered import never_registered
from sync.redaction import shown, without_login
from sync.registry.identity import Identity
from sync.service import Service
from sync.settings_base import duration
from sync.view import View
from sync.web.views.activity import Entries, trail
from sync.web.views.cache import WhileUnchanged
from sync.web.views.mutes import Mute, mutes
from sync.web.views.watcher import channels, cycles, storms, vitals, walks
from sync.web.views.watcher.channels import Channel, DeadLetter, Route
from sync.web.views.watcher.configuration import Rules, Table, configuration, rules
from sync.web.views.watcher.copies import copy_troubles
from sync.web.views.watcher.cycles import CycleLine, StageFailures
from sync.web.views.watcher.storms import Storm
from sync.web.views.watcher.troubles import Trouble, troubles
from sync.web.views.watcher.vitals import Vitals
from sync.web.views.watcher.walks import RegistryWalk
from sync.words import capital

REFUSED_LISTED = 20
AUDIT_LISTED = 50


class Refused(View):
    """A record that could not be read; its bytes are at /quarantine/{id}."""

    id: int
    nct_id: str | None
    release: str | None
    seen_at: datetime
    reason: str
    size: int
    sha256: str


class Account(View):
    """Somebody who may sign in."""

    name: str
    role: str
    disabled: bool


class Store(View):
    """Where all is remembered."""

    url: str = Field(description="Without what is secret in it.")
    bytes: int
    schema_revision: str
    rows: dict[str, int] = Field(description="How many rows the larger tables have.")


class Towards(View):
    """Who we are to the registry."""

    base_url: str
    user_agent: str
    tls_profile: str


class WatcherView(View):
    """All that is known of the service itself."""

    state: State
    sentence: str
    troubles: list[Trouble]
    vitals: Vitals
    storms: list[Storm]
    cycles: list[CycleLine]
    walks: list[RegistryWalk] = Field(description="Where a watch has the whole registry: how far it is read.")
    failures: list[StageFailures]
    channels: list[Channel]
    dead_letters: list[DeadLetter]
    routes: list[Route]
    quarantine: list[Refused] = Field(description="The last ones; `store.rows` has their number.")
    mutes: list[Mute]
    accounts: list[Account]
    store: Store
    registry: Towards
    configuration: list[Table]
    rules: list[Rules]
    audit: list[Entries] = Field(description="The last things that people did.")


def load(session: Session, service: Service) -> WatcherView:
    """The service as it stands: a fixed number of queries, however much there is."""
    settings, now = service.settings, service.now()
    facts = signs_of(session)
    signs = vitals.load(session, now, pings=settings.alerts.heartbeat_url is not None)
    health = health_by(facts, settings.schedule, now)
    storms_known = storms.load(session)
    lines = cycles.load(session, working=signs.working is not None)
    ways = channels.load(session, settings, now)
    patience = duration(settings.alerts.stuck_after)
    wrong = troubles(
        health,
        signs,
        lines,
        ways,
        storms_known,
        facts.lacks,
        awaited=never_registered(session, settings.watch),
        now=now,
        stuck_after=patience,
    )
    held = restored.count_held(session)
    restore = restored.last_restore(session) if held else None
    wrong += copy_troubles(newest(session, service.database, settings.backup), restore, held, now)
    return WatcherView(
        state=health.state,
        sentence=capital(health.sentence),
        troubles=sorted(wrong, key=lambda each: each.level != "bad"),
        vitals=signs,
        storms=storms_known,
        cycles=lines,
        walks=walks.load(session, settings),
        failures=cycles.failures(session, now),
        channels=ways,
        dead_letters=channels.dead_letters(session),
        routes=channels.routes(settings),
        quarantine=refused(session),
        mutes=mutes(session, now),
        accounts=_accounts(session),
        store=_store(session, settings, now),
        registry=_towards(settings),
        configuration=configuration(settings),
        rules=rules(service.rules),
        audit=trail(session, audit.latest(session, limit=AUDIT_LISTED)),
    )


def refused(session: Session, *, limit: int = REFUSED_LISTED, before: int | None = None) -> list[Refused]:
    """What stands in quarantine, newest first."""
    found = quarantine.entries(session, limit=limit, before=before)
    return [Refused.model_validate(each) for each in found]


def _accounts(session: Session) -> list[Account]:
    return [
        Account(name=account.name, role=account.role, disabled=account.disabled_at is not None)
        for account in accounts.accounts(session)
    ]


_ROWS: WhileUnchanged[dict[str, int]] = WhileUnchanged()
"""Of a whole registry each count goes through an index of all."""


def _store(session: Session, settings: Settings, now: datetime) -> Store:
    return Store(
        url=shown(settings.database.url.get_secret_value()),
        bytes=service_status.size(session),
        schema_revision=REVISION,
        rows=_ROWS.get(session, "rows", now, lambda: totals(session)),
    )


def _towards(settings: Settings) -> Towards:
    identity = Identity.of(settings.registry)
    return Towards(
        base_url=without_login(settings.registry.base_url),
        user_agent=identity.user_agent,
        tls_profile=identity.tls_profile,
    )
