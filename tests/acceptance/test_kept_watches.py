"""Watches by command: kept in the database beside the file's, and in force for every command and the daemon."""

import json
import re
import signal
import threading
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from storage import audit
from sync.cli import app
from sync.demo.registry import RunningRegistry
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.desk import NCT, QUIET, Desk
from tests.support.operator import Operator, has

OTHER = "NCT90000003"


def lines(desk: Desk) -> dict[str, dict]:
    return {each["name"]: each for each in desk.lines("watch", "list")}


def test_a_followed_study_is_read_by_the_next_sync_and_alerts_like_any_other(
    start_registry, tmp_path: Path
) -> None:
    days = {"2026-09-01": study(NCT), "2026-09-02": study(NCT, "SUSPENDED", posted="2026-09-02")}
    registry = start_registry([write_corpus(tmp_path / "c.jsonl", [told(NCT, days)])], release="2026-09-01")
    desk = Desk(Instance(tmp_path, registry.api_url, ()), registry)
    assert "Nothing" not in desk.run("watch", "list")
    desk.run("sync", expect=2)  # nothing is watched: said, and not told as success
    said = desk.run("watch", "add", NCT)
    assert "It would bring 1 study." in said
    assert "The watch followed is new" in said
    desk.run("sync")
    desk.release("2026-09-02")
    (event,) = desk.lines("events", "--watch", "followed")
    assert event["kind"] == "status"
    assert len(desk.lines("alerts")) == 1


def test_every_command_knows_a_kept_watch_before_it_is_read(desk: Desk) -> None:
    desk.run("watch", "add", NCT, "--watch", "mine")
    assert desk.lines("events", "--watch", "mine") == []
    desk.run("events", "--watch", "mien", expect=2)
    shown = desk.run("config", "show")
    assert 'name = "mine"' in shown
    assert [each["name"] for each in desk.lines("config", "show")[0]["watch"]] == ["w", "mine"]
    assert "kept in the database: mine" in desk.run("doctor", "--offline")


def test_an_edit_closes_memberships_without_news_and_a_removal_keeps_what_was_read(desk: Desk) -> None:
    desk.run("watch", "add", NCT, QUIET, "--watch", "mine")
    desk.run("sync")
    assert lines(desk)["mine"]["studies"] == 2
    desk.run("watch", "edit", "mine", "--ids", NCT)
    desk.run("sync")
    assert lines(desk)["mine"]["studies"] == 1
    assert lines(desk)["mine"]["revision"] == 2
    desk.run("watch", "remove", "mine")
    assert list(lines(desk)) == ["w"]
    desk.run("history", QUIET)
    assert desk.lines("events", "--watch", "mine") == []  # it was followed: no error


def test_studies_are_taken_out_by_their_ids_and_a_watch_of_nothing_goes(desk: Desk) -> None:
    desk.run("watch", "add", NCT, QUIET, "--watch", "mine")
    desk.run("watch", "add", NCT)
    taken = desk.lines("watch", "remove", NCT)
    assert taken == [
        {"watch": "followed", "removed": True, "ids": [NCT]},
        {"watch": "mine", "removed": False, "ids": [NCT]},
    ]
    assert lines(desk)["mine"]["ids"] == [QUIET]
    desk.run("watch", "remove", OTHER, expect=2)


def test_the_files_watches_are_edited_in_the_file_and_can_be_paused(desk: Desk) -> None:
    for words in (
        ("add", "--watch", "w", "--search", "cond=lupus"),
        ("remove", "w"),
        ("edit", "w", "--ids", OTHER),
    ):
        desk.run("watch", *words, expect=2)
    desk.run("watch", "pause", "w", "--by", "ana")
    assert lines(desk)["w"]["paused_by"] == "ana"
    desk.run("sync", expect=2)  # the only watch is paused
    desk.run("watch", "resume", "w")
    desk.run("sync")


def test_a_paused_watch_is_not_asked_for_and_keeps_its_studies(desk: Desk) -> None:
    desk.run("watch", "add", QUIET, "--watch", "mine")
    desk.run("sync")
    desk.run("watch", "pause", "w")
    desk.release("2026-09-02")
    assert desk.lines("events", NCT) == []
    assert lines(desk)["w"]["studies"] == 2
    desk.run("watch", "resume", "w")
    desk.run("sync")
    assert [each["kind"] for each in desk.lines("events", NCT)] == ["status"]


def test_a_file_that_comes_to_have_a_watch_of_the_same_name_goes_first_and_says_so(desk: Desk) -> None:
    desk.run("watch", "add", NCT, "--watch", "mine")
    text = desk.configuration.read_text()
    desk.configuration.write_text(f'{text}\n[[watch]]\nname = "mine"\nids = ["{QUIET}"]\n')
    desk.run("sync")
    of_file, kept = (each for each in desk.lines("watch", "list") if each["name"] == "mine")
    assert (of_file["where"], of_file["ids"], of_file["studies"]) == ("file", [QUIET], 1)
    assert (kept["where"], kept["ids"]) == ("database", [NCT])
    assert kept["problem"].startswith("the configuration file has a watch of this name")
    desk.run("watch", "remove", "mine")  # the one that is not in force
    assert [each["where"] for each in desk.lines("watch", "list")] == ["file", "file"]


def test_what_is_wrong_is_refused_as_in_the_file_with_the_reason(desk: Desk) -> None:
    for words in (
        ("add", "NCT1"),
        ("add", "--watch", "x", "--search", "cnd=lupus"),
        ("add", "--watch", "x", "--search", "cond="),
        ("add", "--watch", "<b>x</b>", NCT),
        ("add", "--watch", "x", "--search", "term=" + "x" * 10_000),
        ("add", "--watch", "x"),
        ("add", "--search", "cond=lupus"),
        ("edit", "nobody", "--ids", NCT),
        ("test", "w", "--class", "car_t_product"),
        ("preview", "w", NCT),
    ):
        desk.run("watch", *words, expect=2)
    assert list(lines(desk)) == ["w"]


def test_ids_by_the_thousand_are_taken_and_the_first_are_looked_up(desk: Desk) -> None:
    many = [f"NCT8{number:07}" for number in range(3_000)]
    (done,) = desk.lines("watch", "add", *many, "--watch", "many")
    assert done["preview"]["studies"] == 2_800  # those that the registry has, as far as they were looked up
    assert len(done["preview"]["unregistered"]) == 200
    assert done["preview"]["parts"][0]["asked"] == "the first 200 were looked up"


@pytest.mark.parametrize("fault", ["403", "429", "html-maintenance", "503"])
def test_where_the_registry_cannot_be_asked_a_preview_says_so_and_a_watch_is_added_all_the_same(
    desk: Desk, fault: str
) -> None:
    desk.registry.set_faults(fault)
    desk.run("watch", "preview", "--search", f"cond=lupus {fault}", expect=4)
    said = desk.run("watch", "add", "--watch", "mine", "--search", f"cond=lupus {fault}", expect=3)
    assert "What it would bring is not known" in said
    assert "mine" in lines(desk)


def test_a_search_that_the_registry_makes_nothing_of_is_told_beside_the_others(desk: Desk) -> None:
    (found,) = desk.lines("watch", "preview", "--search", "cond=(lupus", "--search", "cond=lupus", expect=3)
    assert found["parts"][0]["problem"]
    assert not found["parts"][1]["problem"]


def test_too_many_studies_are_refused(desk: Desk) -> None:
    text = desk.configuration.read_text()
    desk.configuration.write_text(f"{text}\n[gates]\nmax_studies = 1\n")
    desk.run("watch", "add", "--watch", "mine", "--search", "term=CAR-T", expect=2)
    desk.run("watch", "add", NCT, QUIET, expect=2)
    assert list(lines(desk)) == ["w"]


# the daemon


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """A registry of two studies."""
    studies = [told(each, {"2026-09-01": study(each)}) for each in ("NCT90000001", "NCT90000002")]
    return start_registry([write_corpus(tmp_path / "c.jsonl", studies)], release="2026-09-01")


def test_a_daemon_without_a_watch_starts_says_what_is_missing_and_reads_what_is_added(
    registry: RunningRegistry, tmp_path: Path
) -> None:
    operator = Operator(tmp_path, registry.api_url)
    config = operator.config.read_text()
    operator.config.write_text(
        config.partition("[[watch]]")[0].replace("poll = 1\n", 'poll = "1h"\n') + "[web]\nport = 0\n"
    )
    with operator.daemon() as process:
        said = operator.wait_for(has("nothing_watched"))
        health = operator.run("healthcheck", "--json")
        assert (health.returncode, json.loads(health.stdout)["state"]) == (2, "idle")
        url = next(line["url"] for line in said if line["event"] == "console_started")
        with pytest.raises(OSError, match="503"):
            urlopen(f"{url}/readyz")
        assert operator.run("watch", "add", "NCT90000001").returncode == 0
        operator.wait_for(has("kept_watches_changed", watches=["followed"]))
        operator.wait_for(has("cycle_finished", baselines=1))
        assert operator.run("healthcheck").returncode == 0
        operator.run("watch", "add", "NCT90000002")
        operator.wait_for(lambda now: sum(has("cycle_finished", baselines=1)([line]) for line in now) == 2)
        assert process.poll() is None
    with operator.daemon():  # a restart keeps it
        operator.wait_for(lambda now: sum(line["event"] == "release_unchanged" for line in now) > 0)
        assert json.loads(operator.run("watch", "list", "--json").stdout)["ids"] == [
            "NCT90000001",
            "NCT90000002",
        ]


def test_a_reloaded_file_takes_no_kept_watch_away(registry: RunningRegistry, tmp_path: Path) -> None:
    operator = Operator(tmp_path, registry.api_url)
    operator.config.write_text(operator.config.read_text().replace("poll = 1\n", 'poll = "1h"\n'))
    with operator.daemon() as process:
        operator.wait_for(has("cycle_finished", baselines=1))
        operator.run("watch", "add", "NCT90000002", "--watch", "mine")
        operator.wait_for(has("kept_watches_changed", watches=["w", "mine"]))
        text = operator.config.read_text()
        operator.config.write_text(f'{text}\n[alerts]\nmin_severity = "low"\n')
        process.send_signal(signal.SIGHUP)
        operator.wait_for(has("config_reloaded", changed=["alerts"]))
        assert operator.run("watch", "pause", "w").returncode == 0
        operator.wait_for(has("kept_watches_changed", watches=["mine"], paused=["w"]))


def test_a_restored_backup_has_the_watches_that_were_kept_then(
    registry: RunningRegistry, tmp_path: Path
) -> None:
    operator, copy = Operator(tmp_path, registry.api_url), tmp_path / "copy.db"

    def run(*words: str) -> str:
        done = operator.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("watch", "add", OTHER, "--watch", "mine", "--unasked")
    run("watch", "pause", "w")
    run("backup", str(copy))
    run("watch", "remove", "mine")
    run("watch", "resume", "w")
    run("restore", str(copy), "--force")
    of_file, mine = map(json.loads, run("watch", "list", "--json").splitlines())
    assert (mine["name"], mine["ids"]) == ("mine", [OTHER])
    assert of_file["paused_at"] is not None
    assert "seals fit" in run("verify")


def test_two_who_edit_one_watch_at_once_lose_neither_edit_unseen(desk: Desk) -> None:
    desk.run("watch", "add", NCT, "--watch", "mine")
    instance, codes = desk.instance, list[int]()

    def edit(nct_id: str) -> None:
        codes.append(instance.command("watch", "add", nct_id, "--watch", "mine", "--unasked").returncode)

    threads = [threading.Thread(target=edit, args=[each]) for each in (QUIET, OTHER)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert codes == [0, 0]
    assert set(lines(desk)["mine"]["ids"]) == {NCT, QUIET, OTHER}


# ids beside a watch of the file


def test_a_study_is_put_beside_those_of_a_watch_in_the_file_and_survives_a_reload(desk: Desk) -> None:
    said = desk.run("watch", "add", OTHER, "--watch", "w", "--by", "ana")
    assert "The watch w is changed" in said
    (line,) = desk.lines("watch", "show", "w")
    assert line["where"] == "file"
    assert [(each["nct_id"], each["by"], each["is_named"]) for each in line["beside"]] == [
        (OTHER, "ana", False)
    ]
    assert OTHER not in line["ids"]
    assert f"{OTHER} was put beside by ana" in desk.run("watch", "show", "w")
    assert "1 id put beside" in " ".join(desk.run("watch", "list").split())
    assert OTHER in desk.lines("config", "show")[0]["watch"][0]["ids"]
    desk.run("watch", "add", OTHER, "--watch", "w")  # it has all of that already
    desk.configuration.write_text(
        desk.configuration.read_text() + f'\n[[watch]]\nname = "x"\nids = ["{QUIET}"]\n'
    )
    assert [each["nct_id"] for each in lines(desk)["w"]["beside"]] == [OTHER]
    assert "ids that the database keeps beside a watch's own: w (1 id)" in desk.run("doctor", "--offline")
    taken = desk.lines("watch", "remove", OTHER)
    assert taken == [{"watch": "w", "removed": False, "ids": [OTHER]}]
    assert lines(desk)["w"]["beside"] == []


def test_what_the_file_names_is_refused_both_ways_with_what_to_do(desk: Desk) -> None:
    named = lines(desk)["w"]["ids"][0]
    with pytest.raises(AssertionError, match=f"the configuration file names {named} in the watch w already"):
        desk.run("watch", "add", named, OTHER, "--watch", "w")
    assert lines(desk)["w"]["beside"] == []
    for words in (("remove", named), ("remove", named, "--watch", "w")):
        with pytest.raises(AssertionError, match="take it out there, then `trialdelta config reload`"):
            desk.run("watch", *words)
    desk.run("watch", "add", "--watch", "w", "--search", "cond=lupus", expect=2)


def test_ids_whose_watch_left_the_file_say_so_and_come_back_with_it(desk: Desk) -> None:
    desk.run("watch", "add", OTHER, "--watch", "w")
    whole = desk.configuration.read_text()
    desk.configuration.write_text(whole.replace('name = "w"', 'name = "other"'))
    assert "the configuration file has no watch of this name any more" in lines(desk)["w"]["problem"]
    assert "the file has no watch w any more" in desk.run("doctor", "--offline", expect=3)
    desk.configuration.write_text(whole)
    assert lines(desk)["w"]["problem"] == ""
    desk.configuration.write_text(whole.replace('name = "w"', 'name = "other"'))
    assert desk.lines("watch", "remove", OTHER, "--watch", "w")[0]["ids"] == [OTHER]
    assert "w" not in lines(desk)


def test_the_audit_log_has_who_put_a_study_beside_and_who_took_it_out(desk: Desk) -> None:
    desk.run("watch", "add", OTHER, "--watch", "w", "--by", "ana")
    desk.run("watch", "remove", OTHER, "--watch", "w", "--by", "bo")
    with desk.instance.database() as database, database.read() as session:
        found = [(each.action, each.subject, each.who, each.detail) for each in audit.entries(session)]
    assert found == [
        ("ids put into watch", "w", "ana", {"ids": [OTHER]}),
        ("ids taken out of watch", "w", "bo", {"ids": [OTHER]}),
    ]


# conditions


def test_classes_antigens_and_areas_are_typed_kept_edited_and_taken_away(desk: Desk) -> None:
    typed = ("--class", "car_t_product,in_vivo_car", "--antigen", "cd 19", "--area", "autoimmune")
    desk.run("watch", "add", "--watch", "mine", "--search", "cond=lupus", *typed)
    mine = lines(desk)["mine"]
    assert (mine["classes"], mine["antigens"], mine["areas"]) == (
        ["car_t_product", "in_vivo_car"],
        ["CD19"],
        ["autoimmune"],
    )
    assert mine["conditions"] == "CAR-T product or CAR made in the body, against CD19, in autoimmune disease"
    desk.run("watch", "edit", "mine", "--search", "cond=myositis")
    assert lines(desk)["mine"]["classes"] == ["car_t_product", "in_vivo_car"]  # what is not named stays
    desk.run("watch", "edit", "mine", "--class", "", "--area", "infection")
    assert (lines(desk)["mine"]["classes"], lines(desk)["mine"]["areas"]) == ([], ["infection"])
    desk.run("watch", "add", "--watch", "mine", "--class", "cart", expect=2)
    desk.run("watch", "add", "--class", "car_t_product", expect=2)  # which watch?


def test_an_antigen_that_no_term_knows_is_taken_with_a_warning_and_near_names(desk: Desk) -> None:
    said = " ".join(desk.run("watch", "add", "--watch", "new", "--antigen", "CD91").split())
    assert "CD91 is not among the known antigens: only a study whose title writes it so" in said
    assert re.search(r"did you mean CD\d+ or CD\d+", said)
    assert lines(desk)["new"]["antigens"] == ["CD91"]
    route = '\n[[route]]\nname = "r"\nchannels = ["heard"]\nantigens = ["XYZ-9"]\n'
    desk.configuration.write_text(desk.configuration.read_text() + route)
    assert "route r: XYZ-9 is not among the known antigens" in " ".join(desk.run("config", "check").split())
    desk.run("watch", "add", "--watch", "new", "--antigen", "<b>", expect=2)


def test_a_watch_that_capitals_alone_tell_from_another_is_refused(desk: Desk) -> None:
    desk.run("watch", "add", NCT, "--watch", "W", "--unasked", expect=2)
    assert list(lines(desk)) == ["w"]


def test_what_is_related_to_a_study_that_the_registry_never_had_is_not_watched(desk: Desk) -> None:
    desk.run("watch", "add", "--watch", "near", "--related-to", "NCT99999999", expect=2)
    assert list(lines(desk)) == ["w"]


def test_beside_the_whole_registry_nothing_is_put_and_nothing_else_is_offered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = desk.configuration.read_text()
    desk.configuration.write_text(f'{text}\n[[watch]]\nname = "all"\neverything = true\n')
    monkeypatch.setenv("TRIALDELTA_CONFIG", str(desk.configuration))
    for words in ((NCT,), ("--search", "cond=lupus")):
        done = CliRunner().invoke(app, ["watch", "add", *words, "--watch", "all", "--unasked"])
        assert "is the whole registry: every study is in it" in str(done.exception)
