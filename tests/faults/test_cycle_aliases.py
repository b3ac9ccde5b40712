"""An id leads to another study only while it does not answer itself; that is looked at anew on each release."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import cohorts
from storage import studies as stored
from storage.studies import Presence
from sync.config import GateSettings, WatchSettings
from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

MANY = tuple(f"NCT9000{number:04}" for number in range(1, 121))
A, B, C = MANY[0], MANY[1], MANY[2]
DAYS = tuple(f"2026-09-{day:02}" for day in range(1, 9))
STATUSES = ("RECRUITING", "SUSPENDED", "RECRUITING", "ACTIVE_NOT_RECRUITING", "COMPLETED")
SEARCH = {"intr": "CAR-T"}

Watched = Callable[..., Instance]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with 120 studies, all in the search; the first changes its status on four releases, from the second on."""
    changing = {day: study(A, status, posted=day) for day, status in zip(DAYS, STATUSES, strict=False)}
    lines = [told(A, changing, listed=[[DAYS[0], "2026-12-31"]])]
    lines += [told(nct_id, {DAYS[0]: study(nct_id)}, listed=[[DAYS[0], "2026-12-31"]]) for nct_id in MANY[1:]]
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=DAYS[0]) as running:
        yield running


@pytest.fixture
def watched(server: RunningRegistry, tmp_path: Path) -> Watched:
    """An instance that has read the first release."""

    def make(*ids: str, **search: str) -> Instance:
        watch = WatchSettings(name="w", ids=ids, searches=(search,) if search else ())
        instance = Instance(tmp_path, server.api_url, (watch,))
        server.set_faults()
        server.move_to(DAYS[0])
        assert instance.sync().state == "complete"
        server.clear_log()
        return instance

    return make


def days(server: RunningRegistry, instance: Instance, *faults_of_each_day: tuple[str, ...]) -> list[str]:
    """Syncs release by release, from the second on, each with its faults; the states of the cycles."""
    states = []
    for day, faults in zip(DAYS[1:], faults_of_each_day, strict=False):
        server.move_to(day)
        server.set_faults(*faults)
        states.append(instance.sync().state)
    with instance.database() as database:
        assert_sound(database)
    return states


def kinds(instance: Instance, nct_id: str | None = None) -> list[str]:
    """What was told, oldest first; not that the list of a record's former ids is another one now."""
    which = {} if nct_id is None else {"nct_id": nct_id}
    told = [event["kind"] for event in instance.events(**which)]
    return [kind for kind in told if kind != "identification"]


@pytest.mark.parametrize(
    "ids, search",
    [((A,), {}), ((A, B), {}), ((), SEARCH), ((A,), SEARCH)],
    ids=["alone", "both", "search", "all"],
)
def test_an_id_that_answers_is_never_dropped_whoever_claims_it(
    ids: tuple[str, ...], search: dict[str, str], server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(*ids, **search)
    claimed = (f"claims:{B}={A}",)
    assert set(days(server, instance, claimed, (), (), ())) <= {"complete"}
    assert kinds(instance, A) == ["status"] * 4
    assert len(instance.payloads(A)) == 5
    assert A in instance.members()
    assert instance.study(A).state == "present"
    assert "alias" not in kinds(instance)


def test_a_record_that_is_watched_for_nothing_but_its_claim_is_not_even_kept(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A)
    days(server, instance, (f"claims:{B}={A}",))
    assert instance.payloads(B) == []
    assert instance.members() == {A}


@pytest.mark.parametrize("ids, search", [(MANY, {}), ((), SEARCH)], ids=["ids", "search"])
def test_a_record_that_claims_119_ids_takes_none_that_answers(
    ids: tuple[str, ...], search: dict[str, str], server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(*ids, **search)
    assert days(server, instance, (f"claims:{MANY[119]}=119",)) == ["complete"]
    assert instance.members() == set(MANY)
    assert "alias" not in kinds(instance)


def test_one_record_takes_the_place_of_no_more_than_a_few(server: RunningRegistry, watched: Watched) -> None:
    instance = watched(*MANY)
    heir, old = MANY[119], MANY[1:7]
    ways = tuple(f"leads:{nct_id}={heir}" for nct_id in old)
    server.move_to(DAYS[1])
    server.set_faults(*ways, f"claims:{heir}={'+'.join(old)}", "clamp:200")
    report = instance.sync()
    assert (report.state, report.counts["unresolved"]) == ("partial", 6)
    assert {trouble.as_json()["kind"] for trouble in report.troubles} == {"TooManyAliases"}
    assert instance.members() == set(MANY)
    assert kinds(instance) == ["status"]
    assert instance.watermark() == DAYS[0]
    instance.gates = GateSettings(max_aliases=6)
    assert instance.sync().state == "complete"
    assert instance.members() == set(MANY) - set(old)
    assert kinds(instance) == ["status", *["alias"] * 6]


def test_a_study_whose_id_leads_elsewhere_is_watched_there_and_taken_back_when_it_answers(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A)
    led = (f"leads:{A}={B}", f"claims:{B}={A}")
    assert days(server, instance, led, led, (), ()) == ["complete"] * 4
    assert kinds(instance, A) == ["alias", "status", "reentered", "status"]
    assert kinds(instance, B) == []
    assert instance.members() == {A}
    assert (instance.study(A).state, instance.study(A).alias_of) == ("present", None)
    (back,) = [event for event in instance.events(nct_id=A) if event["kind"] == "reentered"]
    assert B in back["headline"]


def test_a_study_watched_by_itself_too_stays_when_the_other_id_answers_again(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A, B)
    led = (f"leads:{A}={B}", f"claims:{B}={A}")
    days(server, instance, led, ())
    assert instance.members() == {A, B}
    assert kinds(instance, B) == []


def test_an_id_that_is_not_found_lives_on_in_the_one_record_that_claims_it(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A)
    claimed = (f"vanish:{A}", f"claims:{B}={A}")
    assert days(server, instance, claimed, claimed) == ["complete"] * 2
    assert kinds(instance, A) == ["alias"]
    assert instance.members() == {B}


def test_an_id_that_no_record_claims_any_more_is_missing_and_then_gone(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A, C)
    claimed, taken_back = (f"vanish:{A}", f"claims:{B}={A}"), (f"vanish:{A}",)
    days(server, instance, claimed, taken_back, taken_back)
    assert kinds(instance, A) == ["alias", "missing", "gone"]
    assert instance.members() == {C}, "the other one was watched for its sake alone"
    assert kinds(instance, B) == []


def test_two_records_that_claim_an_id_take_it_from_nobody(server: RunningRegistry, watched: Watched) -> None:
    instance = watched(A, B, C)
    days(server, instance, (f"vanish:{A}", f"claims:{B}={A}", f"claims:{C}={A}"))
    (event,) = instance.events(nct_id=A)
    assert event["kind"] == "missing"
    assert B in event["headline"]
    assert C in event["headline"]
    assert instance.members() == {A, B, C}


def test_where_the_registry_leads_decides_between_two_that_claim_an_id(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A, B, C)
    days(server, instance, (f"leads:{A}={C}", f"claims:{B}={A}", f"claims:{C}={A}"))
    assert instance.study(A).alias_of == C


def test_a_chain_of_ids_is_followed_to_its_end(server: RunningRegistry, watched: Watched) -> None:
    instance = watched(A)
    first = (f"leads:{A}={B}", f"claims:{B}={A}")
    then = (f"leads:{A}={B}", f"leads:{B}={C}", f"claims:{C}={B}")
    assert days(server, instance, first, then, then) == ["complete"] * 3
    assert kinds(instance, A) == ["alias", "alias"]
    assert instance.members() == {C}
    assert instance.study(A).alias_of == C


def test_a_chain_whose_first_link_is_not_found_is_followed_too(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A, B)
    first = (f"vanish:{A}", f"claims:{B}={A}")
    then = (f"vanish:{A}", f"leads:{B}={C}", f"claims:{C}={B}")
    assert days(server, instance, first, then) == ["complete"] * 2
    assert instance.members() == {C}
    assert (instance.study(A).alias_of, instance.study(B).alias_of) == (C, C)


@pytest.mark.parametrize(
    "faults",
    [(f"leads:{A}={B}",), (f"leads:{A}={B}", f"leads:{B}={A}"), (f"leads:{A}={A}",)],
    ids=["to a study that never had the id", "in a ring", "to itself"],
)
def test_a_way_that_is_not_to_be_believed_leaves_everything_as_it_is_and_is_said(
    faults: tuple[str, ...], server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A, C, *MANY[3:9])
    assert days(server, instance, faults, faults) == ["partial"] * 2
    assert A in instance.members()
    assert instance.study(A).state == "present"
    assert kinds(instance) == []
    refused = [entry.nct_id for entry, _ in instance.refused()]
    assert A in str(instance.cycles()[0].error_message) or A in refused
    server.set_faults()
    assert instance.sync().state == "complete"


def test_a_record_that_takes_its_claim_back_while_the_id_still_leads_to_it_loses_nobody(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A, C)
    days(server, instance, (f"leads:{A}={B}", f"claims:{B}={A}"), (f"leads:{A}={B}",), ())
    assert kinds(instance, A) == ["alias", "status", "reentered"]
    assert instance.members() == {A, C}


def test_a_record_that_names_itself_has_no_other_id(server: RunningRegistry, watched: Watched) -> None:
    instance = watched(A, B)
    itself = (f"claims:{A}={A}", f"claims:{B}={B}")
    assert days(server, instance, itself, itself) == ["complete"] * 2
    assert instance.members() == {A, B}
    assert "alias" not in kinds(instance)
    assert {instance.study(nct_id).state for nct_id in (A, B)} == {"present"}


@pytest.mark.parametrize("ids, search", [((A,), {}), ((A, C), SEARCH)], ids=["id", "search"])
def test_an_id_that_an_older_database_holds_to_be_another_is_looked_at_again(
    ids: tuple[str, ...], search: dict[str, str], server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(*ids, **search)
    as_it_was(instance, {A: B})
    assert days(server, instance, (), ()) == ["complete"] * 2
    assert kinds(instance, A) == ["status", "reentered", "status"]
    assert A in instance.members()
    assert (B in instance.members()) == bool(search)
    assert kinds(instance, B) == []


def test_a_record_that_an_older_database_holds_to_be_its_own_heir_is_simply_read(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(A)
    with instance.database() as database, database.write() as session:
        stored.set_presence(session, [Presence(A, "alias", alias_of=A)])
    days(server, instance, ())
    assert kinds(instance) == ["status"]
    assert instance.study(A).alias_of is None


def as_it_was(instance: Instance, heirs: dict[str, str]) -> None:
    """The database as a program left it that followed whatever a record claimed."""
    with instance.database() as database, database.write() as session:
        for old, heir in heirs.items():
            stored.set_presence(session, [Presence(old, "alias", alias_of=heir)])
            cohorts.leave(session, "w", [old], DAYS[0])
            cohorts.enter(session, "w", {heir: "id"}, DAYS[0])


def test_a_watch_that_was_emptied_by_one_record_is_filled_again_without_a_flood(
    server: RunningRegistry, watched: Watched
) -> None:
    instance = watched(*MANY)
    as_it_was(instance, dict.fromkeys(MANY[:119], MANY[119]))
    server.move_to(DAYS[1])
    report = instance.sync()
    assert report.state == "held"
    assert instance.members() == set(MANY)
    assert len(instance.events(held=False)) <= 2
