"""Watches as their pages show them: the form that one is made with, what it would bring, and the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from storage import cohorts, not_taken, watch_summary
from storage.rows import values_of
from sync.cohort.searches import found_by
from sync.cohort.vocabulary import AREAS, CLASSES
from sync.config import Settings, WatchSettings
from sync.errors import UsageError
from sync.kept import is_example
from sync.registry.errors import RegistryError
from sync.registry.identity import Identity
from sync.service import Service
from sync.view import View
from sync.watches.listing import WatchLine, watch_lines
from sync.watches.preview import Preview, preview, why_not_asked
from sync.watches.typed import (
    FOLLOWED,
    WrongWatch,
    as_typed,
    conditions_typed,
    ids_typed,
    searches_typed,
    watch_of,
)
from sync.web.views.cache import WhileUnchanged
from sync.web.views.watcher import channels
from sync.web.views.watcher.channels import Channel

LONGEST = 200_000
"""Characters of a list of ids: 15,000 of them."""


class WatchForm(BaseModel):
    """What a person fills in. `cond`, `intr` and `term` make up one search, beside those that are typed a line each."""

    name: str = Field("", max_length=1000)
    ids: str = Field("", max_length=LONGEST)
    cond: str = Field("", max_length=LONGEST)
    intr: str = Field("", max_length=LONGEST)
    term: str = Field("", max_length=LONGEST)
    searches: str = Field("", max_length=LONGEST)
    related_to: str = Field("", max_length=LONGEST)
    classes: list[str] = Field([], max_length=len(CLASSES))
    antigens: str = Field("", max_length=1000)
    areas: list[str] = Field([], max_length=len(AREAS))
    revision: int = Field(0, ge=0, le=2**53)
    act: Literal["preview", "save"] = "preview"
    back: str = Field("/watches", alias="next", max_length=2000)

    def watch(self, name: str | None = None) -> WatchSettings:
        """The watch that is meant. Raises WrongWatch with all that is wrong."""
        faults: list[str] = []
        parts: dict[str, Any] = {}
        readers: dict[str, Callable[[], Any]] = {
            "ids": lambda: ids_typed(self.ids),
            "searches": lambda: searches_typed([*self._fields, *self.searches.splitlines()]),
            "related_to": lambda: ids_typed(self.related_to),
        }
        for key, read in readers.items():
            try:
                parts[key] = read()
            except WrongWatch as wrong:
                faults += wrong.faults
        if faults:
            raise WrongWatch(faults)
        parts |= conditions_typed(self.classes, [self.antigens], self.areas)
        return watch_of((name or self.name).strip() or FOLLOWED, **parts)

    @property
    def is_narrowed(self) -> bool:
        """Whether there is anything beside ids and one search."""
        return bool(self.searches or self.related_to or self.classes or self.antigens or self.areas)

    @property
    def _fields(self) -> list[str]:
        """The search of the fields, as it is typed."""
        given = {key: getattr(self, key).strip() for key in ("cond", "intr", "term")}
        search = {key: value for key, value in given.items() if value}
        return [as_typed(search)] if search else []

    @classmethod
    def of(cls, line: WatchLine) -> WatchForm:
        """The form as it is filled in for a watch that is there; for one of the file, to put more ids beside its own."""
        if line.where == "file":
            return cls(name=line.name)
        return cls(
            name=line.name,
            ids="\n".join(line.ids),
            searches="\n".join(line.typed_searches),
            related_to=" ".join(line.related_to),
            classes=list(line.classes),
            antigens=", ".join(line.antigens),
            areas=list(line.areas),
            revision=line.revision or 0,
        )


class Looked(View):
    """What came of asking the registry what a watch would bring: a preview, or why there is none."""

    found: Preview | None = None
    why_not: str = ""


class NotTaken(View):
    """A study that a watch's searches find and its second look does not take."""

    nct_id: str
    title: str | None
    source: str = Field(description='What found it: "search 1", or "related NCT…".')
    found_by: str = Field(description="The same in words.")
    reason: str
    since: str = Field(description="The release on which it was first not taken.")
    first_posted: str | None
    note: str = Field(
        description="When it could first have been found; or until when it was in the watch, and why."
    )


class AllNotTaken(View):
    """A page of what a watch finds and does not take, the latest first."""

    watch: str
    total: int
    is_cut: bool = Field(description="Whether there are more than are kept.")
    studies: list[NotTaken]


class FirstSteps(View):
    """What a new service needs, and what of it is done."""

    contact: str
    is_example: bool
    is_of_file: bool = Field(description="Whether the file names the contact: then it is changed there.")
    lines: list[WatchLine]
    channels: list[Channel]
    has_polled: bool


def look(service: Service, watch: WatchSettings) -> Looked:
    """What a watch would bring, as far as the registry says so now."""
    try:
        return Looked(found=preview(service, watch))
    except (RegistryError, UsageError) as error:
        said = why_not_asked(error) if isinstance(error, RegistryError) else error.sentence
        return Looked(why_not=said)


def lines(session: Session, service: Service) -> list[WatchLine]:
    """All watches."""
    members = _MEMBERS.get(session, "members", service.now(), lambda: cohorts.sizes(session))
    return watch_lines(session, of_file(service), members)


_MEMBERS: WhileUnchanged[dict[str, int]] = WhileUnchanged()
"""Of a whole registry to count them takes longer than all else on the page."""


def found_and_not_taken(session: Session, watch: WatchLine, *, limit: int, offset: int = 0) -> AllNotTaken:
    """What a watch finds and its second look does not take, from an offset on."""
    found = not_taken.listed(session, watch.name, limit=limit, offset=offset)
    studies = [NotTaken(**values_of(each), found_by=found_by(each.source, watch.searches)) for each in found]
    total = watch.not_taken
    return AllNotTaken(watch=watch.name, total=total, is_cut=total >= not_taken.MOST, studies=studies)


def of_file(service: Service) -> Settings:
    """The settings as the file has them."""
    return service.of_file or service.settings


def is_new(session: Session, service: Service) -> bool:
    """Whether nothing is watched, nor ever was."""
    return not service.settings.watch and not watch_summary.watches(session)


def first_steps(session: Session, service: Service, *, has_polled: bool) -> FirstSteps:
    """How far the first steps are."""
    settings = service.settings
    return FirstSteps(
        contact=settings.registry.contact
        if not settings.registry.user_agent
        else Identity.of(settings.registry).user_agent,
        is_example=is_example(settings.registry),
        is_of_file=not is_example(of_file(service).registry),
        lines=lines(session, service),
        channels=[each for each in channels.load(session, settings, service.now()) if each.kind],
        has_polled=has_polled,
    )


def path_of(name: str, deed: str = "") -> str:
    """Where the page of a watch is, or where a deed to it is posted to."""
    return f"/watches/{quote(name, safe='')}{f'/{deed}' if deed else ''}"
