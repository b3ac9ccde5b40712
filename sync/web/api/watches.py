"""Watches: the list, what one would bring, adding, editing, pausing, removing; and asking the registry at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from storage.errors import UnknownEntry
from sync.cohort.vocabulary import ANTIGEN, Area, TrialClass
from sync.config import WatchSettings
from sync.registry.query import AREAS
from sync.view import View
from sync.watches.listing import WatchLine, Where, watch_lines
from sync.watches.preview import must_fit, preview
from sync.watches.typed import CONDITIONS, watch_of
from sync.web.actions import Actions, actions_by
from sync.web.api.fields import NctId, Whole
from sync.web.api.models import DID, Body, Nothing
from sync.web.api.routes import FOUND, Responses, api_router, problem
from sync.web.dependencies import CurrentService, CurrentUser, ReadSession
from sync.web.views import watches

router = api_router("watches")

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
Name = Annotated[str, Path(max_length=100, pattern=NAME, description="The watch's name.")]
_SAID = r"^[^\u0000-\u001f]*[A-Za-z0-9][^\u0000-\u001f]*$"
Search = Annotated[
    dict[str, str],
    # What of a search the registry makes sense of only it can say; the names of the parameters are described here.
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {name: {"type": "string", "pattern": _SAID, "maxLength": 300} for name in AREAS},
        }
    ),
]
Antigen = Annotated[str, StringConstraints(pattern=f"^{ANTIGEN.pattern}$", max_length=40)]
_REGISTRY: Responses = {502: problem("The registry could not be asked, or did not answer.")}


class Definition(Body):
    """What a watch asks for: at least one of them."""

    model_config = ConfigDict(
        # What `watch` refuses, in the words of a schema: a watch of nothing.
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"minItems": 1}}}
                for name in ("ids", "searches", "related_to", *CONDITIONS)
            ]
        }
    )

    ids: list[NctId] = Field([], max_length=20_000, description="NCT IDs.")
    searches: list[Search] = Field(
        [],
        max_length=100,
        description="Tables of the registry's own search parameters; `query.` may be left out.",
        examples=[[{"cond": "lupus", "intr": "CAR-T"}]],
    )
    related_to: list[NctId] = Field([], max_length=100, description="Studies whose like is searched for.")
    classes: list[TrialClass] = Field(
        [],
        max_length=20,
        description="Only studies of these are taken of what is found, or of all that is stored.",
    )
    antigens: list[Antigen] = Field(
        [], max_length=50, description="Only studies whose CAR aims at one of them."
    )
    areas: list[Area] = Field([], max_length=20, description="Only studies in one of them.")

    def watch(self, name: str) -> WatchSettings:
        """The watch of this definition. Raises WrongWatch."""
        return watch_of(name, **self.model_dump(include={"ids", "searches", "related_to", *CONDITIONS}))


class NewWatch(Definition):
    """A watch, or what is put into one that is there."""

    name: str = Field(max_length=100, pattern=NAME, examples=["lupus"])


class EditedWatch(Definition):
    """What a watch is to ask for, instead of what it asked for at a revision."""

    revision: Whole = Field(
        description="That of the definition that was edited. 409 where somebody was faster."
    )


class RemovedWatch(Body):
    """Which watch is meant."""

    revision: Whole | None = Field(None, description="409 where it is not this one any more.")


class Unfollowed(Body):
    """Studies that are to be taken out of a watch."""

    ids: list[NctId] = Field(min_length=1, max_length=20_000, description="NCT IDs.")


class Beside(View):
    """A study that somebody put into a watch, beside the ids that the watch itself names."""

    nct_id: str
    at: datetime
    by: str
    is_named: bool = Field(description="Whether the watch itself names it too.")


class Watch(View):
    """A watch: where it is kept, what it asks for, how it stands."""

    name: str
    where: Where
    ids: list[str]
    searches: list[dict[str, str]]
    related_to: list[str]
    everything: bool = Field(description="Whether it is the whole registry.")
    classes: list[str]
    antigens: list[str]
    areas: list[str]
    conditions: str = Field(description="The three in words; empty where there is none.")
    doubts: list[str] = Field(description="What of it is likely not meant so: antigens that are not known.")
    beside: list[Beside]
    not_taken: int = Field(description="Studies that its searches find and its second look does not take.")
    studies: int = Field(description="Those that are in it now.")
    established: str | None = Field(description="The release of its first complete cycle.")
    trouble: str | None
    paused_at: datetime | None = Field(description="Since when it is not asked for.")
    paused_by: str | None
    revision: int | None = Field(
        description="Of one that is kept in the database; to send back with an edit."
    )
    changed_at: datetime | None
    changed_by: str | None
    problem: str = Field(description="Why it is not in force; empty where it is.")


class Watches(BaseModel):
    """The watches of the file, then those that are kept in the database."""

    watches: list[Watch]


class WatchDone(BaseModel):
    """A watch as it is now; null where it was removed."""

    watch: Watch | None
    did: str = Field(description=DID.replace("as `undo` takes it", "the entries of the audit log"))


class Sampled(View):
    """A study that a watch would bring."""

    nct_id: str
    title: str
    status: str


class PreviewPart(View):
    """What the ids or one search would bring."""

    source: str
    asked: str
    studies: int
    first: list[Sampled]
    problem: str = Field(description="What the registry makes of a search that means nothing to it.")
    is_looked_at: bool = Field(
        description="Whether it brings candidates, of which those that are near are taken."
    )


class Previewed(View):
    """What a watch would bring. Nothing of it is stored."""

    studies: int = Field(
        description="Each once; where searches are large, at most so many: what several find is counted in each."
    )
    limit: int
    is_too_large: bool
    sentence: str
    unregistered: list[str] = Field(description="Ids, of the first 200, that the registry does not have.")
    parts: list[PreviewPart]


class Asked(BaseModel):
    """The daemon asks the registry within seconds."""

    did: str = Field(description="The entry of the audit log.")


@router.get("/watches")
def list_watches(session: ReadSession, service: CurrentService) -> Watches:
    """What the registry is asked for: the watches of the file, and those that are kept in the database."""
    return Watches(watches=[Watch.model_validate(each) for each in watches.lines(session, service)])


@router.get("/watches/{name}", responses=FOUND)
def get_watch(session: ReadSession, service: CurrentService, name: Name) -> Watch:
    """One watch."""
    return Watch.model_validate(_line(watches.lines(session, service), name))


@router.get("/watches/{name}/not-taken", responses=FOUND)
def list_not_taken(
    session: ReadSession,
    service: CurrentService,
    name: Name,
    limit: Annotated[int, Query(ge=1, le=1000, description="So many at most.")] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="So many are passed over.")] = 0,
) -> watches.AllNotTaken:
    """What a watch's searches find and its second look does not take, each with the reason and since when."""
    line = _line(watches.lines(session, service), name)
    return watches.found_and_not_taken(session, line, limit=limit, offset=offset)


@router.post("/preview", responses=_REGISTRY)
def preview_watch(service: CurrentService, _user: CurrentUser, body: Definition) -> Previewed:
    """What a watch would bring: asked of the registry, stored nowhere."""
    return Previewed.model_validate(preview(service, body.watch("preview")))


@router.post("/watches", responses=_REGISTRY)
def add_watch(service: CurrentService, user: CurrentUser, body: NewWatch) -> WatchDone:
    """Follow studies or searches: a new watch, or more in one that is there; ids beside those of one in the file.

    422 where it would bring too many.
    """
    watch = body.watch(body.name)
    _check_size(service, watch)
    with actions_by(service, user) as actions:
        actions.watches.widen(watch)
        return _done(actions, body.name)


@router.post("/watches/{name}/edit", responses=_REGISTRY)
def edit_watch(service: CurrentService, user: CurrentUser, name: Name, body: EditedWatch) -> WatchDone:
    """Give a watch in the database another definition. 409 where somebody was faster."""
    watch = body.watch(name)
    _check_size(service, watch)
    with actions_by(service, user) as actions:
        actions.watches.edit(watch, body.revision)
        return _done(actions, name)


@router.post("/watches/{name}/remove")
def remove_watch(service: CurrentService, user: CurrentUser, name: Name, body: RemovedWatch) -> WatchDone:
    """Keep a watch no more; what was read for it stays stored."""
    with actions_by(service, user) as actions:
        actions.watches.remove(name, body.revision)
        return WatchDone(watch=None, did=actions.did)


@router.post("/watches/{name}/unfollow")
def unfollow(service: CurrentService, user: CurrentUser, name: Name, body: Unfollowed) -> WatchDone:
    """Take studies out of a watch, also out of those put beside one of the file. 422 for those that the file names.

    A watch of nothing else goes with them.
    """
    with actions_by(service, user) as actions:
        actions.watches.unfollow(body.ids, name)
        found = [each for each in watch_lines(actions.session, actions.of_file) if each.name == name]
        return WatchDone(watch=Watch.model_validate(found[0]) if found else None, did=actions.did)


@router.post("/watches/{name}/pause")
def pause_watch(service: CurrentService, user: CurrentUser, name: Name, _body: Nothing) -> WatchDone:
    """Ask for a watch no more until it is resumed, the file's or one in the database."""
    with actions_by(service, user) as actions:
        actions.watches.pause(name)
        return _done(actions, name)


@router.post("/watches/{name}/resume")
def resume_watch(service: CurrentService, user: CurrentUser, name: Name, _body: Nothing) -> WatchDone:
    """Ask for a paused watch again."""
    with actions_by(service, user) as actions:
        actions.watches.resume(name)
        return _done(actions, name)


@router.post("/poll")
def poll_now(service: CurrentService, user: CurrentUser, _body: Nothing) -> Asked:
    """Have the daemon ask the registry at once."""
    with actions_by(service, user) as actions:
        actions.poll_now()
        return Asked(did=actions.did)


def _check_size(service: CurrentService, watch: WatchSettings) -> None:
    """Refuse what is known to be too large; a registry that cannot be asked now keeps nobody from following."""
    looked = watches.look(service, watch)
    if looked.found:
        must_fit(looked.found)


def _done(actions: Actions, name: str) -> WatchDone:
    line = _line(watch_lines(actions.session, actions.of_file), name)
    return WatchDone(watch=Watch.model_validate(line), did=actions.did)


def _line(lines: list[WatchLine], name: str) -> WatchLine:
    found = next((each for each in lines if each.name == name), None)
    if found is None:
        raise UnknownEntry(f"there is no watch {name}")
    return found
