"""A watch of everything: the whole registry by pages, then by update date, then whole again; resumed where it is killed."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import cohorts, walks
from storage.walks import Walk
from sync.config import EverythingSettings, Settings, WatchSettings
from sync.cycle.context import Counts
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry, serve
from sync.errors import Stopped
from sync.registry import query
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT9000{number:04}" for number in range(1, 36))
DAYS = tuple(f"2026-09-{day:02}" for day in range(1, 29))
NEW, FLIPS, MOVES, SILENTLY, GOES = "NCT90000900", IDS[3], IDS[5], IDS[7], IDS[9]
ALL = WatchSettings(name="all", everything=True)


def dated(nct_id: str, status: str = "RECRUITING", verified: str = "2026-08", **other: Any) -> dict[str, Any]:
    """A record with the dates that the registry's own rule goes by."""
    record = study(nct_id, status, **other)
    dates = {"statusVerifiedDate": verified, "completionDateStruct": {"date": "2026-06-30"}}
    record["protocolSection"]["statusModule"] |= dates
    return record


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry of 35 studies in which much happens: what sponsors do bears a date, what the registry does bears none."""
    lives: dict[str, dict[str, Any]] = {nct_id: {DAYS[0]: dated(nct_id)} for nct_id in IDS}
    lives[MOVES][DAYS[2]] = dated(MOVES, "SUSPENDED", posted=DAYS[2])
    lives[FLIPS] = {
        DAYS[0]: dated(FLIPS, verified="2024-08"),
        # the two years end with the last day of August: the registry flips it on the third release
        DAYS[2]: dated(FLIPS, "UNKNOWN", verified="2024-08"),
    }
    lives[SILENTLY][DAYS[2]] = dated(
        SILENTLY, sponsorCollaboratorsModule={"leadSponsor": {"name": "Renamed"}}
    )
    lives[GOES][DAYS[2]] = None
    lives[NEW] = {DAYS[2]: dated(NEW, posted=DAYS[2])}
    lines = [told(nct_id, versions) for nct_id, versions in lives.items()]
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    releases = corpus.with_name("releases.txt")
    releases.write_text("\n".join(DAYS))
    with serve([corpus], releases=[releases], release=DAYS[0]) as running:
        yield running


class Whole(Instance):
    """An instance that has read the whole registry, ten studies a page."""

    @property
    def settings(self) -> Settings:
        return super().settings.model_copy(update={"everything": EverythingSettings(overlap_days=1)})

    def walk(self) -> Walk:
        """How far the walk has come."""
        with self.database() as database, database.read() as session:
            found = walks.walk(session, "all")
        assert found is not None
        return found

    def kinds(self) -> list[tuple[str, str | None]]:
        """What was told, in order of the studies."""
        return sorted((event["nct_id"], event["kind"]) for event in self.events())


@pytest.fixture
def whole(server: RunningRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Whole:
    """An instance that has read nothing yet."""
    monkeypatch.setattr(query, "PAGE_SIZE", 10)
    server.move_to(DAYS[0])
    server.set_faults()
    server.clear_log()
    return Whole(tmp_path, server.api_url, (ALL,))


def asked(server: RunningRegistry) -> list[dict[str, Any]]:
    """The parameters of the lists that were asked for."""
    return [dict(entry["params"]) for entry in server.log() if entry["path"].endswith("/studies")]


def test_the_first_load_reads_every_page_and_tells_nothing(server: RunningRegistry, whole: Whole) -> None:
    report = whole.sync()
    assert (report.state, report.counts["baselines"], report.counts["studies"]) == ("complete", 35, 35)
    assert whole.members("all") == set(IDS)
    assert whole.events() == [], "a baseline never alerts, whatever is silent in it"
    pages = asked(server)
    assert len(pages) == 4
    assert all("filter.ids" not in page for page in pages)
    assert [page.get("countTotal") for page in pages] == ["true"] * 4, "the same parameters with each token"
    walk = whole.walk()
    assert (walk.kind, walk.proved, walk.pages, walk.whole_release) == ("whole", True, 4, DAYS[0])
    assert whole.watermark() == DAYS[0]


def test_a_known_release_is_not_read_again(server: RunningRegistry, whole: Whole) -> None:
    whole.sync()
    server.clear_log()
    assert whole.sync().state == "unchanged"
    assert asked(server) == []


def test_a_release_is_swept_by_update_date_and_due_flips_are_asked_for_by_id(
    server: RunningRegistry, whole: Whole
) -> None:
    whole.sync()
    server.move_to(DAYS[1])
    assert whole.sync().state == "complete"
    server.move_to(DAYS[2])
    server.clear_log()
    report = whole.sync()
    assert report.state == "complete"
    sweep, by_id = asked(server)
    assert sweep["filter.advanced"] == f"AREA[LastUpdatePostDate]RANGE[{DAYS[0]},MAX]"
    assert by_id["filter.ids"] == FLIPS, "the forecast says whose UNKNOWN is due"
    assert whole.kinds() == [(FLIPS, "status"), (MOVES, "status"), (NEW, "entered")]
    assert whole.members("all") == {*IDS, NEW}, "a sweep proves nothing of who is absent"


def test_every_week_all_pages_show_what_no_date_tells(server: RunningRegistry, whole: Whole) -> None:
    whole.sync()
    server.move_to(DAYS[6])
    whole.sync()
    assert (SILENTLY, "sponsor") not in whole.kinds()
    server.move_to(DAYS[7])
    assert whole.sync().state == "complete"
    assert whole.walk().kind == "whole"
    assert (SILENTLY, "sponsor") in whole.kinds()
    assert (GOES, "missing") in whole.kinds(), (
        "it was on none of the pages, and by its id the registry has none"
    )
    server.move_to(DAYS[8])
    whole.sync()
    assert (GOES, "gone") in whole.kinds(), "the next release decides, though it is only swept"
    assert whole.walk().kind == "sweep"
    assert GOES not in whole.members("all")
    with whole.database() as database:
        assert_sound(database, "none")


def test_a_walk_that_was_stopped_goes_on_after_its_last_page(server: RunningRegistry, whole: Whole) -> None:
    def stop(counts: Counts) -> None:
        if counts.checked >= 20:
            raise Stopped

    with pytest.raises(Stopped):
        whole.sync(progress=stop)
    assert whole.walk().pages == 2
    server.clear_log()
    report = whole.sync()
    assert (report.state, report.counts["baselines"]) == ("complete", 15)
    assert all("pageToken" in page for page in asked(server)), "no page is read twice"
    assert len(asked(server)) == 2
    assert whole.walk().proved
    assert whole.members("all") == set(IDS)


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_a_walk_that_is_killed_at_any_page_doubles_nothing(
    server: RunningRegistry, whole: Whole, page: int
) -> None:
    child = os.fork()
    if child == 0:  # pragma: no cover - it dies in the middle
        whole.sync(
            progress=lambda counts: counts.checked >= 10 * page - 5 and os.kill(os.getpid(), signal.SIGKILL)
        )
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert whole.sync().state == "complete"
    assert whole.walk().pages == 4
    assert all(len(whole.payloads(nct_id)) == 1 for nct_id in IDS)
    with whole.database() as database, database.read() as session:
        assert cohorts.size(session, "all") == len(IDS)


def test_a_refused_token_has_the_walk_begin_anew(server: RunningRegistry, whole: Whole) -> None:
    server.set_faults("stale-token:x1")
    report = whole.sync()
    assert (report.state, report.counts["baselines"]) == ("complete", 35)
    assert whole.walk().proved


def test_pages_that_are_short_conclude_nothing_of_who_is_absent(
    server: RunningRegistry, whole: Whole
) -> None:
    whole.sync()
    server.move_to(DAYS[9])
    server.set_faults("short-page:3:?pageSize")
    report = whole.sync()
    assert report.state == "partial"
    (trouble,) = report.troubles
    assert "the registry counts" in str(trouble)
    assert not whole.walk().proved
    assert whole.walk().whole_release == DAYS[0]
    assert not {"missing", "gone", "left"}.intersection(kind for _, kind in whole.kinds())
    server.set_faults()
    assert whole.sync().state == "complete", "the next poll walks again"
    assert (whole.walk().attempt, whole.walk().proved) == (2, True)


def test_a_team_s_own_watch_is_read_first_and_both_are_told_once(
    server: RunningRegistry, whole: Whole
) -> None:
    whole.watches = (WatchSettings(name="w", ids=(MOVES, SILENTLY)), ALL)
    assert whole.sync().state == "complete"
    assert [cycle.state for cycle in whole.cycles()] == ["complete", "complete"]
    server.move_to(DAYS[2])
    report = whole.sync()
    # The team's two, one of which the sweep holds as well, a new study, and one whose UNKNOWN is due.
    assert (report.state, report.counts["studies"], report.counts["checked"]) == ("complete", 4, 4)
    assert whole.kinds() == [(FLIPS, "status"), (MOVES, "status"), (SILENTLY, "sponsor"), (NEW, "entered")]
    assert whole.watermark() == DAYS[2]
    assert whole.sync().state == "unchanged"


def test_the_watermark_waits_for_the_whole_registry(server: RunningRegistry, whole: Whole) -> None:
    whole.watches = (WatchSettings(name="w", ids=(MOVES,)), ALL)
    server.set_faults("short-page:3:/studies:@2")
    assert whole.sync().state == "partial"
    assert whole.watermark() is None


def test_a_record_that_cannot_be_read_is_asked_for_again(server: RunningRegistry, whole: Whole) -> None:
    server.set_faults("poison:bad-utf8:?pageSize:x1")
    assert whole.sync().state == "partial"
    server.set_faults()
    server.clear_log()
    report = whole.sync()
    assert report.state == "complete"
    assert [page for page in asked(server) if "filter.ids" not in page] == [], "the pages are read"
    assert whole.members("all") == set(IDS)


def test_it_runs_in_a_service_like_any_other(whole: Whole) -> None:
    with whole.service() as service:
        assert run_cycle(service).state == "complete"
