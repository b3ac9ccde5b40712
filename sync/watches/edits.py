"""Watches that people add, edit, remove, pause: each in the caller's transaction, with its entry in the audit log.

The configuration file's watches are edited in the file; studies can be put beside them here by their ids, and they can be
paused like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage import audit, kept_watches, watch_summary
from storage.errors import AlreadyThere, ChangedSince, UnknownEntry
from storage.kept_watches import KeptWatch
from sync.config import Settings, WatchSettings
from sync.errors import UsageError
from sync.service import Service
from sync.versions.known import one_of
from sync.watches.typed import CONDITIONS, WrongWatch, contact_typed, definition_of, watch_of
from sync.words import agreeing


class FileWatch(UsageError):
    """The watch stands in the configuration file."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the watch {name} stands in the configuration file, and is edited there: change its [[watch]] table, then "
            "`trialdelta config reload`. By command and in the console studies can be put beside it by their ids, and it "
            "can be paused"
        )


class NamedByFile(UsageError):
    """The configuration file names the studies."""

    def __init__(self, ids: Sequence[str], name: str) -> None:
        them = agreeing(len(ids), "it", "them")
        super().__init__(
            f"{', '.join(ids[:SHOWN])} {agreeing(len(ids), 'stands', 'stand')} in the configuration file, among the ids of "
            f"the watch {name}: take {them} out there, then `trialdelta config reload`"
        )


SHOWN = 5
"""So many ids are named in a sentence."""


class Edits:
    """What one person does to watches at one moment; `of_file` are the settings as the file has them."""

    def __init__(self, session: Session, of_file: Settings, by: str, at: datetime) -> None:
        self.session, self.of_file, self.by, self.at = session, of_file, by, at

    def add(self, watch: WatchSettings) -> KeptWatch:
        """Keep a new watch. Raises AlreadyThere where one of its name is kept or stands in the file."""
        if self._is_of_file(watch.name):
            raise AlreadyThere(
                f"there is a watch {watch.name} in the configuration file already; choose another name"
            )
        self._must_be_told_apart(watch.name)
        self._must_fit(watch)
        definition = definition_of(watch)
        new = kept_watches.add(self.session, watch.name, definition, by=self.by, at=self.at)
        self._write("watch added", watch.name, **definition)
        return new

    def edit(self, watch: WatchSettings, revision: int | None = None) -> bool:
        """Give the watch of this name another definition; whether it is another one.

        `revision`: that of the definition that was edited; raises ChangedSince where somebody was faster.
        """
        known = self.kept(watch.name, revision)
        self._must_fit(watch)
        after = definition_of(watch)
        changes = difference(known.definition, after)
        if not changes:
            return False
        kept_watches.edit(self.session, watch.name, after, revision=known.revision, by=self.by, at=self.at)
        self._write("watch edited", watch.name, **changes)
        return True

    def remove(self, name: str, revision: int | None = None) -> None:
        """Keep a watch no more. What was read for it stays stored; a pause of it ends with it."""
        known = self.kept(name, revision)
        kept_watches.remove(self.session, name, revision=known.revision, by=self.by, at=self.at)
        if not self._is_of_file(name):
            kept_watches.resume(self.session, name)
        # What was put beside it goes with it: a watch of this name that is made later is another one.
        beside = [each.nct_id for each in kept_watches.kept_ids(self.session, name)]
        if beside and not self._is_of_file(name):
            kept_watches.take_ids(self.session, name, beside)
        self._write("watch removed", name, **known.definition)

    def widen(self, more: WatchSettings) -> bool:
        """Put ids and searches into the watch of this name, a new one where none is called so; whether any is new in it.

        Into one of the file: ids, beside its own. Raises FileWatch for more than ids, AlreadyThere where the file names one.
        """
        for watch in (each for each in self.of_file.watch if each.name == more.name):
            return self._put_beside(watch, more)
        known = kept_watches.kept_watch(self.session, more.name)
        if known is None:
            self.add(more)
            return True
        return self.edit(_widened(known, more), known.revision)

    def unfollow(self, ids: Sequence[str], name: str | None = None) -> dict[str, list[str]]:
        """Take studies out of the watch of this name, or of all that are kept; which ids, by watch.

        Raises NamedByFile where the file names one of them, UnknownEntry where nothing does: then a search brings it.
        """
        kept = [each for each in kept_watches.kept_watches(self.session) if name in (None, each.name)]
        own = {each.name: [i for i in ids if i in each.definition.get("ids", [])] for each in kept}
        beside: dict[str, list[str]] = {}
        for each in kept_watches.kept_ids(self.session, name):
            beside.setdefault(each.watch, []).extend([each.nct_id] if each.nct_id in ids else [])
        self._must_be_named(
            ids, name, {nct_id for found in (*own.values(), *beside.values()) for nct_id in found}
        )
        for watch, found in beside.items():
            if kept_watches.take_ids(self.session, watch, found):
                self._write("ids taken out of watch", watch, ids=found)
        for known in (each for each in kept if own[each.name]):
            self._take_out(known, own[known.name])
        both = {watch: [*own.get(watch, []), *beside.get(watch, [])] for watch in sorted({*own, *beside})}
        return {watch: found for watch, found in both.items() if found}

    def pause(self, name: str) -> bool:
        """Ask for a watch no more, the file's or a kept one; whether that is new. Its studies stay in it."""
        self._known(name)
        is_new = kept_watches.pause(self.session, name, by=self.by, at=self.at)
        if is_new:
            self._write("watch paused", name)
        return is_new

    def resume(self, name: str) -> bool:
        """Ask for a watch again; whether it was paused."""
        # One that was taken out of the file while it was paused can still be let go.
        if name not in kept_watches.paused_watches(self.session):
            self._known(name)
        was_paused = kept_watches.resume(self.session, name)
        if was_paused:
            self._write("watch resumed", name)
        return was_paused

    def set_contact(self, text: str) -> None:
        """Keep whom the registry can ask about our requests, where the file says nobody. Raises UsageError."""
        contact = contact_typed(text)
        before = kept_watches.contact(self.session)
        kept_watches.set_contact(self.session, contact, by=self.by, at=self.at)
        self._write("contact set", "registry", was=before, now=contact)

    def _take_out(self, known: KeptWatch, ids: Sequence[str]) -> None:
        rest = [each for each in known.definition["ids"] if each not in ids]
        others = any(known.definition.get(name) for name in ("searches", "related_to", *CONDITIONS))
        if rest or others:
            self.edit(_redefined(known, rest), known.revision)
        else:  # a watch of nothing is none
            self.remove(known.name, known.revision)

    def _put_beside(self, watch: WatchSettings, more: WatchSettings) -> bool:
        """Put studies into one of the file's watches, beside the ids that it names; whether any is new there."""
        if watch.everything:
            raise AlreadyThere(f"the watch {watch.name} is the whole registry: every study is in it")
        if more.searches or more.related_to or more.asks_for_a_class:
            raise FileWatch(watch.name)
        named = [nct_id for nct_id in more.ids if nct_id in watch.ids]
        if named:
            shown = ", ".join(named[:SHOWN])
            raise AlreadyThere(
                f"the configuration file names {shown} in the watch {watch.name} already; nothing was added"
            )
        there = [each.nct_id for each in kept_watches.kept_ids(self.session, watch.name)]
        self._must_fit(watch_of(watch.name, ids=[*there, *more.ids]))
        added = kept_watches.put_ids(self.session, watch.name, more.ids, by=self.by, at=self.at)
        if added:
            self._write("ids put into watch", watch.name, ids=added)
        return bool(added)

    def _must_be_named(self, ids: Sequence[str], name: str | None, named: Collection[str]) -> None:
        lacking = [each for each in ids if each not in named]
        for watch in self.of_file.watch:
            in_file = [each for each in lacking if each in watch.ids and name in (None, watch.name)]
            if in_file:
                raise NamedByFile(in_file, watch.name)
        if lacking and name is not None:
            self._known(name)
        if lacking:
            where = f"the watch {name}" if name else "a watch"
            shown = f"{', '.join(lacking[:SHOWN])} {agreeing(len(lacking), 'is', 'are')}"
            raise UnknownEntry(
                f"{shown} not among the ids of {where}: what a search brings stays as long as it does"
            )

    def _known(self, name: str) -> None:
        names = [each.name for each in self.of_file.watch]
        kept = [each.name for each in kept_watches.kept_watches(self.session)]
        if name not in names and name not in kept and name in watch_summary.watches(self.session):
            raise UnknownEntry(f"the watch {name} is not followed any more")
        try:
            one_of("watch", "watches", name, [*names, *kept])
        except UsageError as error:
            raise UnknownEntry(str(error)) from None

    def kept(self, name: str, revision: int | None = None) -> KeptWatch:
        """The kept watch of this name, at a revision if one is named."""
        known = kept_watches.kept_watch(self.session, name)
        if known is None and self._is_of_file(name):
            raise FileWatch(name)
        if known is None:
            names = [each.name for each in kept_watches.kept_watches(self.session)]
            raise UnknownEntry(f"there is no watch {name!r} in the database{_which(names)}")
        if revision is not None and known.revision != revision:
            when = f"{known.changed_at:%Y-%m-%d %H:%M} UTC"
            raise ChangedSince(f"the watch {name} was edited meanwhile by {known.changed_by}, at {when}")
        return known

    def _must_be_told_apart(self, name: str) -> None:
        """Raises AlreadyThere where another watch is called so but for capitals: people would take one for the other."""
        kept = [each.name for each in kept_watches.kept_watches(self.session)]
        for other in (*(each.name for each in self.of_file.watch), *kept):
            if other != name and other.casefold() == name.casefold():
                raise AlreadyThere(
                    f"there is a watch {other}, which differs from {name} by capitals alone: "
                    "name that one, or choose another name"
                )

    def _must_fit(self, watch: WatchSettings) -> None:
        most = self.of_file.gates.max_studies
        if len(watch.ids) > most:
            raise WrongWatch([f"ids: {len(watch.ids):,} are more than the {most:,} of gates.max_studies"])

    def _is_of_file(self, name: str) -> bool:
        return any(name == each.name for each in self.of_file.watch)

    def _write(self, action: str, subject: str, **detail: Any) -> None:
        audit.append(self.session, self.at, self.by, action, subject, **detail)


@contextmanager
def edits_of(service: Service, by: str) -> Iterator[Edits]:
    """What somebody does now: all of it, or nothing where some of it cannot be done."""
    with service.database.write() as session:
        yield Edits(session, service.of_file or service.settings, by, service.now())


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What an edit changes: the ids that came and went, the searches as they were and are (pure)."""
    was, now = before.get("ids", []), after.get("ids", [])
    added, removed = _without(now, was), _without(was, now)
    changes: dict[str, Any] = {"ids_added": added} if added else {}
    changes |= {"ids_removed": removed} if removed else {}
    for key in ("searches", "related_to", *CONDITIONS):
        old, new = before.get(key, []), after.get(key, [])
        if old != new:
            changes |= {f"{key}_was": old, f"{key}_now": new}
    return changes


def _without(some: Sequence[str], others: Sequence[str]) -> list[str]:
    known = set(others)
    return [each for each in some if each not in known]


def _redefined(known: KeptWatch, ids: Sequence[str]) -> WatchSettings:
    definition = known.definition
    searches, related = definition.get("searches", ()), definition.get("related_to", ())
    conditions = {name: definition.get(name, ()) for name in CONDITIONS}
    return watch_of(known.name, ids=ids, searches=searches, related_to=related, **conditions)


def _widened(known: KeptWatch, more: WatchSettings) -> WatchSettings:
    both = {
        key: [*values, *(each for each in new if each not in values)]
        for key in ("ids", "searches", "related_to", *CONDITIONS)
        for new in [getattr(more, key)]
        for values in [known.definition.get(key, [])]
    }
    return watch_of(known.name, **both)


def _which(names: Sequence[str]) -> str:
    if not names:
        return "; none is kept there"
    return f"; there {agreeing(len(names), 'is', 'are')} {', '.join(names)}"
