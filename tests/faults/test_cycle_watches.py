"""One watch in trouble silences none of the others, and an edit of the configuration is no fault of the registry."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import cohorts, outbox
from storage.cohorts import Watch
from sync.cohort.membership import TooManyAbsent
from sync.config import GateSettings, WatchSettings
from sync.demo.registry import RunningRegistry, serve
from sync.registry.errors import BadRequest, Unavailable
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT900000{number:02}" for number in range(1, 21))
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04")
LUPUS, MYOSITIS = IDS[:10], IDS[10:]
GOOD = WatchSettings(name="good", searches=({"cond": "lupus"},))
OTHER = WatchSettings(name="other", ids=(MYOSITIS[0],), searches=({"titles": "myositis"},))
WRONG = "400:?query.titles"
"""The registry refuses the search of the second watch alone."""

Watching = Callable[..., Instance]


def record(nct_id: str, status: str = "RECRUITING", posted: str = DAYS[0]) -> dict[str, Any]:
    """A study of lupus or of myositis."""
    condition = "Lupus" if nct_id in LUPUS else "Myositis"
    found = study(nct_id, status, posted=posted, conditionsModule={"conditions": [condition]})
    found["protocolSection"]["identificationModule"]["briefTitle"] = (
        f"Invented study of {condition} {nct_id[-2:]}"
    )
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with ten studies of each condition; one of each stops on the second release, another one on the third."""
    lines = []
    for nct_id in IDS:
        versions = {DAYS[0]: record(nct_id)}
        for place, day in ((1, DAYS[1]), (2, DAYS[2])):
            if nct_id in (LUPUS[place], MYOSITIS[place]):
                versions[day] = record(nct_id, "SUSPENDED", posted=day)
        lines.append(told(nct_id, versions))
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=DAYS[0]) as running:
        yield running


@pytest.fixture
def watching(server: RunningRegistry, tmp_path: Path) -> Watching:
    """An instance that has read the first release, on a registry that now serves the second one."""

    def make(*watches: WatchSettings, first: tuple[WatchSettings, ...] = ()) -> Instance:
        instance = Instance(tmp_path, server.api_url, first or watches)
        server.move_to(DAYS[0])
        server.set_faults()
        assert instance.sync().state == "complete"
        instance.watches = watches
        server.move_to(DAYS[1])
        server.clear_log()
        return instance

    return make


def stood(instance: Instance, name: str) -> Watch:
    """How a watch stands."""
    with instance.database() as database, database.read() as session:
        found = cohorts.watch(session, name)
    assert found is not None
    return found


def notices(instance: Instance) -> list[str]:
    """What the operator is told."""
    with instance.database() as database, database.read() as session:
        found = outbox.deliveries(session, limit=100)
    return [each.body["subject"] for each in found if each.kind == "notice" and each.body]


def told_of(instance: Instance) -> set[tuple[str, str]]:
    return {(event["nct_id"], event["kind"]) for event in instance.events()}


def searched(server: RunningRegistry, name: str) -> int:
    return sum(name in request["params"] for request in server.log())


class TestOneBadSearch:
    """The registry refuses one search of the only watch (400): its ids and its other searches are sound."""

    MIXED = WatchSettings(
        name="w", ids=(LUPUS[0], LUPUS[1]), searches=({"titles": "myositis"}, {"cond": "lupus"})
    )

    def test_good_ids_and_other_searches_are_read_and_told(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(self.MIXED)
        server.set_faults(WRONG)
        report = instance.sync()
        assert (report.state, report.counts["troubled"]) == ("partial", 1)
        assert "the search for title “myositis” failed" in str(report.troubles[0])
        assert told_of(instance) == {(LUPUS[1], "status"), (MYOSITIS[1], "status")}
        assert instance.members() == {*IDS}
        with instance.database() as database:
            assert_sound(database)

    @pytest.mark.parametrize("ids", [(LUPUS[0],), ()], ids=["beside an id", "beside another search"])
    def test_a_watch_that_never_was_without_it_lets_others_in_and_tells_who_comes_later(
        self, ids: tuple[str, ...], server: RunningRegistry, tmp_path: Path
    ) -> None:
        searches = (
            {"titles": "myositis"},
            {"id": LUPUS[2]},
            {"cond": "lupus", "filter.overallStatus": "SUSPENDED"},
        )
        watch = WatchSettings(name="w", ids=ids, searches=searches)
        instance = Instance(tmp_path, server.api_url, (watch,))
        server.move_to(DAYS[0])
        server.set_faults(WRONG)
        assert instance.sync().state == "partial"
        assert instance.members() == {*ids, LUPUS[2]}
        server.move_to(DAYS[1])
        assert instance.sync().state == "partial"
        assert told_of(instance) == {(LUPUS[1], "entered")}

    def test_ids_alone_are_enough_and_a_search_alone_is_not(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(OTHER)
        server.set_faults(WRONG)
        assert instance.sync().state == "partial"
        instance.watches = (WatchSettings(name="other", searches=({"titles": "myositis"},)),)
        with pytest.raises(BadRequest):
            instance.sync()

    def test_where_the_rest_is_not_believed_either_the_cycle_fails_of_that(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(self.MIXED)
        server.set_faults(WRONG, "vanish:12")
        with pytest.raises(TooManyAbsent):
            instance.sync()
        assert instance.events() == []


class TestInTrouble:
    """A search that the registry refuses."""

    def test_the_others_are_read_told_and_completed_and_so_are_its_own_known_studies(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(GOOD, OTHER)
        server.set_faults(WRONG)
        report = instance.sync()
        assert (report.state, report.counts["troubled"]) == ("partial", 1)
        assert told_of(instance) == {(LUPUS[1], "status"), (MYOSITIS[1], "status")}
        assert instance.members("good") == set(LUPUS)
        assert instance.members("other") == set(MYOSITIS)
        assert stood(instance, "good").settled_stamp == report.stamp
        with instance.database() as database:
            assert_sound(database, "good", "other")

    def test_the_trouble_is_said_everywhere(self, server: RunningRegistry, watching: Watching) -> None:
        instance = watching(GOOD, OTHER)
        server.set_faults(WRONG)
        report = instance.sync()
        (trouble,) = report.troubles
        assert (trouble.subject, trouble.as_json()["kind"]) == ("other", "BadRequest")
        assert "the search for title “myositis” failed" in str(trouble)
        assert "the search for title “myositis” failed" in str(instance.cycles()[0].error_message)
        assert stood(instance, "other").trouble_since == DAYS[1]
        assert notices(instance) == ["The watch other cannot be read to its end"]
        for words in (("sync", "--json"), ("doctor", "--offline")):
            done = instance.command(*words)
            assert done.returncode == 3
            assert "the search for title “myositis” failed" in " ".join(done.stdout.split())
            assert "Check the watch's searches" in " ".join(done.stdout.split())

    def test_the_watermark_waits_and_the_good_watches_are_not_walked_again_meanwhile(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(GOOD, OTHER)
        server.set_faults(WRONG)
        instance.sync()
        assert instance.watermark() == DAYS[0]
        server.clear_log()
        for _ in range(3):
            assert instance.sync().state == "partial"
        assert (searched(server, "query.cond"), searched(server, "filter.ids")) == (0, 0)
        assert searched(server, "query.titles") == 3
        assert len(server.log()) == 9
        assert notices(instance) == ["The watch other cannot be read to its end"]

    def test_when_it_is_over_the_release_is_read_to_its_end_and_nothing_is_told_twice(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(GOOD, OTHER)
        server.set_faults(WRONG)
        instance.sync()
        server.set_faults()
        assert instance.sync().state == "complete"
        assert instance.watermark() == DAYS[1]
        assert len(instance.events()) == 2
        assert stood(instance, "other").trouble is None

    def test_it_stays_said_over_releases_and_is_a_new_one_when_it_comes_back(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(GOOD, OTHER)
        for day, faults in ((DAYS[1], (WRONG,)), (DAYS[2], (WRONG,)), (DAYS[2], ()), (DAYS[3], (WRONG,))):
            server.move_to(day)
            server.set_faults(*faults)
            instance.sync()
        assert len(notices(instance)) == 2
        assert len(told_of(instance)) == 4
        assert stood(instance, "other").trouble_since == DAYS[3]

    def test_what_its_other_searches_find_is_let_in(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        two = WatchSettings(
            name="other", searches=({"titles": "myositis"}, {"term": f"AREA[NCTId]{LUPUS[0]}"})
        )
        instance = watching(GOOD, OTHER)
        instance.watches = (GOOD, two)
        server.set_faults(WRONG)
        assert instance.sync().state == "partial"
        assert instance.members("other") == {*MYOSITIS, LUPUS[0]}

    @pytest.mark.parametrize("fault", ["504", "html-maintenance", "short-page", "token-loop"])
    def test_a_search_that_alone_fails_otherwise_stops_no_other_watch_either(
        self, fault: str, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(OTHER, GOOD)
        server.set_faults(f"{fault}:?query.titles")
        assert instance.sync().state == "partial"
        assert told_of(instance) == {(LUPUS[1], "status"), (MYOSITIS[1], "status")}
        assert instance.members("other") == set(MYOSITIS)

    @pytest.mark.parametrize("fault, error", [("503", Unavailable), ("400:?fields", BadRequest)])
    def test_where_every_watch_fails_the_cycle_fails(
        self, fault: str, error: type[Exception], server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(GOOD, WatchSettings(name="other", searches=({"titles": "myositis"},)))
        server.set_faults(fault)
        with pytest.raises(error):
            instance.sync()
        assert instance.cycles()[0].state == "failed"
        assert instance.watermark() == DAYS[0]
        server.set_faults()
        assert instance.sync().state == "complete"
        assert len(instance.events()) == 2

    def test_a_watch_that_shrank_fails_for_itself(self, server: RunningRegistry, watching: Watching) -> None:
        instance = watching(GOOD, WatchSettings(name="other", searches=({"titles": "myositis"},)))
        server.set_faults(*(f"hide:{nct_id}:?query.titles" for nct_id in MYOSITIS[:9]))
        report = instance.sync()
        assert report.state == "partial"
        assert report.troubles[0].as_json()["kind"] == "ShrunkCohort"
        assert told_of(instance) == {(LUPUS[1], "status"), (MYOSITIS[1], "status")}
        assert instance.members("other") == set(MYOSITIS)

    def test_a_watch_whose_studies_are_all_absent_fails_for_itself(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        pair = WatchSettings(name="pair", ids=MYOSITIS[5:7])
        instance = watching(GOOD, pair)
        server.set_faults(*(f"vanish:{nct_id}" for nct_id in pair.ids))
        report = instance.sync()
        assert report.troubles[0].as_json()["kind"] == "TooManyAbsent"
        assert told_of(instance) == {(LUPUS[1], "status")}
        assert {instance.study(nct_id).state for nct_id in pair.ids} == {"present"}

    def test_a_related_study_that_is_not_there_is_its_watchs_trouble(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        related = WatchSettings(name="related", ids=(MYOSITIS[0],), related_to=("NCT99999999",))
        instance = watching(GOOD, first=(GOOD,))
        instance.watches = (GOOD, related)
        report = instance.sync()
        assert (report.state, report.troubles[0].subject) == ("partial", "related")
        assert (LUPUS[1], "status") in told_of(instance)


class TestEdits:
    """Taking something out of the configuration is our doing."""

    TWO = WatchSettings(name="w", searches=({"cond": "lupus"}, {"titles": "myositis"}))

    @pytest.mark.parametrize(
        "before, after, stay",
        [
            (TWO, WatchSettings(name="w", searches=({"cond": "lupus"},)), LUPUS),
            (TWO, WatchSettings(name="w", ids=LUPUS[:1]), LUPUS[:1]),
            (WatchSettings(name="w", ids=IDS), WatchSettings(name="w", ids=IDS[:3]), IDS[:3]),
            (WatchSettings(name="w", ids=IDS[:2]), WatchSettings(name="w", ids=IDS[2:4]), IDS[2:4]),
        ],
        ids=["a search", "all searches", "ids", "other ids"],
    )
    def test_nobody_is_told_to_have_left_and_no_gate_strikes(
        self,
        before: WatchSettings,
        after: WatchSettings,
        stay: tuple[str, ...],
        server: RunningRegistry,
        watching: Watching,
    ) -> None:
        instance = watching(after, first=(before,))
        instance.gates = GateSettings(max_shrink=0.1, max_absent=0.05)
        assert instance.sync().state == "complete"
        assert instance.members() == set(stay)
        assert {kind for _, kind in told_of(instance)} <= {"status"}

    def test_a_watch_that_is_taken_out_altogether_blocks_nothing(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(GOOD, first=(GOOD, OTHER))
        assert instance.sync().state == "complete"
        assert told_of(instance) == {(LUPUS[1], "status")}

    def test_an_edit_while_its_search_fails_loses_nobody_until_it_works(
        self, server: RunningRegistry, watching: Watching
    ) -> None:
        edited = WatchSettings(name="other", searches=({"titles": "myositis OR dermatomyositis"},))
        instance = watching(GOOD, edited, first=(GOOD, OTHER))
        server.set_faults(WRONG)
        assert instance.sync().state == "partial"
        assert instance.members("other") == set(MYOSITIS)
        server.set_faults()
        assert instance.sync().state == "complete"
        assert {kind for _, kind in told_of(instance)} == {"status"}
