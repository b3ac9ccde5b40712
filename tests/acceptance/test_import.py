"""Records out of files as versions: before what is known, or as all that is known of a study."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from storage import events, versions
from storage.versions import VersionInfo
from sync.errors import UsageError
from sync.past.dump_files import DumpFile, dump_files, records_in
from sync.past.dumps import records
from sync.past.importing import Imported, ImportRun, by_first_day
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.faults.soundness import assert_sound
from tests.support.stories import NOWHERE

ONE, TWO = "NCT90000001", "NCT90000002"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """One whose registry nobody asks."""
    return Instance(tmp_path, NOWHERE, (watch(ONE),))


def lines(path: Path, *found: Any) -> Path:
    path.write_bytes(
        b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in found)
    )
    return path


def take(instance: Instance, path: Path, day: str | None = None) -> list[Imported]:
    with instance.service() as service:
        return list(ImportRun(service, "ana", path.name, day).run(records(path)))


def stored(instance: Instance, nct_id: str = ONE) -> list[VersionInfo]:
    with instance.database() as database, database.read() as session:
        return versions.versions(session, nct_id)


def days(instance: Instance) -> list[tuple[int, str, str]]:
    return [(info.number, info.day, info.provenance) for info in stored(instance)]


def test_the_records_of_a_file_become_versions_in_the_order_of_their_days(
    instance: Instance, tmp_path: Path
) -> None:
    path = lines(
        tmp_path / "dump.jsonl",
        study(ONE, "COMPLETED", posted="2025-06-01"),
        study(ONE, "RECRUITING", posted="2024-06-01"),
        study(TWO, posted="2024-01-01"),
        study(ONE, "RECRUITING", posted="2024-06-01"),
    )
    assert [each.state for each in take(instance, path)] == ["stored", "known", "stored", "stored"]
    assert days(instance) == [(1, "2024-06-01", "import"), (2, "2025-06-01", "import")]
    with instance.database() as database:
        assert_sound(database)
        with database.read() as session:
            (event,) = events.events(session, nct_id=ONE, historical=True)
            assert (event["state"], event["kind"]) == ("historical", "status")
            assert events.events(session) == []
    assert {each.state for each in take(instance, path)} == {"known"}, "the same content does nothing"


def test_what_is_older_goes_before_and_what_is_newer_after_where_nothing_was_polled(
    instance: Instance, tmp_path: Path
) -> None:
    def one(status: str, day: str) -> Path:
        return lines(tmp_path / f"{day}.json", study(ONE, status, posted=day))

    take(instance, one("RECRUITING", "2024-06-01"))
    take(instance, one("NOT_YET_RECRUITING", "2023-06-01"))
    take(instance, one("COMPLETED", "2025-06-01"))
    assert [number for number, _, _ in days(instance)] == [0, 1, 2]
    (refused,) = take(instance, one("SUSPENDED", "2024-09-01"))
    assert (refused.state, refused.problem) == (
        "refused",
        "it differs from version 1, which stood on 2024-09-01 by what is stored: only what is older than version 0, "
        "of 2023-06-01, can be put before it",
    )
    with instance.database() as database:
        assert_sound(database)


def test_a_record_that_is_polled_after_its_import_is_one_version(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    now = study(ONE, posted="2026-08-01")
    corpus = write_corpus(tmp_path / "c.jsonl", [told(ONE, {"2026-08-01": now})])
    instance = watching(start_registry([corpus], release="2026-09-01"), watch(ONE))
    without = {name: value for name, value in now.items() if name != "derivedSection"}
    take(instance, lines(tmp_path / "one.json", without))
    instance.sync()
    assert days(instance) == [(1, "2026-08-01", "import")]
    (newer,) = take(instance, lines(tmp_path / "two.json", study(ONE, "COMPLETED", posted="2026-08-20")))
    assert newer.state == "stored"


def test_what_is_newer_than_a_polled_version_is_left_to_the_next_cycle(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "c.jsonl", [told(ONE, {"2026-08-01": study(ONE)})])
    instance = watching(start_registry([corpus], release="2026-09-01"), watch(ONE))
    instance.sync()
    (refused,) = take(instance, lines(tmp_path / "x.json", study(ONE, "COMPLETED", posted="2026-10-02")))
    assert "newer than version 1, which was polled" in (refused.problem or "")
    (known,) = take(instance, lines(tmp_path / "y.json", study(ONE)))
    assert known.state == "known"
    assert days(instance) == [(1, "2026-01-05", "api")], "and it is known since when it stood"


def test_each_bad_record_is_refused_by_itself_and_the_others_are_stored(
    instance: Instance, tmp_path: Path
) -> None:
    path = lines(
        tmp_path / "dump.jsonl",
        b"{not json\n",
        {"some": "thing"},
        {"protocolSection": {"identificationModule": {"nctId": ONE}, "statusModule": "RECRUITING"}},
        study("NCT123"),
        study(ONE, posted="2999-01-01"),
        study(ONE, posted="2024"),
        b'{"protocolSection": {"identificationModule": {"nctId": "NCT90000001"}, "statusModule": {"overallStatus": NaN}}}\n',
        study(TWO, posted="2024-01-01"),
    )
    found = take(instance, path)
    assert [each.state for each in found].count("refused") == 7
    assert all(each.problem for each in found if each.state == "refused")
    assert stored(instance) == []
    assert len(stored(instance, TWO)) == 1


def test_files_of_each_form_are_read(tmp_path: Path) -> None:
    record, versions_ = (
        study(ONE),
        {"nctId": ONE, "versions": [{"release": "2024-01-01", "study": study(ONE)}]},
    )
    (tmp_path / "a.json").write_text(json.dumps(record))
    (tmp_path / "b.json").write_text(json.dumps([record, record]))
    (tmp_path / "c.json").write_text(json.dumps({"studies": [record], "nextPageToken": "x"}))
    (tmp_path / "d.json").write_text(json.dumps({"studyVersion": 3, "study": record}))
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(json.dumps(versions_).encode()))
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("01/NCT90000001.json", json.dumps(record))
        archive.writestr("README", "nothing")
    found = {path.name: [each.day for each in records(path)] for path in sorted(tmp_path.iterdir())}
    assert found == {
        "a.json": [None],
        "b.json": [None, None],
        "c.json": [None],
        "d.json": [None],
        "e.jsonl.gz": ["2024-01-01"],
        "f.zip": [None],
    }


def test_the_command_says_what_was_refused_and_exits_with_3(instance: Instance, tmp_path: Path) -> None:
    path = lines(tmp_path / "dump.jsonl", {"some": "thing"}, study(ONE, posted="2024-01-05"))
    done = instance.command("import", str(path), "--date", "2024-02-03")
    assert (done.returncode, done.stdout) == (
        3,
        "Refused: dump.jsonl:1: it is no record: it has no protocolSection\n"
        "2 records: 1 stored, 0 known already, 1 refused.\n",
    )
    assert days(instance) == [(1, "2024-02-03", "import")]


def test_several_records_of_one_day_are_stored_once_however_often_they_are_imported(
    instance: Instance, tmp_path: Path
) -> None:
    states = ("RECRUITING", "COMPLETED", "TERMINATED")
    path = lines(tmp_path / "day.jsonl", *(study(ONE, state, posted="2024-06-01") for state in states))
    for wanted in ("stored", "known", "known"):
        assert [each.state for each in take(instance, path)] == [wanted] * 3
        assert [number for number, _, _ in days(instance)] == [1, 2, 3]
    (other,) = take(instance, lines(tmp_path / "other.json", study(ONE, "SUSPENDED", posted="2024-06-01")))
    assert "differs from version 3, which is of the same day" in (other.problem or "")
    with instance.database() as database:
        assert_sound(database)


def test_what_stood_between_two_spells_of_the_same_content_is_kept(
    instance: Instance, tmp_path: Path
) -> None:
    again = study(ONE, "RECRUITING", posted="2024-01-01")
    take(instance, lines(tmp_path / "last.json", again), "2024-09-01")
    before = lines(tmp_path / "before.jsonl", again, study(ONE, "SUSPENDED", posted="2024-06-01"))
    path = tmp_path / "history.json"
    first, between = (json.loads(line) for line in before.read_text().splitlines())
    history = [
        {"release": "2024-01-01", "study": first},
        {"release": "2024-06-01", "study": between},
    ]
    path.write_text(json.dumps({"versions": history}))
    assert [each.state for each in take(instance, path)] == ["stored", "stored"]
    assert [day for _, day, _ in days(instance)] == ["2024-01-01", "2024-06-01", "2024-09-01"]


def test_files_are_taken_in_the_order_of_their_days_and_a_damaged_one_is_refused_alone(
    instance: Instance, tmp_path: Path
) -> None:
    for name, day, state in (
        ("a", "2025-06-01", "COMPLETED"),
        ("b", "2023-06-01", "RECRUITING"),
        ("c", "2024-06-01", "SUSPENDED"),
    ):
        lines(tmp_path / f"{name}.jsonl", study(ONE, state, posted=day))
    whole = gzip.compress(lines(tmp_path / "d.jsonl", study(TWO)).read_bytes() * 2)
    (tmp_path / "d.jsonl.gz").write_bytes(whole[:-9])
    files = [tmp_path / name for name in ("a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl.gz")]
    done = instance.command("import", *map(str, files))
    assert done.returncode == 3, done.stderr
    assert "d.jsonl.gz: it cannot be read to its end" in done.stdout
    assert "6 records: 4 stored, 1 known already, 1 refused." in done.stdout
    assert [day for _, day, _ in days(instance)] == ["2023-06-01", "2024-06-01", "2025-06-01"]
    assert len(stored(instance, TWO)) == 1
    by_day = by_first_day([DumpFile(path, path.name) for path in files[:3]])
    assert [file.name[0] for file in by_day] == ["b", "c", "a"]


def test_one_bad_version_of_a_history_is_refused_alone(tmp_path: Path) -> None:
    good = {"release": "2024-01-01", "study": study(ONE)}
    path = lines(tmp_path / "h.jsonl", {"versions": [{"release": 7}, good, None]})
    assert [bool(each.problem) for each in records(path)] == [True, False, True]


def test_an_archive_holds_packed_lines_or_it_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("x.jsonl.gz", gzip.compress(json.dumps(study(ONE)).encode()))
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("README", "nothing")
    refuse(tmp_path / "empty.zip", "the archive .* holds no record")
    with dump_files([tmp_path / "packed.zip"]) as files:
        assert [each.problem for each in records_in(files)] == [None]


def refuse(path: Path, said: str) -> None:
    with pytest.raises(UsageError, match=said), dump_files([path]):
        pass


def test_the_files_of_a_folder_are_taken_by_their_names_and_a_folder_without_any_is_refused(
    instance: Instance, tmp_path: Path
) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    refuse(folder, "the folder .* holds no record")
    lines(folder / "b.jsonl", study(ONE, posted="2024-01-01"))
    lines(folder / "a.jsonl", study(TWO, posted="2024-01-01"))
    (folder / "notes.txt").write_text("no record")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "c.json").write_text("no record of ours")
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        archive.writestr("a.png", b"")
    done = instance.command("import", str(folder))
    assert (done.returncode, "2 records: 2 stored" in done.stdout) == (0, True), done.stderr


def test_lines_are_read_as_lines_whatever_the_file_is_called(tmp_path: Path) -> None:
    one, two = study(ONE), study(TWO)
    path = lines(tmp_path / "lines.json", one, two)
    assert [each.place for each in records(path)] == ["lines.json:1", "lines.json:2"]
    path = lines(tmp_path / "broken.txt", b"{,}\n", one, two)
    assert [each.problem is None for each in records(path)] == [False, True, True]
    (tmp_path / "one.jsonl").write_text(json.dumps([one, two], indent=2))
    assert [each.place for each in records(tmp_path / "one.jsonl")] == ["one.jsonl#1", "one.jsonl#2"]


def derived(day: str, *terms: str, status: str = "RECRUITING") -> dict[str, Any]:
    record = study(ONE, status, posted="2024-01-01")
    meshes = [{"id": f"D{at}", "term": term} for at, term in enumerate(terms)]
    record["derivedSection"] = {
        "miscInfoModule": {"versionHolder": day},
        "conditionBrowseModule": {"meshes": meshes},
    }
    return record


def test_what_is_exported_comes_back_as_the_same_versions_also_where_only_the_registry_computed_anew(
    instance: Instance, tmp_path: Path
) -> None:
    dump = lines(
        tmp_path / "dump.jsonl",
        derived("2024-06-01", "Myositis"),
        derived("2024-06-02", "Myositis", "Dermatomyositis"),
        derived("2024-06-03", "Myositis", "Dermatomyositis"),
        derived("2024-06-04", "Dermatomyositis", "Myositis", status="SUSPENDED"),
        derived("2024-06-05", "Myositis"),
        derived("2024-06-06", "Myositis", "Lupus"),
    )
    assert [each.state for each in take(instance, dump)] == ["stored", "stored", "known", *["stored"] * 3]
    before = stored(instance)
    assert [len({info.content_hash for info in before}), len(before)] == [2, 5]
    back = tmp_path / "back.jsonl"
    assert instance.command("export", "versions", ONE, "--out", str(back)).returncode == 0
    (tmp_path / "other").mkdir()
    other = Instance(tmp_path / "other", NOWHERE, (watch(ONE),))
    assert {each.state for each in take(other, back)} == {"stored"}

    def identity(found: list[VersionInfo]) -> list[tuple[object, ...]]:
        return [(info.number, info.day, info.sha256, info.content_hash, info.derived_hash) for info in found]

    assert identity(stored(other)) == identity(before)
    with other.database() as database:
        assert_sound(database)
    assert {each.state for each in take(other, back)} == {"known"}


def test_a_dump_that_lacks_what_the_registry_computes_makes_no_version_of_its_own(
    instance: Instance, tmp_path: Path
) -> None:
    bare = derived("2024-06-02", "Myositis")
    del bare["derivedSection"]
    take(instance, lines(tmp_path / "one.jsonl", derived("2024-06-01", "Myositis")))
    assert [each.state for each in take(instance, lines(tmp_path / "two.jsonl", bare), "2024-06-02")] == [
        "known"
    ]


def test_a_mistyped_day_does_not_move_the_past_of_a_stored_study(instance: Instance, tmp_path: Path) -> None:
    path = lines(tmp_path / "one.json", study(ONE, posted="2024-06-01"))
    take(instance, path, "2024-07-01")
    for day in ("1800-01-01", "2023-07-01"):
        (refused,) = take(instance, path, day)
        assert refused.state == "refused", day
    assert days(instance) == [(1, "2024-07-01", "import")]
    (known,) = take(instance, path, "2024-06-02")
    assert (known.state, known.note) == (
        "known",
        "version 1 is held to have stood from 2024-06-02 on now, not from 2024-07-01",
    )


@pytest.mark.parametrize("told", ["2026-02-31", "yesterday", "", "2999-01-01", "0001-01-01"])
def test_a_record_with_an_impossible_date_of_its_update_is_refused(
    instance: Instance, tmp_path: Path, told: str
) -> None:
    path = lines(tmp_path / "one.json", study(ONE, posted=told))
    (refused,) = take(instance, path, "2026-03-01")
    assert (refused.state, "lastUpdate" in (refused.problem or "")) == ("refused", True)
    assert stored(instance) == []


def test_as_many_records_are_said_to_be_stored_as_there_are_versions(
    instance: Instance, tmp_path: Path
) -> None:
    first, second, last = (
        study(ONE, posted="2024-01-01")
        | {"derivedSection": {"conditionBrowseModule": {"meshes": [{"term": term}]}}}
        for term in ("A", "B", "C")
    )
    history = [
        {"release": f"2024-02-0{day}", "study": each}
        for day, each in enumerate((first, second, first, last), 1)
    ]
    path = lines(tmp_path / "derived.json", {"nctId": ONE, "versions": history})
    assert (
        [each.state for each in take(instance, path)] == ["stored"] * len(stored(instance)) == ["stored"] * 4
    )


def test_a_record_that_stands_in_the_history_of_another_study_is_refused(
    instance: Instance, tmp_path: Path
) -> None:
    history = [{"release": "2024-02-01", "study": study(each, posted="2024-01-01")} for each in (ONE, TWO)]
    path = lines(tmp_path / "mixed.json", {"nctId": ONE, "versions": history})
    assert sorted((each.state, each.problem) for each in take(instance, path)) == [
        ("refused", f"it is a record of {TWO}, in a history of '{ONE}'"),
        ("stored", None),
    ]
    assert stored(instance, TWO) == []


def test_a_packed_file_is_read_whatever_it_is_called_and_another_encoding_is_named(tmp_path: Path) -> None:
    packed = tmp_path / "one.json"
    packed.write_bytes(gzip.compress(json.dumps(study(ONE)).encode()))
    assert [each.problem for each in records(packed)] == [None]
    (tmp_path / "two.json").write_bytes(json.dumps(study(ONE)).encode("utf-16"))
    (wide,) = records(tmp_path / "two.json")
    assert "UTF-16" in (wide.problem or "")
    refuse(Path("/dev/null"), "is a device")


@pytest.mark.parametrize(("day", "said"), [("1800-01-01", "from 1999 on"), ("2999-01-01", "still to come")])
def test_a_day_on_which_no_record_can_have_been_is_no_date_of_an_import(
    instance: Instance, tmp_path: Path, day: str, said: str
) -> None:
    for arguments in (
        (str(lines(tmp_path / "one.json", study(ONE))),),
        ("--zip", str(tmp_path / "none.zip")),
    ):
        done = instance.command("import", *arguments, "--date", day)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
