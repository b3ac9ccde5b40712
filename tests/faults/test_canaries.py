"""No value of a configuration that is wrong is ever printed: each is a canary here, and none may be heard."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
import structlog
from pydantic import BaseModel
from typer.testing import CliRunner

from sync.alerts.channels import KINDS
from sync.cli import app
from sync.config import Settings, load
from sync.errors import ConfigError, TrialdeltaError

CANARY = "caNaRy"
COMMANDS = (
    "config check",
    "config show",
    "config show --json",
    "run",
    "sync",
    "sync --json",
    "doctor --offline",
)
WATCH = '[[watch]]\nname = "w"\nids = ["NCT90000001"]\n'
CHANNEL_KEYS = (
    "url",
    "secret",
    "previous_secret",
    "token",
    "password",
    "channel",
    "host",
    "path",
    "to",
    "sender",
    "urll",
)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command run in this process sets logging up for its own standard error, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(
        "TRIALDELTA_WEB__PORT", raising=False
    )  # of the whole suite; it would make up for a wrong [web]


class Heard:
    """Runs commands on a configuration, and keeps everything that they say, chained exceptions and log lines included."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self.file = folder / "config.toml"
        self.caplog = caplog

    def of(self, text: str, *commands: str, env: dict[str, str] | None = None) -> str:
        self.file.write_text(text, "utf-8")
        return "\n".join(self._run(command, env or {}) for command in commands or COMMANDS)

    def _run(self, command: str, env: dict[str, str]) -> str:
        arguments = [*command.split(), "--config", str(self.file)]
        with self.caplog.at_level(logging.DEBUG):
            done = CliRunner().invoke(app, arguments, env=env)
        said = [done.output, self.caplog.text]
        assert done.exit_code, f"{command} took a configuration that is wrong"
        if done.exc_info and not isinstance(done.exception, SystemExit):
            assert isinstance(done.exception, TrialdeltaError), traceback.format_exception(*done.exc_info)
            said += [*traceback.format_exception(*done.exc_info), *_every_word(done.exception)]
        return "\n".join(said)


def _every_word(error: BaseException | None) -> Iterator[str]:
    """Of an error and all that it hides: `from None` suppresses a context, and whoever walks it sees it all the same."""
    while error is not None:
        yield f"{error!s} {error!r}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _refusal(file: Path) -> str:
    """All that is said of a configuration that is wrong; nothing of one that is right."""
    try:
        load(file, {})
    except ConfigError as error:
        return " ".join(_every_word(error))
    return ""


@pytest.fixture
def heard(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Heard:
    return Heard(tmp_path, caplog)


def _tables(
    model: type[BaseModel], place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], bool, list[str]]]:
    """Every table of the configuration: its place, whether it is a list of tables, its keys."""
    for name, field in model.model_fields.items():
        inner = [each for each in (field.annotation, *get_args(field.annotation)) if isinstance(each, type)]
        for each in inner:
            if get_origin(each) is None and issubclass(each, BaseModel):
                yield (*place, name), get_origin(field.annotation) is tuple, list(each.model_fields)


TABLES = list(_tables(Settings))
KEYS = [
    (place[0], many, key)
    for place, many, keys in TABLES
    for key in (*keys, "unknown_key", *(f"{k}x" for k in keys))
]
SHAPES = {
    "text": f'"{CANARY}"',
    "list": f'["{CANARY}", "{CANARY}2"]',
    "table": f'{{ a = "{CANARY}", {CANARY[:2]}b = ["{CANARY}"] }}',
    "list of tables": f'[{{ a = "{CANARY}" }}]',
    "cron": f'"{CANARY} * * {CANARY} *"',
    "address": f'"http://{CANARY}:{CANARY}@[{CANARY}"',
    "span": f'"{CANARY}-{CANARY}"',
}


def _toml(section: str, many: bool, key: str, value: str) -> str:
    if section == "watch":
        return (
            f"[[watch]]\n{key} = {value}\n"
            + ("" if key == "name" else 'name = "w"\n')
            + ("" if key == "ids" else 'ids = ["NCT90000001"]\n')
        )
    if section == "route":
        return (
            WATCH
            + f"[[route]]\n{key} = {value}\n"
            + ("" if key == "name" else 'name = "r"\n')
            + ("" if key == "channels" else 'channels = ["console"]\n')
        )
    return f"[{section}]\n{key} = {value}\n" + WATCH if not many else ""


def test_the_tables_are_all_found() -> None:
    assert {place[0] for place, _, _ in TABLES} >= {
        "registry",
        "database",
        "schedule",
        "watch",
        "alerts",
        "route",
        "web",
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_no_value_of_any_key_is_told_when_it_is_wrong(shape: str, tmp_path: Path) -> None:
    """Each key by itself, since a fault elsewhere could hide it; loaded only: the commands are tried with all of them."""
    file, refused = tmp_path / "one.toml", 0
    for section, many, key in KEYS:
        file.write_text(_toml(section, many, key, SHAPES[shape]), "utf-8")
        said = _refusal(file)
        refused += bool(said)
        assert CANARY not in said, f"{section}.{key}: {said}"
    assert refused > len(KEYS) * 0.8


@pytest.mark.parametrize("section", [*Settings.model_fields, "unknown"])
def test_a_section_that_is_no_table_betrays_nothing(tmp_path: Path, section: str) -> None:
    file = tmp_path / "one.toml"
    for value in SHAPES.values():
        file.write_text(f"{section} = {value}\n" + ("" if section == "watch" else WATCH), "utf-8")
        said = _refusal(file)
        assert said, value
        assert CANARY not in said.replace(f"channels.{CANARY}", "").replace(f"rules: {CANARY}", "")


def _all_wrong() -> str:
    """A configuration that is wrong in every way: unknown keys at each level, wrong types, misspelt sections."""
    sections = [
        f"[{place[0]}]\n" + "".join(f'{key} = ["{CANARY}"]\n{key}x = "{CANARY}"\n' for key in keys)
        for place, many, keys in TABLES
        if not many
    ]
    lists = [
        f"[[{place[0]}]]\n" + "".join(f'{key} = "{CANARY}"\n' for key in keys) + f'unknown = "{CANARY}"\n'
        for place, many, keys in TABLES
        if many
    ]
    misspelt = [f'[{name}]\nurl = "{CANARY}"\n' for name in ("databse", "registri", "chanels", "wtch")]
    channels = [
        f'[channels.{kind}]\nkind = "{kind}"\n' + "".join(f'{key} = "{CANARY}"\n' for key in CHANNEL_KEYS)
        for kind in KINDS
    ]
    strange = [
        f'[channels.strange]\nkind = "{CANARY}"\nurl = "{CANARY}"\n',
        f'[channels.none]\nurl = "{CANARY}"\n',
    ]
    rules = [f'[rules]\noff = ["{CANARY}"]\nx = "{CANARY}"\n[rules.severity]\na = "{CANARY}"\n']
    return "\n".join([*sections, *misspelt, *channels, *strange, *rules, *lists])


def test_a_configuration_wrong_in_every_way_betrays_nothing(heard: Heard) -> None:
    said = heard.of(_all_wrong())
    assert CANARY not in said
    assert "did you mean database.url?" in said


@pytest.mark.parametrize("kind", [*KINDS, CANARY, ""])
@pytest.mark.parametrize("shape", ["text", "list", "table", "address"])
def test_a_channel_that_is_wrong_betrays_nothing(heard: Heard, kind: str, shape: str) -> None:
    keys = "".join(f"{key} = {SHAPES[shape]}\n" for key in CHANNEL_KEYS)
    keys += f'secret_file = "/{CANARY}"\nurl_file = "{CANARY}"\n' if shape == "address" else ""
    text = f'{WATCH}[channels.one]\nkind = "{kind}"\n{keys}'
    assert CANARY not in heard.of(text, "config check")


def test_what_a_channel_is_of_is_shown_only_where_it_is_a_kind(heard: Heard, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'{WATCH}[channels.one]\nkind = "{CANARY}"\nurl = "{CANARY}"\n', "utf-8")
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        done = CliRunner().invoke(app, [*arguments, "--config", str(file)])
        assert done.exit_code == 0
        assert CANARY not in done.output


ENVIRONMENT = [
    ("TRIALDELTA_DATABASE__URLL", "database.urll", "did you mean database.url?"),
    ("TRIALDELTA_REGISTRY__PROXI", "registry.proxi", "did you mean registry.proxy?"),
    ("TRIALDELTA_ALERTS__HEARTBEAT", "alerts.heartbeat", "did you mean alerts.heartbeat_url?"),
    ("TRIALDELTA_DATABSE__URL", "TRIALDELTA_DATABSE__URL", "did you mean TRIALDELTA_DATABASE__URL?"),
    ("TRIALDELTA_DATABASE_URL", "TRIALDELTA_DATABASE_URL", "did you mean TRIALDELTA_DATABASE__URL?"),
    ("TRIALDELTA_DATABASE", "TRIALDELTA_DATABASE", "JSON"),
    ("TRIALDELTA_DATABASE__URL", "database.url", "sqlite:///"),
    ("TRIALDELTA_DATABASE__URL__MORE", "database.url", ""),
    ("TRIALDELTA_DATABASE__URL_FILE", "TRIALDELTA_DATABASE__URL_FILE", "cannot be read"),
    ("TRIALDELTA_WATCH", "TRIALDELTA_WATCH", "JSON"),
    ("TRIALDELTA_WEB__HOSTS", "TRIALDELTA_WEB", "JSON"),
    ("TRIALDELTA_SCHEDULE__POLL", "schedule.poll", "15m"),
    ("TRIALDELTA_CHANNELS__MAIL__PASSWORD", "mail", "kind"),
    ("TRIALDELTA_LOG__LEVEL", "log.level", "debug"),
    ("TRIALDELTA_RULES__OFF", "rules.off", "list"),
]  # fmt: skip


@pytest.mark.parametrize("variable, named, offered", ENVIRONMENT)
def test_a_variable_that_is_wrong_is_named_and_not_repeated(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, variable: str, named: str, offered: str
) -> None:
    monkeypatch.setenv(variable, CANARY)
    said = heard.of(WATCH, *COMMANDS[:3], env={variable: CANARY})
    assert CANARY not in said
    assert named in said
    assert offered in said


@pytest.mark.parametrize("name, _given, _offered", ENVIRONMENT)
@pytest.mark.parametrize("value", [json.dumps({CANARY: [CANARY]}), json.dumps([CANARY]), json.dumps(CANARY)])
def test_json_in_a_variable_betrays_nothing_either(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, name: str, value: str, _given: str, _offered: str
) -> None:
    """But for the names of keys: they are named, as the misspelt ones are."""
    monkeypatch.setenv(name, value)
    heard.file.write_text(WATCH, "utf-8")
    said = _refusal(heard.file)
    assert said or name == "TRIALDELTA_WEB__HOSTS"  # which may hold such a list
    assert said.count(CANARY) <= 2 * said.count(f".{CANARY}")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{CANARY}/half@db.example/trials",
        f"postgresql://me:{CANARY}@[db/trials",
        f"postgresql://me:x@db.example:{CANARY}/trials",
        f"postgresql://me:{CANARY}@127.0.0.1:1/trials",
        f"sqlite:{CANARY}",
        f"postgresql:{CANARY}",
    ],
)
def test_an_address_of_a_database_that_does_not_work_is_not_repeated(heard: Heard, url: str) -> None:
    said = heard.of(f'{WATCH}[database]\nurl = "{url}"\n', "sync", "run", "doctor --offline")
    assert CANARY not in said


@pytest.mark.parametrize(
    "text, offered",
    [
        ('[database]\nurll = "x"\n', "database.urll: there is no such key; did you mean database.url?"),
        ('[registry]\nurl = "x"\n', "did you mean database.url?"),
        ('[registry]\nheartbeat_url = "x"\n', "did you mean alerts.heartbeat_url?"),
        ('proxy = "x"\n', "did you mean registry.proxy?"),
        ('[databse]\nurl = "x"\n', "did you mean database?"),
        ('[[route]]\nname = "r"\nchannel = ["console"]\n', "did you mean route.0.channels?"),
        ('[channels.x]\nkind = "webook"\n', "did you mean webhook?"),
        ('[channels.x]\nkind = "email"\npasword = "x"\n', "did you mean channels.x.password?"),
    ],
)  # fmt: skip
def test_the_nearest_known_key_is_offered(heard: Heard, text: str, offered: str) -> None:
    head, _, tail = (text, "", "") if text.startswith("[") else ("", "", text)
    assert offered in heard.of(f"{tail}{WATCH}{head}", "config check")


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", f"x = {CANARY}".encode(), f'"{CANARY}'.encode(), f"[{CANARY}".encode()]
)
def test_a_file_that_is_not_toml_is_not_quoted(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="is not TOML") as caught:
        load(file, {})
    assert CANARY not in " ".join(_every_word(caught.value))
