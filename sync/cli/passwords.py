"""A password for a command: from a terminal, a file or standard input; never an argument, never echoed."""

from __future__ import annotations

import sys
import warnings
from getpass import GetPassWarning, getpass
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from sync.errors import UsageError
from sync.web.secrets import check_password, same

PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="Read the password from this file.", show_default=False
    ),
]
PasswordStdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
# Enough for any password; somebody who names a disk image or /dev/zero by mistake is not read to the end.
_MOST_BYTES = 8192


def password_for(name: str, file: Path | None, stdin: bool) -> str:
    """The account's new password, asked for twice where no source is named. Raises UsageError, also where it is weak."""
    if file is not None and stdin:
        raise UsageError("give --password-file or --password-stdin, not both")
    if file is None and not stdin:
        return _asked(name)
    password = _only_line(sys.stdin.buffer) if file is None else _from_file(file)
    check_password(name, password)
    return password


def _from_file(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return _only_line(stream)
    except OSError as error:
        raise UsageError(f"the password file {file} cannot be read: {error.strerror}") from error


def _only_line(stream: BinaryIO) -> str:
    """What the stream holds, without the line's end that an editor adds."""
    try:
        text = stream.read(_MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        # not chained: that error carries the bytes
        raise UsageError("the password is not UTF-8 text") from None
    # One line's end only: spaces at the ends may be part of the password.
    return text.removesuffix("\n").removesuffix("\r")


def _asked(name: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: give --password-file FILE or --password-stdin")
    password = _hidden(f"Password of {name}: ")
    check_password(name, password)
    if not same(_hidden("The same again: "), password):
        raise UsageError("the two passwords differ; nothing was changed")
    return password


def _hidden(prompt: str) -> str:
    with warnings.catch_warnings():
        # Where it cannot switch the echo off, getpass warns and asks all the same: the password would stay on the screen.
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(prompt)
        except GetPassWarning as warning:
            raise UsageError("this terminal would show the password: give --password-file FILE") from warning
