"""What is not sealed, and why: each table and each column that `verify` leaves to other proofs, or to none."""

from __future__ import annotations

TABLES = {
    "account": "who may sign in; acts of accounts are in the audit log, which is sealed",
    "api_token": "who may ask; acts with a token are in the audit log, which is sealed",
    "base_rate": "how usual an event was: made of events and versions, which are sealed",
    "beat": "signs of life: they change with every poll",
    "change": "sealed with its event",
    "disabled_channel": "comes and goes with what channels answer; a person's part in it is in the audit log, and what a "
    "change of it withholds stays due in deliveries that are sealed",
    "lease": "changes every minute, and says nothing of studies",
    "paused_watch": "who paused or resumed a watch, and when, is in the audit log, which is sealed",
    "profile": "made of the versions, and made anew with each classifier",
    "registry_walk": "how far the whole registry is read: changes with every page; what came of it is in the ledger, sealed",
    "seal": "the chain itself: each link proves the one before, the anchor the last",
    "search_entry": "made of the versions, and made anew by `db reindex`",
    "trait": "the profile's, row by row",
    "visit": "who is signed in at the moment",
    "walk_page": "of the walk that is under way or was the last: gone with the next one",
}
"""Tables of which no row is sealed."""

COLUMNS = {
    "cycle.owner": "which process ran it: of use only while it runs",
    "cycle.fence": "as above",
    "delivery.seq": "the order in the outbox, given by the database",
    "delivery.due_at": "changes with every try",
    "delivery.claimed_by": "changes with every try",
    "delivery.claimed_until": "changes with every try",
    "delivery.attempts": "counted in attempts, which are sealed",
    "delivery.forgiven": "how many of the attempts do not count: it can only lengthen the schedule",
    "delivery.finished_at": "the last attempt's, which is sealed",
    "delivery.said": "the last attempt's, which is sealed",
    "event.seq": "the order in which they were told; that those of the past stand before is checked against their JSON",
    "membership.leaving": "why a study stays for now though its search lacks it: a storm's, which is sealed, decides",
    "quarantine.raw": "proved by its sealed hash",
    "study.head": "checked against the versions, which are sealed",
    "study.content_hash": "the head's, which is sealed",
    "study.derived_hash": "the head's, which is sealed",
    "study.canon": "the head's, which is sealed",
    "study.checked_stamp": "changes with every release",
    "study.checked_at": "changes with every release",
    "study.title": "for lists alone: what the record says is proved by its versions, which are sealed",
    "study.status": "for lists alone: what the record says is proved by its versions, which are sealed",
    "study.sponsor": "for lists alone: what the record says is proved by its versions, which are sealed",
    "study.phases": "for lists alone: what the record says is proved by its versions, which are sealed",
    "study.enrollment": "for lists alone: what the record says is proved by its versions, which are sealed",
    "study.last_update_posted": "for lists alone: what the record says is proved by its versions, which are sealed",
    "study.status_module": "for lists alone: what the record says is proved by its versions, which are sealed",
    "study.heard_on": "for lists alone: derived of the status module, as the next two",
    "study.overdue_on": "as above",
    "study.unknown_on": "as above; which records are asked for on the day is told by their versions, which are sealed",
    "study.summary_form": "which program made what stands here for lists",
    "study.facts": "for lists alone: what the record says is proved by its versions, which are sealed",
    "version.payload": "proved by its sealed hash",
    "version.base": "which payload it is packed against: a wrong one does not unpack to the sealed hash",
    "version.since": "for timelines alone: the audit log, which is sealed, has what the backfill found",
    "watch.settled_stamp": "changes with every release",
    "watch.trouble": "comes and goes with what the registry answers; a cycle's outcome is sealed",
    "watch.trouble_since": "as above",
}
"""Columns that are left out of their row's seal."""
