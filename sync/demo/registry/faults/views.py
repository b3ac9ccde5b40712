"""Faults in what the registry holds: studies gone, hidden or renamed, a release in the middle of a walk."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from sync.demo.registry.answers import Request
from sync.demo.registry.api import Api
from sync.demo.registry.corpus import Corpus, Entry, Version
from sync.demo.registry.faults.plan import Kind, Moment
from sync.demo.registry.generated.corpus import GeneratedCorpus

STUDIES = r"NCT\d{8}|\d+"


def _chosen(moment: Moment) -> frozenset[str]:
    """The study named, or so many of the first ones by id (one)."""
    if moment.argument.startswith("NCT"):
        return frozenset({moment.argument})
    studies = sorted(moment.api.corpus.view(moment.api.release).studies)
    return frozenset(studies[: int(moment.argument or 1)])


def _hide(moment: Moment) -> Api:
    return replace(moment.api, hidden=moment.api.hidden | _chosen(moment))


def _vanish(moment: Moment) -> Api:
    chosen = _chosen(moment)
    return replace(moment.api, hidden=moment.api.hidden | chosen, unknown=moment.api.unknown | chosen)


def _alias(moment: Moment) -> Api:
    chosen = _chosen(moment)
    return replace(moment.api, corpus=Corpus(_renamed(moment.api.corpus, chosen), moment.api.corpus.releases))


def _renamed(corpus: Corpus | GeneratedCorpus, chosen: frozenset[str]) -> Iterator[Entry]:
    for nct_id, entry in corpus.entries.items():
        if nct_id in chosen:
            # Far from the ids of any corpus, so that the new one is never another study's.
            renamed = f"NCT99{nct_id[5:]}"
            versions = [_under(version, nct_id, renamed) for version in entry.versions]
            yield Entry(renamed, versions, entry.listed)
        else:
            yield entry


def _under(version: Version, old: str, new: str) -> Version:
    study = copy.deepcopy(version.study)
    if study is not None:
        study["protocolSection"]["identificationModule"] |= {"nctId": new, "nctIdAliases": [old]}
    return Version(version.release, study)


def _flip(moment: Moment) -> Api:
    release = moment.argument or _next_release(moment.api)
    moment.move_to(release)
    return replace(moment.api, release=release)


def _next_release(api: Api) -> str:
    known = api.corpus.release_after(api.release)
    return known if known != api.release else str(date.fromisoformat(known) + timedelta(days=1))


def _stale(moment: Moment) -> Api:
    """The records, and their stamps, of an earlier release: the one named, or that of the day before."""
    known = [release for release in moment.api.corpus.releases if release < moment.api.release]
    yesterday = str(date.fromisoformat(moment.api.release) - timedelta(days=1))
    return replace(moment.api, release=moment.argument or (known[-1] if known else yesterday))


def _on_studies(request: Request) -> bool:
    return request.path.startswith("/api/v2/studies")


KINDS = [
    Kind("hide", "absent from lists, still there by id: a study, or so many (1)", STUDIES, view=_hide),
    Kind("vanish", "absent from lists, 404 by id: a study, or so many (1)", STUDIES, view=_vanish),
    Kind("alias", "known under another id, 301 from its own: a study, or so many (1)", STUDIES, view=_alias),
    Kind(
        "stale-replica",
        "the release is named as it is, and records are those of the one before (or of that day)",
        r"\d{4}-\d\d-\d\d",
        applies=_on_studies,
        view=_stale,
    ),
    Kind(
        "release-flip",
        "moves to the next (or that) release before the second request for studies",
        r"\d{4}-\d\d-\d\d",
        applies=_on_studies,
        view=_flip,
        times=1,
        start=2,
    ),
]
