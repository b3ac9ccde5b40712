"""Watches that are kept in the database: one of a name, a revision each, nothing ever taken out unseen."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage import kept_watches
from storage.errors import AlreadyThere, ChangedSince, UnknownEntry
from storage.verify import verify

LUPUS = {"searches": [{"cond": "lupus"}]}
MYOSITIS = {"searches": [{"cond": "myositis"}]}


def add(session, now, name="lupus", definition=LUPUS):
    return kept_watches.add(session, name, definition, by="ana", at=now)


def kept(database):
    with database.read() as session:
        return kept_watches.kept_watches(session)


def test_a_watch_is_kept_with_who_made_it_and_when(database, now):
    with database.write() as session:
        add(session, now)
    (watch,) = kept(database)
    assert (watch.name, watch.definition, watch.revision) == ("lupus", LUPUS, 1)
    assert (watch.changed_by, watch.changed_at, watch.removed_at) == ("ana", now, None)


def test_a_name_is_kept_once(database, now):
    with database.write() as session:
        add(session, now)
    with pytest.raises(AlreadyThere, match="there is a watch lupus already"), database.write() as session:
        add(session, now, definition=MYOSITIS)
    assert kept(database)[0].definition == LUPUS


def test_of_two_who_edit_the_same_revision_the_second_is_told_who_was_faster(database, now):
    with database.write() as session:
        add(session, now)
    with database.write() as session:
        kept_watches.edit(session, "lupus", MYOSITIS, revision=1, by="ben", at=now)
    with (
        pytest.raises(ChangedSince, match="the watch lupus was edited meanwhile by ben"),
        database.write() as session,
    ):
        kept_watches.edit(session, "lupus", {"ids": ["NCT00000001"]}, revision=1, by="ana", at=now)
    assert kept(database)[0].definition == MYOSITIS


def test_an_edit_of_a_watch_that_was_removed_and_added_again_is_refused(database, now):
    with database.write() as session:
        add(session, now)
        kept_watches.remove(session, "lupus", revision=1, by="ben", at=now)
    with pytest.raises(ChangedSince, match="was removed meanwhile by ben"), database.write() as session:
        kept_watches.edit(session, "lupus", MYOSITIS, revision=1, by="ana", at=now)
    with database.write() as session:
        add(session, now, definition=MYOSITIS)
    with pytest.raises(ChangedSince), database.write() as session:
        kept_watches.edit(session, "lupus", LUPUS, revision=1, by="ana", at=now)
    assert [(each.definition, each.revision) for each in kept(database)] == [(MYOSITIS, 3)]


def test_what_is_not_there_cannot_be_edited(database, now):
    with pytest.raises(UnknownEntry, match="there is no watch lupus"), database.write() as session:
        kept_watches.edit(session, "lupus", LUPUS, revision=1, by="ana", at=now)


def test_every_change_gives_another_mark_and_a_look_does_not(database, now):
    def mark():
        with database.read() as session:
            return kept_watches.mark(session)

    steps = [
        lambda s: add(s, now),
        lambda s: kept_watches.edit(s, "lupus", MYOSITIS, revision=1, by="ana", at=now),
        lambda s: kept_watches.pause(s, "lupus", by="ana", at=now),
        lambda s: kept_watches.resume(s, "lupus"),
        lambda s: kept_watches.pause(s, "lupus", by="ana", at=now + timedelta(seconds=1)),
        lambda s: kept_watches.set_contact(s, "ops@example.org", by="ana", at=now),
        lambda s: kept_watches.remove(s, "lupus", revision=2, by="ana", at=now),
    ]
    for step in steps:
        before = mark()
        assert mark() == before
        with database.write() as session:
            step(session)
        assert mark() != before


def test_a_pause_is_noted_once_and_ended_once(database, now):
    with database.write() as session:
        assert kept_watches.pause(session, "of-file", by="ana", at=now)
        assert not kept_watches.pause(session, "of-file", by="ben", at=now)
        assert kept_watches.paused_watches(session)["of-file"].by == "ana"
        assert kept_watches.resume(session, "of-file")
        assert not kept_watches.resume(session, "of-file")


def test_a_definition_that_is_changed_beside_the_service_does_not_fit_its_seal(database, now):
    with database.write() as session:
        add(session, now)
        kept_watches.set_contact(session, "ops@example.org", by="ana", at=now)
        kept_watches.edit(session, "lupus", MYOSITIS, revision=1, by="ben", at=now)
        kept_watches.set_contact(session, "team@example.org", by="ana", at=now)
        kept_watches.remove(session, "lupus", revision=2, by="ana", at=now)
        add(session, now)

    def problems():
        with database.read() as session:
            return [str(problem) for problem in verify(session)]

    assert problems() == []
    with database.write() as session:  # as text, which no session of ours seals
        session.execute(text("UPDATE kept_watch SET changed_by = 'eve'"))
    assert len(problems()) == 1
    assert "the definition of the watch lupus" in problems()[0].lower()
