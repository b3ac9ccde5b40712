"""The command `man`: a manual page, made of the same text as `--help`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from sync import __version__
from sync.cli import app, trialdelta
from sync.cli.commands import COMMANDS, load
from sync.cli.common import print_text

_MARKUP = re.compile(r"(?<!\\)\[/?[a-z ]*\]")
FILES = (
    ("config.toml", "The configuration, unless --config or TRIALDELTA_CONFIG names another file."),
    ("TRIALDELTA_SECTION__KEY", "In the environment: a key of the configuration."),
)


def register(commands: typer.Typer) -> None:
    """Add the command to the command line."""
    commands.command()(man)


def man() -> None:
    """Print the manual page: all commands with what their --help says.

    [bold]Examples[/]
      trialdelta man | man -l -
      trialdelta man > /usr/local/share/man/man1/trialdelta.1
    """
    print_text(page())


def page() -> str:
    """The manual page, in the language of man(7)."""
    lines = [
        f'.TH TRIALDELTA 1 "" "trialdelta {__version__}"',
        ".SH NAME",
        f"trialdelta \\- {_text(str(trialdelta.__doc__))}",
    ]
    lines += [".SH SYNOPSIS", ".B trialdelta", "[\\-\\-config FILE] COMMAND [OPTION]... [ARGUMENT]..."]
    for panel in dict.fromkeys(command.panel for command in COMMANDS):
        lines.append(f".SH {panel.upper()}")
        for command in COMMANDS:
            if command.panel == panel:
                lines += _command(command.name, load(command.name))
    lines += [".SH EXIT STATUS", _text(str(app.info.epilog)), ".SH FILES AND ENVIRONMENT", *_terms(FILES)]
    return "\n".join(lines) + "\n"


# Any: newer versions of Typer bring a click of their own, older ones use click itself.
def _command(name: str, command: Any) -> Iterator[str]:
    below = getattr(command, "commands", None)
    if below is not None:
        yield from (".SS " + _text(name), _text(command.help))
        for each in below.values():
            yield from _command(f"{name} {each.name}", each)
        return
    context = command.make_context(name, [], resilient_parsing=True)
    yield ".SS " + _text(" ".join([name, *command.collect_usage_pieces(context)]))
    yield from _help(command.help or "")
    records = (each.get_help_record(context) for each in command.params if each.name != "help")
    yield from _terms(tuple(record for record in records if record))


def _help(text: str) -> Iterator[str]:
    """Paragraphs; examples as they are."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        if _MARKUP.match(paragraph):
            first, *examples = paragraph.splitlines()
            yield from (_text(first) + ":", ".nf", *(_text(f"  {line.strip()}") for line in examples), ".fi")
        else:
            yield _text(" ".join(paragraph.split()))


def _terms(terms: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, about in terms:
        yield from (".TP", f".B {_text(name)}", _text(" ".join(about.split())))


def _text(text: str) -> str:
    """Text without markup of Rich's, and with what man(7) takes for its own words made plain."""
    plain = _MARKUP.sub("", text).replace("\\[", "[").replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", plain, flags=re.MULTILINE)
