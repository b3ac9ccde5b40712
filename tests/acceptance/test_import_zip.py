"""The registry's bulk download as the first load of a watch of everything: streamed, resumable, compared with care."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import walks
from storage.walks import Walk
from sync.config import WatchSettings
from sync.cycle import bulk
from sync.cycle.bulk import Loaded, NothingHasEverything, load_bulk
from sync.demo.registry import RunningRegistry, serve
from sync.registry.archive import Archive, NotAnArchive, open_archive
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT9000{number:04}" for number in range(1, 26))
OF_FILE, NEXT = "2026-09-01", "2026-09-02"
CHANGES = IDS[4]
ALL = WatchSettings(name="all", everything=True)


def stamped(record: dict[str, Any], release: str = OF_FILE) -> bytes:
    """A record as the download has it."""
    record["derivedSection"]["miscInfoModule"]["versionHolder"] = release
    return json.dumps(record, separators=(",", ":")).encode()


def download(path: Path, contents: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    """A download of these studies, in folders by the last two digits of the id."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for nct_id, content in contents.items():
            archive.writestr(f"{nct_id[-2:]}/{nct_id}.json", content)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    lines = [told(nct_id, {OF_FILE: study(nct_id)}) for nct_id in IDS]
    lines[4]["versions"].append({"release": NEXT, "study": study(CHANGES, "SUSPENDED", posted=NEXT)})
    with serve(
        [write_corpus(tmp_path_factory.mktemp("corpus") / "c.jsonl", lines)], release=OF_FILE
    ) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return download(tmp_path / "all.zip", {nct_id: stamped(study(nct_id)) for nct_id in IDS})


@pytest.fixture
def instance(server: RunningRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    monkeypatch.setattr(bulk, "BATCH", 10)
    server.move_to(OF_FILE)
    server.clear_log()
    return Instance(tmp_path, server.api_url, (ALL,))


def load(instance: Instance, file: Path, **options: Any) -> Loaded:
    with instance.service() as service:
        return load_bulk(service, file, **options)


def walked(instance: Instance, source: str) -> Walk:
    with instance.database() as database, database.read() as session:
        found = walks.walk(session, "all", source)
    assert found is not None
    return found


def test_the_file_is_the_first_load_and_the_next_cycle_sweeps(
    server: RunningRegistry, instance: Instance, file: Path
) -> None:
    loaded = load(instance, file)
    assert (loaded.release, loaded.new, loaded.refused) == (OF_FILE, 25, 0)
    assert instance.members("all") == set(IDS)
    server.move_to(NEXT)
    assert instance.sync().state == "complete"
    (sweep,) = [dict(entry["params"]) for entry in server.log() if entry["path"].endswith("/studies")]
    assert "RANGE[2026-08-29,MAX]" in sweep["filter.advanced"]
    assert [(event["nct_id"], event["kind"]) for event in instance.events()] == [(CHANGES, "status")]
    with instance.database() as database:
        assert_sound(database, "none")


@pytest.mark.parametrize("batches", [1, 2])
def test_an_import_that_was_stopped_goes_on_and_doubles_nothing(
    instance: Instance, file: Path, batches: int
) -> None:
    def stop(walk: Walk) -> None:
        if walk.pages == batches:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(instance, file, taken=stop)
    assert walked(instance, "file").seen == 10 * batches
    loaded = load(instance, file)
    assert loaded.resumed
    assert (loaded.read, loaded.new) == (25, 25 - 10 * batches)
    assert all(len(instance.payloads(nct_id)) == 1 for nct_id in IDS)


def test_another_file_is_read_from_its_beginning(instance: Instance, file: Path, tmp_path: Path) -> None:
    load(instance, file)
    more = download(
        tmp_path / "later.zip",
        {
            nct_id: stamped(study(nct_id, "COMPLETED" if nct_id == CHANGES else "RECRUITING"), NEXT)
            for nct_id in IDS
        },
    )
    loaded = load(instance, more)
    assert (loaded.resumed, loaded.new, loaded.changed, loaded.known) == (False, 0, 1, 24)


def test_what_was_read_later_is_left_as_it_is(
    server: RunningRegistry, instance: Instance, file: Path
) -> None:
    instance.watches = (WatchSettings(name="w", ids=(CHANGES,)), ALL)
    server.move_to(NEXT)
    instance.sync()
    loaded = load(instance, file)
    assert (loaded.new, loaded.known, loaded.changed) == (0, 25, 0)
    assert len(instance.payloads(CHANGES)) == 1
    assert instance.events() == []


def test_what_cannot_be_read_is_refused_one_by_one(instance: Instance, tmp_path: Path) -> None:
    contents = {nct_id: stamped(study(nct_id)) for nct_id in IDS}
    contents[IDS[1]] = b'{"protocolSection": {"identificationModule"'
    contents[IDS[2]] = stamped(study(IDS[3]))
    contents[IDS[5]] = stamped(study(IDS[5]), NEXT)
    broken = download(tmp_path / "broken.zip", contents)
    with zipfile.ZipFile(broken, "a") as archive:
        archive.writestr("contents.txt", "25 studies")
    raw = broken.read_bytes()
    place = raw.index(f"{IDS[9]}.json".encode()) + 30
    broken.write_bytes(raw[:place] + b"\x00\xff" + raw[place + 2 :])
    loaded = load(instance, broken)
    assert (loaded.refused, loaded.others, loaded.new) == (4, 1, 21)
    reasons = {entry.nct_id: entry.reason for entry, _ in instance.refused()}
    assert set(reasons) == {IDS[1], IDS[2], IDS[5], IDS[9]}
    assert "holds the record of" in reasons[IDS[2]]
    assert NEXT in reasons[IDS[5]]


@pytest.mark.parametrize("cut", [0, 10, 2_000, -1, -30])
def test_a_file_that_is_no_whole_archive_is_refused(file: Path, cut: int) -> None:
    file.write_bytes(file.read_bytes()[:cut])
    with open_archive(file) as opened, pytest.raises(NotAnArchive):
        Archive(opened)


def test_the_directory_is_read_as_python_reads_it(tmp_path: Path) -> None:
    contents = {nct_id: stamped(study(nct_id)) for nct_id in IDS}
    file = download(tmp_path / "stored.zip", contents, zipfile.ZIP_STORED)
    with open_archive(file) as opened:
        archive = Archive(opened)
        entries = list(archive.each())
        assert {entry.nct_id: archive.record(entry).raw for entry in entries} == contents
        middle = entries[7].following
        assert [entry.nct_id for entry in archive.each(middle)] == list(IDS[8:])


def test_an_archive_with_wide_numbers_is_read(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "wide.zip", "w") as archive,
        archive.open(f"{IDS[0]}.json", "w", force_zip64=True) as entry,
    ):
        entry.write(stamped(study(IDS[0])))
    with open_archive(tmp_path / "wide.zip") as opened:
        (only,) = Archive(opened).each()
        assert Archive(opened).record(only).nct_id == IDS[0]


def test_without_a_watch_of_everything_it_says_what_to_do(instance: Instance, file: Path) -> None:
    instance.watches = (WatchSettings(name="w", ids=(CHANGES,)),)
    with pytest.raises(NothingHasEverything):
        load(instance, file)


def test_the_command_says_what_came_of_it(instance: Instance, file: Path) -> None:
    found = instance.command("import", "--zip", str(file), "--json")
    assert (found.returncode, json.loads(found.stdout)["new"]) == (0, 25), found.stderr


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_further_entry_of_a_study_is_left_out_and_counted(instance: Instance, tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for state in ("RECRUITING", "COMPLETED"):
            archive.writestr(f"{IDS[0]}.json", stamped(study(IDS[0], state)))
    loaded = load(instance, path)
    assert (loaded.new, loaded.changed, loaded.doubles) == (1, 0, 1)
    assert load(instance, path).doubles == 1


def test_an_archive_without_a_study_is_refused(instance: Instance, tmp_path: Path) -> None:
    path = tmp_path / "none.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README", "nothing")
    with pytest.raises(NotAnArchive, match="no record of a study is in it"):
        load(instance, path, day=OF_FILE)
