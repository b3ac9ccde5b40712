"""Leaving a watch and being gone are looked at twice: a short search, or most of a small watch at once, is not believed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import outbox, storms
from sync.cohort.membership import ShrunkCohort, TooManyAbsent
from sync.config import GateSettings, WatchSettings
from sync.demo.registry import RunningRegistry, serve
from sync.service import utc_now
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT9000{number:04}" for number in range(1, 121))
DAYS = tuple(f"2026-09-{day:02}" for day in range(1, 9))
SEARCH = {"intr": "CAR-T"}
SHORT = "hide:59:?query.intr"
"""The search lacks 59 of 120 studies; by their ids all are there."""
CHANGING = IDS[0]

Watched = Callable[..., Instance]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with 120 studies, all in the search; one of them stops on the third release."""
    lines = [told(nct_id, {DAYS[0]: study(nct_id)}, listed=[[DAYS[0], "2026-12-31"]]) for nct_id in IDS[1:]]
    versions = {DAYS[0]: study(CHANGING), DAYS[2]: study(CHANGING, "SUSPENDED", posted=DAYS[2])}
    lines.append(told(CHANGING, versions, listed=[[DAYS[0], "2026-12-31"]]))
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=DAYS[0]) as running:
        yield running


@pytest.fixture
def watched(server: RunningRegistry, tmp_path: Path) -> Watched:
    """An instance that has read the first release."""

    def make(*ids: str, faults: tuple[str, ...] = (), **search: str) -> Instance:
        watch = WatchSettings(name="w", ids=ids, searches=(search,) if search else ())
        instance = Instance(tmp_path, server.api_url, (watch,))
        server.move_to(DAYS[0])
        server.set_faults(*faults)
        assert instance.sync().state == "complete"
        server.clear_log()
        return instance

    return make


def on(server: RunningRegistry, day: str, *faults: str) -> None:
    server.move_to(day)
    server.set_faults(*faults)


def kinds(instance: Instance, **which: bool | str) -> list[str]:
    return [event["kind"] for event in instance.events(**which)]


def decide(instance: Instance, verdict: str) -> int:
    """A person's word on the one storm that is held; how many events it held."""
    with instance.database() as database, database.write() as session:
        (storm,) = storms.storms(session, held_only=True)
        return storms.decide(session, storm.event_id, verdict, utc_now())


def deliveries(instance: Instance, state: str) -> int:
    with instance.database() as database, database.read() as session:
        return sum(number for (_, each), number in outbox.counts(session).items() if each == state)


def sound(instance: Instance) -> None:
    with instance.database() as database:
        assert_sound(database)


class TestShortSearch:
    """A search finds fewer than it should."""

    def test_a_second_walk_that_finds_them_ends_the_matter(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], f"{SHORT}:x1")
        assert instance.sync().state == "complete"
        assert instance.events() == []
        assert instance.members() == set(IDS)

    def test_where_two_walks_are_short_one_alert_is_raised_and_nobody_leaves(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], SHORT)
        report = instance.sync()
        assert (report.state, report.counts["held"], report.counts["left"]) == ("held", 59, 0)
        (storm,) = instance.events(held=False)
        assert (storm["kind"], storm["severity"]) == ("storm", "high")
        assert "59 of 120 studies would leave the watch w" in storm["headline"]
        assert instance.members() == set(IDS)
        assert deliveries(instance, "held") > 0
        assert instance.watermark() == DAYS[1]
        assert instance.sync().state == "unchanged"
        sound(instance)

    def test_what_changes_in_them_meanwhile_is_told_and_the_storm_is_not_told_again(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        for day in DAYS[1:4]:
            on(server, day, SHORT)
            instance.sync()
        assert kinds(instance, held=False) == ["storm", "status"]
        assert instance.members() == set(IDS)

    def test_when_the_search_is_whole_again_the_storm_is_over_and_nobody_is_back(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], SHORT)
        instance.sync()
        on(server, DAYS[3])
        assert instance.sync().state == "complete"
        with instance.database() as database, database.read() as session:
            assert [storm.state for storm in storms.storms(session)] == ["dismissed"]
        assert kinds(instance, held=False) == ["storm", "status"]
        assert deliveries(instance, "held") == 0
        assert instance.members() == set(IDS)
        on(server, DAYS[4], f"hide:{IDS[7]}:?query.intr")
        instance.sync()
        assert kinds(instance, held=False) == ["storm", "status", "left"], (
            "a later leaving is told as any other"
        )

    def test_a_person_who_says_that_it_is_true_has_each_told_and_they_leave(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], SHORT)
        instance.sync()
        assert decide(instance, "released") == 59
        assert kinds(instance, held=False).count("left") == 59
        on(server, DAYS[2], SHORT)
        assert instance.sync().counts["left"] == 59
        assert instance.members() == set(IDS[59:])
        assert kinds(instance, held=False).count("left") == 59
        sound(instance)

    def test_a_person_who_dismisses_it_has_nobody_told(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], SHORT)
        instance.sync()
        assert decide(instance, "dismissed") == 59
        on(server, DAYS[2])
        instance.sync()
        assert kinds(instance, held=False) == ["storm", "status"]
        assert instance.members() == set(IDS)

    def test_of_a_storm_only_those_who_are_still_away_are_told_when_it_is_released(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], SHORT)
        instance.sync()
        on(server, DAYS[3], "hide:20:?query.intr")
        instance.sync()
        assert decide(instance, "released") == 20
        left = [event["nct_id"] for event in instance.events(held=False) if event["kind"] == "left"]
        assert sorted(left) == list(IDS[:20])

    def test_those_who_were_told_to_have_left_are_told_to_be_back_as_one_storm(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], SHORT)
        instance.sync()
        decide(instance, "released")
        for day, faults in ((DAYS[2], (SHORT,)), (DAYS[3], ())):
            on(server, day, *faults)
            instance.sync()
        assert instance.members() == set(IDS)
        assert "reentered" not in kinds(instance, held=False)
        assert kinds(instance).count("reentered") == 59

    def test_a_watch_that_is_established_on_a_short_search_does_not_flood_when_it_is_whole(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(faults=(SHORT,), **SEARCH)
        on(server, DAYS[1])
        report = instance.sync()
        assert (report.state, report.counts["held"]) == ("held", 59)
        assert kinds(instance, held=False) == ["storm"]
        assert instance.members() == set(IDS)

    def test_more_than_half_is_not_believed_at_all(self, server: RunningRegistry, watched: Watched) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], "hide:61:?query.intr")
        with pytest.raises(ShrunkCohort):
            instance.sync()
        assert instance.events() == []
        assert instance.members() == set(IDS)

    @pytest.mark.parametrize("number", [1, 5])
    def test_a_few_that_two_walks_lack_are_told_after_they_were_read_by_their_ids(
        self, number: int, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], f"hide:{number}:?query.intr")
        assert instance.sync().counts["left"] == number
        assert kinds(instance) == ["left"] * number
        asked = [request["params"] for request in server.log()]
        assert sum("query.intr" in params for params in asked) == 2
        assert any(IDS[0] in params.get("filter.ids", "") for params in asked)

    def test_one_that_cannot_be_read_by_its_id_does_not_leave(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(**SEARCH)
        on(server, DAYS[1], f"hide:{IDS[3]}:?query.intr", f"poison:nan={IDS[3]}:?filter.ids")
        assert instance.sync().state == "partial"
        assert instance.events() == []
        assert IDS[3] in instance.members()
        server.set_faults(f"hide:{IDS[3]}:?query.intr")
        assert instance.sync().state == "complete"
        assert kinds(instance) == ["left"]


class TestSmallWatches:
    """A few studies are a watch too."""

    @pytest.mark.parametrize("size, gone", [(2, 2), (3, 2), (3, 3), (4, 3), (5, 5)])
    def test_most_of_a_small_watch_does_not_go_at_once(
        self, size: int, gone: int, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(*IDS[10 : 10 + size])
        for day in DAYS[1:4]:
            on(server, day, *(f"vanish:{nct_id}" for nct_id in IDS[10 : 10 + gone]))
            with pytest.raises(TooManyAbsent) as raised:
                instance.sync()
            assert raised.value.exit_code == 3
        assert instance.events() == []
        assert {instance.study(nct_id).state for nct_id in IDS[10 : 10 + size]} == {"present"}
        assert instance.watermark() == DAYS[0]
        sound(instance)
        server.set_faults()
        assert instance.sync().state == "complete"
        assert instance.events() == []

    def test_those_who_were_missing_before_count_when_the_rest_goes_too(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(*IDS[10:15])
        on(server, DAYS[1], f"vanish:{IDS[10]}")
        assert instance.sync().state == "complete"
        on(server, DAYS[2], *(f"vanish:{nct_id}" for nct_id in IDS[10:15]))
        with pytest.raises(TooManyAbsent):
            instance.sync()
        assert kinds(instance) == ["missing"]

    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    def test_a_single_study_that_is_taken_out_is_gone_after_two_releases(
        self, size: int, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(*IDS[10 : 10 + size])
        for day in DAYS[1:4]:
            on(server, day, f"vanish:{IDS[10]}")
            assert instance.sync().state == "complete"
        assert kinds(instance) == ["missing", "gone"]

    def test_who_is_not_found_once_and_found_when_asked_again_was_not_missing(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(*IDS[10:14])
        on(server, DAYS[1], f"hide:{IDS[10]}", f"vanish:{IDS[10]}:/studies/{IDS[10]}:x1")
        assert instance.sync().state == "complete"
        assert instance.events() == []
        assert instance.study(IDS[10]).state == "present"

    def test_an_operator_who_knows_better_can_have_it_told(
        self, server: RunningRegistry, watched: Watched
    ) -> None:
        instance = watched(*IDS[10:12])
        instance.gates = GateSettings(max_shrink=1, max_absent=1)
        for day in DAYS[1:3]:
            on(server, day, *(f"vanish:{nct_id}" for nct_id in IDS[10:12]))
            assert instance.sync().state == "complete"
        assert sorted(kinds(instance)) == ["gone", "gone", "missing", "missing"]

    def test_most_of_a_small_search_is_held_and_stays(self, server: RunningRegistry, tmp_path: Path) -> None:
        watch = WatchSettings(name="w", searches=({"intr": "CAR-T", "filter.ids": "|".join(IDS[10:13])},))
        instance = Instance(tmp_path, server.api_url, (watch,))
        on(server, DAYS[0])
        instance.sync()
        on(server, DAYS[1], *(f"hide:{nct_id}:?query.intr" for nct_id in IDS[10:12]))
        assert instance.sync().state == "held"
        assert kinds(instance, held=False) == ["storm"]
        assert instance.members() == set(IDS[10:13])
