"""The pages of a watch of everything: by query, and the same as those of a watch that is loaded."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage import audit, large_watch
from storage.cohorts import Watch, save_watch
from storage.fulltext.index import Coverage
from storage.walks import Walk, save
from sync.changes.rule import Limits
from sync.config import Settings, WatchSettings
from sync.demo.registry import RunningRegistry, serve
from sync.registry import query
from sync.service import Service
from sync.web.views import find
from sync.web.views.cohort import overview, still_to_read, view
from sync.web.views.cohort.large import TooManyToExport
from sync.web.views.cohort.query import COLUMNS, CohortQuery
from sync.web.views.watcher import walks
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus

IDS = tuple(f"NCT9000{number:04}" for number in range(1, 76))
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03")
LOADED = WatchSettings(name="loaded", ids=IDS)
ALL = WatchSettings(name="all", everything=True)


def places_of(number: int) -> list[dict[str, str]]:
    """Sites in one country or in two, or none."""
    countries = ("Norway", "Côte d'Ivoire")
    return [{"country": countries[(number + other) % 2]} for other in range((1, 2, 1, 1, 0)[number % 5])]


def invented(number: int, day: str = DAYS[0]) -> dict[str, Any]:
    """A record that differs from the others in all that a list can be narrowed and sorted by."""
    record = study(IDS[number], ("RECRUITING", "COMPLETED", "UNKNOWN")[number % 3], posted=day)
    record["protocolSection"]["statusModule"] |= {
        "statusVerifiedDate": f"202{3 + number % 4}-05",
        "completionDateStruct": {"date": f"202{5 + number % 3}-06-30"},
    }
    record["protocolSection"] |= {
        "sponsorCollaboratorsModule": {
            "leadSponsor": {"name": f"Sponsor {number % 7}", "class": ("INDUSTRY", "OTHER")[number % 2]}
        },
        "designModule": {"phases": [["PHASE1"], ["PHASE1", "PHASE2"], []][number % 3]}
        | ({"enrollmentInfo": {"count": (9, 24, 100, 1000)[number % 4]}} if number % 7 else {}),
        "contactsLocationsModule": {"locations": places_of(number)},
    }
    return record


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    lines = []
    for number, nct_id in enumerate(IDS):
        later = {DAYS[1]: invented(number, DAYS[1])} if number % 10 == 0 else {}
        for record in later.values():
            record["protocolSection"]["statusModule"]["overallStatus"] = "TERMINATED"
        lines.append(told(nct_id, {DAYS[0]: invented(number)} | later))
    with serve(
        [write_corpus(tmp_path_factory.mktemp("corpus") / "c.jsonl", lines)], release=DAYS[0]
    ) as running:
        yield running


@pytest.fixture(scope="module")
def service(server: RunningRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Both watches have the same studies, read on two releases."""
    instance = Instance(tmp_path_factory.mktemp("large"), server.api_url, (LOADED, ALL))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(query, "PAGE_SIZE", 20)
        for day in DAYS[:2]:
            server.move_to(day)
            assert instance.sync().state in ("complete", "held")
        with instance.service() as running:
            yield running


def of(service: Service, watch: str, asked: CohortQuery, page: int = 1) -> view.Cohort:
    with service.database.read() as session:
        return view.load(
            session, watch, asked, watches=["loaded", "all"], limits=Limits(), now=service.now(), page=page
        )


def test_what_is_counted_of_all_is_the_same(service: Service) -> None:
    loaded, large = of(service, "loaded", CohortQuery()), of(service, "all", CohortQuery())
    assert large.studies == len(IDS)
    for name in (
        "statuses",
        "phases",
        "countries",
        "sponsor_classes",
        "states",
        "silences",
        "events",
        "weeks",
    ):
        assert getattr(large, name) == getattr(loaded, name), name
    assert large.open_alerts == loaded.open_alerts


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"status": "RECRUITING"},
        {"phase": "PHASE1/PHASE2"},
        {"phase": "-"},
        {"country": "Côte d'Ivoire"},
        {"sponsor_class": "INDUSTRY"},
        {"silence": "stale"},
        {"silence": "overdue"},
        {"silence": "unknown_forecast"},
        {"state": "present"},
        {"state": "gone"},
        {"weeks": 1},
        {"q": "study sponsor"},
        {"q": "NCT9"},
        {"q": "sponsor", "status": "COMPLETED"},
        {"left": True},
    ],
    ids=str,
)
def test_each_filter_finds_the_same_studies(service: Service, asked: dict[str, Any]) -> None:
    wanted = CohortQuery(**asked, sort="nct_id")
    loaded, large = of(service, "loaded", wanted), of(service, "all", wanted)
    assert [row.nct_id for row in large.rows] == [row.nct_id for row in loaded.rows]
    assert (large.found, large.pages) == (loaded.found, loaded.pages)


@pytest.mark.parametrize(
    "column",
    ["nct_id", "title", "status", "sponsor", "updated", "entered", "changed", "events", "alerts", "enrollment",
     "countries"],
)  # fmt: skip
@pytest.mark.parametrize("way", ["", "-"])
def test_each_order_has_all_studies_once_over_all_pages(service: Service, column: str, way: str) -> None:
    assert column in COLUMNS
    asked = CohortQuery(sort=f"{way}{column}")
    pages = [of(service, "all", asked, number) for number in (1, 2)]
    shown = [row.nct_id for page in pages for row in page.rows]
    assert sorted(shown) == sorted(IDS)


@pytest.mark.parametrize("column", ["enrollment", "countries"])
@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize("narrowed", [{}, {"status": "COMPLETED"}, {"q": "sponsor"}], ids=str)
def test_numbers_are_put_in_order_as_numbers_and_studies_without_one_come_last(
    service: Service, column: str, way: str, narrowed: dict[str, Any]
) -> None:
    asked = CohortQuery(**narrowed, sort=f"{way}{column}")
    for page in (1, 2):
        loaded, large = of(service, "loaded", asked, page), of(service, "all", asked, page)
        assert [row.nct_id for row in large.rows] == [row.nct_id for row in loaded.rows]


@pytest.mark.parametrize("sort", ["nct_id", "-nct_id", "title", "-title", "-sponsor", "-updated", "-changed"])
def test_the_first_page_is_the_same(service: Service, sort: str) -> None:
    asked = CohortQuery(sort=sort)
    loaded, large = of(service, "loaded", asked), of(service, "all", asked)
    assert [row.nct_id for row in large.rows] == [row.nct_id for row in loaded.rows]
    without = {"entered"}
    assert [row.model_dump(exclude=without) for row in large.rows] == [
        row.model_dump(exclude=without) for row in loaded.rows
    ]


@pytest.mark.parametrize("sort", ["changed", "-changed", "-alerts", "title", "-updated"])
def test_words_narrow_every_order(service: Service, sort: str) -> None:
    asked = CohortQuery(q="sponsor", status="COMPLETED", sort=sort)
    loaded, large = of(service, "loaded", asked), of(service, "all", asked)
    assert large.found > 0
    assert [row.nct_id for row in large.rows] == [row.nct_id for row in loaded.rows]


def test_words_are_looked_for_where_a_word_begins(service: Service) -> None:
    assert of(service, "loaded", CohortQuery(q="ponsor")).found > 0
    assert of(service, "all", CohortQuery(q="ponsor")).found == 0


def test_words_are_found_anywhere_while_not_all_studies_are_in_the_index(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.web.views.stored.coverage", lambda *_: Coverage(studies=75, indexed=74))
    loaded, large = (of(service, name, CohortQuery(q="ponsor", sort="title")) for name in ("loaded", "all"))
    assert [row.nct_id for row in large.rows] == [row.nct_id for row in loaded.rows]


def test_the_cards_of_both_are_the_same(service: Service) -> None:
    with service.database.read() as session:
        cards = overview.load(
            session, configured=["loaded", "all"], rules=service.rules, now=service.now()
        ).watches
    loaded, large = (card.model_dump(exclude={"name"}) for card in cards)
    assert large == loaded


def test_countries_are_those_that_were_counted(service: Service) -> None:
    with service.database.read() as session:
        assert find.known_countries(session, service.now()) == ["Côte d'Ivoire", "Norway"]


def test_an_export_is_bounded(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.web.views.cohort.large.MOST_EXPORTED", 30)
    with service.database.read() as session:
        narrow = CohortQuery(status="COMPLETED")
        assert len(view.rows(session, "all", narrow, limits=Limits(), now=service.now())) == 22
        with pytest.raises(TooManyToExport, match="75 studies are asked for"):
            view.rows(session, "all", CohortQuery(), limits=Limits(), now=service.now())


def test_before_the_first_load_ends_the_page_says_how_far_it_is(
    server: RunningRegistry, tmp_path: Path
) -> None:
    server.move_to(DAYS[0])
    instance = Instance(tmp_path, server.api_url, (ALL,))
    with instance.service() as fresh, fresh.database.read() as session:
        still = still_to_read.load(session, "all", fresh.settings.watch)
        assert large_watch.figures(session, "all") is None
    assert still is not None
    assert (still.read, still.is_edited) == (0, True)
    assert isinstance(instance.settings, Settings)


def test_the_watcher_says_how_far_it_is_and_what_is_not_known(service: Service) -> None:
    with service.database.read() as session:
        (walk,) = walks.load(session, service.settings)
    assert (walk.watch, walk.kind, walk.proved, walk.whole_release) == ("all", "sweep", True, DAYS[0])
    assert walk.next_whole is not None
    assert walk.next_whole.isoformat() == "2026-09-08"
    assert walk.said[0].startswith(f"Updates of release {DAYS[1]}: ")
    assert "nothing is known of what the registry changes" in walk.said[1]


def test_a_walk_under_way_has_its_rate_and_the_time_left(server: RunningRegistry, tmp_path: Path) -> None:
    server.move_to(DAYS[0])
    began = datetime(2026, 9, 1, 9, tzinfo=UTC)
    walk = Walk(
        "all",
        "api",
        "whole",
        "s",
        DAYS[0],
        began,
        began,
        began + timedelta(seconds=10),
        seen=4_000,
        total=600_000,
    )
    instance = Instance(tmp_path, server.api_url, (ALL,))
    with instance.service() as fresh:
        with fresh.database.write() as session:
            save_watch(session, Watch("all", "ab" * 32))
            save(session, walk)
        with fresh.database.read() as session:
            (shown,) = walks.load(session, fresh.settings)
    assert shown.said == [
        f"All pages of release {DAYS[0]}: 4,000 of 600,000 studies, 400 a second, 25 minutes left."
    ]
    assert (shown.a_second, shown.seconds_left) == (400, 1490)


def test_an_order_is_made_anew_when_something_is_written(service: Service) -> None:
    asked = CohortQuery(q="sponsor", sort="title")
    first = of(service, "all", asked).rows[0].nct_id
    with service.database.write() as session:
        at = datetime.now(UTC)
        session.execute(text("UPDATE study SET title = 'zzz' WHERE nct_id = :id"), {"id": first})
        audit.append(session, at, "somebody", "poll now", "registry")
    assert of(service, "all", asked).rows[0].nct_id != first
