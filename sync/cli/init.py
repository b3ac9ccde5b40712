"""The command `init`: the first configuration file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from sync.alerts.channels import KINDS, check_channels
from sync.cli.common import emit
from sync.cli.first_file import (
    FirstAnswers,
    FirstChannel,
    channel_key,
    check_database,
    check_web,
    first_file,
    needed_of,
)
from sync.cli.options import ConfigOption, JsonOption, chosen_config
from sync.config import WatchSettings, load
from sync.errors import ConfigError, TrialdeltaError, UsageError
from sync.terminal.text import safe
from sync.watches.typed import FOLLOWED, contact_typed, ids_typed, searches_typed, watch_of

Answer = TypeVar("Answer")


Contact = Annotated[
    str | None,
    typer.Option(metavar="MAIL|PAGE", help="Who the registry can ask about the requests; in the User-Agent."),
]
Ids = Annotated[
    list[str] | None, typer.Option("--id", metavar="NCT", help="A study to follow (may be repeated).")
]
Searches = Annotated[
    list[str] | None,
    typer.Option(metavar="SEARCH", help="A search, such as 'cond=lupus; intr=CAR-T' (may be repeated)."),
]
WatchName = Annotated[str, typer.Option(metavar="NAME", help="The name of the watch for them.")]
NoWatch = Annotated[
    bool, typer.Option("--no-watch", help="Follow nothing yet: that can be done in the console.")
]
ChannelKind = Annotated[
    str | None, typer.Option(metavar="KIND", help=f"How to be told: {', '.join(KINDS)}.", show_default=False)
]
ChannelKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--channel-key",
        metavar="KEY=VALUE",
        help="A key of the channel; of a secret its file: url_file=PATH.",
    ),
]
ChannelName = Annotated[str | None, typer.Option(metavar="NAME", help="The channel's name (else its kind).")]
DatabaseUrl = Annotated[str, typer.Option(metavar="URL", help="Where to remember.")]
Host = Annotated[str, typer.Option(help="Where the console listens.")]
Port = Annotated[int, typer.Option(help="The console's port.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(init)


def init(
    contact: Contact = None,
    ids: Ids = None,
    search: Searches = None,
    watch: WatchName = FOLLOWED,
    no_watch: NoWatch = False,
    channel: ChannelKind = None,
    channel_keys: ChannelKeys = None,
    channel_name: ChannelName = None,
    database: DatabaseUrl = "sqlite:///data/trialdelta.db",
    host: Host = "127.0.0.1",
    port: Port = 8470,
    force: Force = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write the first configuration file: asks at a terminal, elsewhere takes all from its options.

    The file is ./config.toml, or the one of --config; one that is there is kept, unless --force. No secret is written into
    it: a channel's stands in a file or in a variable. Then it is checked; exits with 3 where something is still to be set.

    [bold]Examples[/]
      trialdelta init
      trialdelta init --contact ops@example.org --id NCT06056921
      trialdelta init --contact ops@example.org --no-watch --channel slack --channel-key url_file=/run/secrets/slack
      trialdelta init --contact ops@example.org --watch lupus --search 'cond=lupus; intr="CAR-T"' --config /etc/t.toml
    """
    file = _to_write(config, force)
    questions = Questions(is_possible=sys.stdin.isatty() and not as_json)
    questions.must_be_given({"--contact": contact, "--id, --search or --no-watch": ids or search or no_watch})
    check_web(host, port)
    answers = FirstAnswers(
        contact=questions.text(
            "Contact for the registry (a mail address, or a page)", contact_typed, given=contact
        ),
        watch=None if no_watch else _watch(questions, watch, ids, search),
        channel=_channel(questions, channel, channel_name, channel_keys or []),
        database=check_database(database),
        host=host,
        port=port,
    )
    write(file, first_file(answers), force=force)
    _tell(file, answers, as_json)


def _to_write(config: Path | None, force: bool) -> Path:
    """The file to write. Raises UsageError for one that is there, before anybody answers questions in vain."""
    file = chosen_config(config) or Path(os.environ.get("TRIALDELTA_CONFIG") or "config.toml")
    if file.exists() and not force:
        raise UsageError(
            f"there is a file {file} already, which is kept; --force overwrites it, --config names another"
        )
    return file


def _tell(file: Path, answers: FirstAnswers, as_json: bool) -> NoReturn:
    """Say what was written, what it lacks and what comes next; exits with 3 where it lacks something."""
    lacks = _lacking(file)
    following = "trialdelta run" if str(file) == "config.toml" else f"trialdelta run --config {file}"
    done = {"file": str(file), "set": answers.channel.variables, "lacks": lacks, "next": following}
    emit([done], as_json, lambda _: _lines(file, answers, lacks, following))
    raise typer.Exit(3 if lacks else 0)


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions at a terminal; where there is none, what is not given is an error."""

    is_possible: bool

    def must_be_given(self, needed: dict[str, object]) -> None:
        """Raises UsageError with the options that are needed where nobody can be asked."""
        missing = [name for name, value in needed.items() if not value]
        if missing and not self.is_possible:
            raise UsageError(f"nobody can be asked here, and needed are: {'; '.join(missing)}")

    def text(
        self, question: str, read: Callable[[str], Answer], *, given: str | None = None, default: str = ""
    ) -> Answer:
        """What was given, else what is answered; a bad answer is asked for again, with the reason."""
        if given is not None or not self.is_possible:
            return read(given if given is not None else default)
        while True:
            # On standard error, so that what a program reads of the command stays clean.
            answer = typer.prompt(question, default=default, show_default=bool(default), err=True)
            try:
                return read(answer)
            except TrialdeltaError as error:
                typer.echo(error.sentence, err=True)


def _watch(
    questions: Questions, name: str, ids: list[str] | None, search: list[str] | None
) -> WatchSettings | None:
    if ids or search:
        return watch_of(name, ids=ids_typed(" ".join(ids or ())), searches=searches_typed(search or ()))
    studies = questions.text("Studies to follow (NCT IDs; empty for none yet)", ids_typed)
    searches = questions.text(
        "A search to follow, such as cond=lupus; intr=CAR-T (empty for none)",
        lambda text: searches_typed([text]),
    )
    if not studies and not searches:
        return None
    return questions.text(
        "Name of the watch", lambda text: watch_of(text, ids=studies, searches=searches), default=name
    )


def _channel(questions: Questions, kind: str | None, name: str | None, keys: list[str]) -> FirstChannel:
    def named(text: str) -> FirstChannel:
        return FirstChannel(name or text, text, dict(map(channel_key, keys)))

    def of_kind(text: str) -> FirstChannel:
        made = named(text)
        if questions.is_possible and kind is None:
            made = FirstChannel(made.name, text, {**made.keys, **_asked_keys(questions, made)})
        made.check()
        return made

    return questions.text(f"How to be told ({', '.join(KINDS)})", of_kind, given=kind, default="console")


def _asked_keys(questions: Questions, channel: FirstChannel) -> dict[str, str]:
    missing = [key for key in needed_of(channel.kind) if key not in channel.keys]
    return {key: questions.text(f"{channel.kind}: {key}", _something) for key in missing}


def _something(text: str) -> str:
    if not text.strip():
        raise UsageError("this is needed")
    return text.strip()


def write(file: Path, text: str, *, force: bool) -> None:
    """The file whole or not at all; without `force` never in the place of another, not even of one made just now."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as half:
            half.write(text)
            half.flush()
            os.fsync(half.fileno())
        made = Path(half.name)
        made.chmod(0o644)
        try:
            if force:
                made.replace(file)
            else:
                os.link(made, file)  # unlike a rename it refuses a name that is taken
        finally:
            made.unlink(missing_ok=True)
    except FileExistsError:
        raise UsageError(f"there is a file {file} already, which is kept; --force overwrites it") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error


def _lacking(file: Path) -> str:
    """What `config check` says against the file and the environment; empty where it is right."""
    try:
        check_channels(load(file).channels)
    except ConfigError as error:
        return str(error)
    return ""


def _lines(file: Path, answers: FirstAnswers, lacks: str, following: str) -> list[str]:
    lines = [f"Written: [bold]{safe(file)}[/]"]
    if answers.watch is None:
        lines.append(
            "It follows nothing yet: the console's first page leads through it, or `trialdelta watch add NCT…`."
        )
    lines += [f"Set {name}: the channel's secret is not in the file." for name in answers.channel.variables]
    if lacks:
        lines.append(f"[yellow]Not right yet:[/] {safe(lacks)}")
    else:
        lines.append("The configuration is right.")
    lines.append(
        f"Next: [bold]{safe(following)}[/] (or first `trialdelta doctor`, which asks whether the registry lets us pass)"
    )
    return lines
