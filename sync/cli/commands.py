"""Which module each command is in, and its line in `trialdelta --help`: a command imports its own module and no other."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from sync.errors import Interrupted


class Command(NamedTuple):
    """A command, or a group of them; `summary` is the first sentence or two of its own help, which a test compares."""

    name: str
    module: str
    panel: str
    summary: str


# Written down instead of asked of the modules: finding it out would import them all, for a help that shows one line of
# each.
COMMANDS = (
    Command(
        "init",
        "init",
        "Watch",
        "Write the first configuration file: asks at a terminal, elsewhere takes all from its options.",
    ),
    Command(
        "run", "run", "Watch", "Run the daemon: poll for releases on the schedule until SIGTERM or Ctrl-C."
    ),
    Command(
        "sync",
        "sync",
        "Watch",
        "Run one cycle now: ask for the release and, when it is new, read every watched study and tell what changed.",
    ),
    Command(
        "backfill",
        "backfill",
        "Watch",
        "Fill in what studies said before they were watched, from the registry's record history.",
    ),
    Command(
        "evidence",
        "evidence",
        "Keep",
        "Write all that proves one event into one file, which `trialdelta verify FILE.zip` checks without the database.",
    ),
    Command(
        "export",
        "export",
        "Keep",
        "Write versions, events or timelines of studies as lines of JSON, CSV or Parquet.",
    ),
    Command(
        "import",
        "importing",
        "Keep",
        "Store the records of files as versions, with the provenance `import` and the day that they are of.",
    ),
    Command("watch", "watch", "Watch", "Follow studies and searches: list, add, edit, remove, pause."),
    Command(
        "healthcheck",
        "healthcheck",
        "Watch",
        "Say whether the service does its work: polls succeed, and every watched record can be read.",
    ),
    Command(
        "doctor",
        "doctor",
        "Watch",
        "Examine everything that the service needs, and say what to do about what is wrong.",
    ),
    Command("events", "events", "Look", "What changed, oldest first: one line an event."),
    Command(
        "find", "find", "Look", "Find studies by words that they have, the best match first, and show where."
    ),
    Command("history", "history", "Look", "Every stored version of a study, with what changed in it."),
    Command(
        "show", "show", "Look", "One version of a study: the newest, a numbered one, or the one of a day."
    ),
    Command(
        "diff",
        "diff",
        "Look",
        "What changed between two versions, and what it means. Exits with 0 whether or not anything did.",
    ),
    Command(
        "check",
        "check",
        "Look",
        "Say whether a published page about a study still says what the record says: its criteria and its quick facts.",
    ),
    Command(
        "classify",
        "classify",
        "Look",
        "Say what trials have to do with CAR-T cells: class, antigens, source, diseases, with the words that say so.",
    ),
    Command(
        "related",
        "related",
        "Look",
        "List the stored studies that are nearest to one: a score from 0 to 100, and what they have in common.",
    ),
    Command(
        "rates",
        "rates",
        "Look",
        "Say what is usual in a watch: how often what changes, days in each status, what becomes of plans, who is silent.",
    ),
    Command("alerts", "alerts", "Answer", "What asks for attention, longest open first."),
    Command(
        "ack",
        "alerts",
        "Answer",
        "Acknowledge an alert that is not closed. It covers this pair of versions: the study's next event opens again.",
    ),
    Command(
        "snooze",
        "alerts",
        "Answer",
        "Leave an open alert out of the inbox until a day, or until its study changes.",
    ),
    Command(
        "mute",
        "alerts",
        "Answer",
        "Keep quiet about a study, a kind, or a kind of one study. Events are stored all the same.",
    ),
    Command(
        "reopen",
        "alerts",
        "Answer",
        "Have an alert that is acknowledged or closed ask for attention again.",
    ),
    Command("wake", "alerts", "Answer", "Have an alert that is snoozed back among the open ones now."),
    Command("assign", "alerts", "Answer", "Give alerts to a person."),
    Command(
        "review",
        "review",
        "Answer",
        "What changed in a study since it was last reviewed, in one comparison; with --by, note a review.",
    ),
    Command(
        "worklist",
        "worklist",
        "Answer",
        "Studies that changed since somebody last reviewed them, with the weightiest change of each.",
    ),
    Command(
        "own-page",
        "worklist",
        "Answer",
        "Say where your own page on a study is, or note it: shown with the study, in the worklist and in alerts.",
    ),
    Command(
        "page", "page", "Answer", "Pages published about studies, checked at every change: add, list, remove."
    ),
    Command(
        "deliver",
        "deliver",
        "Tell",
        "Send what is due, as the daemon does by itself. Exits with 3 when something could not be sent.",
    ),
    Command(
        "digest",
        "digest",
        "Tell",
        "What happened lately, told as a digest on the console; nothing is sent or marked.",
    ),
    Command("routes", "routes", "Tell", "Show who hears of what, and how much that is."),
    Command("channels", "channels", "Tell", "Look after the channels."),
    Command("deliveries", "deliveries", "Tell", "Decide about deliveries that wait for a person."),
    Command(
        "replay",
        "replay",
        "Judge",
        "Run rules over the stored versions: which events would appear, vanish or weigh otherwise, and alerts a day.",
    ),
    Command("storm", "storm", "Judge", "Release or dismiss storms: the same change in many studies at once."),
    Command(
        "quarantine",
        "quarantine",
        "Keep",
        "List the records that could not be read and why, newest first; or write out the bytes of one.",
    ),
    Command(
        "demo",
        "demo",
        "Keep",
        "Show the whole thing working, without the network: an invented cohort on a local registry, release by release.",
    ),
    Command(
        "verify",
        "verify",
        "Keep",
        "Prove that what is stored is what was written: nothing changed, taken out or put in beside trialdelta.",
    ),
    Command(
        "backup",
        "backup",
        "Keep",
        "Write the whole database to one file, while the daemon goes on, and read the file back to prove that it is whole.",
    ),
    Command(
        "restore",
        "backup",
        "Keep",
        "Put a backup in the database's place, once it has proved to be whole. Stop the daemon first.",
    ),
    Command("config", "config", "Keep", "Check, show and reload the configuration."),
    Command("db", "db", "Keep", "Look after the database."),
    Command("man", "man", "Keep", "Print the manual page: all commands with what their --help says."),
    Command("users", "users", "Console", "The accounts of the console: who may look, who may also act."),
    Command(
        "tokens",
        "tokens",
        "Console",
        "Tokens of the API, and of feeds: for programs, each of an account, with a scope.",
    ),
)
MODULES = {command.name: command.module for command in COMMANDS}


UNWANTED = ("rich.traceback", "rich.pretty", "httpx._main")
"""What structlog and httpx import if it is there, for tracebacks in colours and a command line of its own: 25 ms of 560."""


class LazyGroup(TyperGroup):
    """The top level: lists every command from the table above, and imports the one that is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for each in COMMANDS:
            # A stand-in, for the listing alone: it is replaced by the command itself when that one is asked for.
            self.add_command(TyperCommand(each.name, help=each.summary, rich_help_panel=each.panel))

    # Any: newer versions of Typer bring a click of their own, older ones use click itself.
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name; also click's error where there is none of that name."""
        if args[0] in MODULES:
            self.add_command(load(args[0]))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Raises Interrupted for Ctrl-C, of which Typer makes an exit code without a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted(f"`trialdelta {ctx.invoked_subcommand}` was interrupted") from None


def load(name: str) -> Any:
    """The command of that name, its module imported."""
    with _uncollected(), _without(*UNWANTED):
        module = importlib.import_module(f"sync.cli.{MODULES[name]}")
    commands = typer.Typer(rich_markup_mode="rich")
    module.register(commands)
    return typer.main.get_group(commands).commands[name]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which finds nothing in a thousand modules being imported and takes 70 ms of 500."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # nor need it look at them ever after
        if was_enabled:
            gc.enable()


@contextmanager
def _without(*modules: str) -> Iterator[None]:
    """With modules that are not imported yet as if they were not installed; later imports find them."""
    absent = [name for name in modules if name not in sys.modules]
    # None is Python's own word for it there: importing such a module raises ImportError, which its users are ready for.
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
