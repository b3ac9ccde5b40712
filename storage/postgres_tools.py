"""PostgreSQL's own programs for backup: pg_dump writes an archive, pg_restore reads it.

The address goes to them in the environment: an argument could be read by every user of the machine.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import URL, Connection

from storage.engine import APPLICATION, Database, Mode, open_database
from storage.errors import BackupFailed, NotRestorable, ToolMissing

ASIDE = "replaced_"
"""Begins the name of the schema in which a database that was replaced is kept; no backup takes it along."""
ARCHIVE = b"PGDMP"
INSUFFICIENT_PRIVILEGE = "42501"


def dump(database: Database, target: Path, tools: Path | None) -> None:
    """Write an archive of the database as it is at one moment. Raises ToolMissing or BackupFailed."""
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}*"]
    _run(database.engine.url, tools, "pg_dump", *arguments, f"--file={target}")


def check(
    database: Database, archive: Path, tools: Path | None, problems_of: Callable[[Database], str]
) -> str:
    """Restore an archive into a database of its own and verify that; only read it to its end where none may be made."""
    try:
        # An archive that pg_restore can list may still fail to restore: the only proof is to do it.
        with _scratch(database) as copy:
            with copy.engine.execution_options(mode=Mode.OUTSIDE).begin() as connection:
                replay(connection, archive, tools)
            return problems_of(copy)
    except _NotAllowed:
        _run(database.engine.url, tools, "pg_restore", "--file=/dev/null", str(archive))
        return "read through"


def replay(connection: Connection, archive: Path, tools: Path | None) -> None:
    """Make what is in an archive inside the connection's transaction. Raises NotRestorable where it is cut or none."""
    with archive.open("rb") as file:
        if file.read(len(ARCHIVE)) != ARCHIVE:
            raise NotRestorable(f"{archive} is not an archive of pg_dump's")
    command = [
        _find("pg_restore", tools),
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--file=-",
        str(archive),
    ]
    # Its script goes through our own connection: pg_restore's would be a second one, outside of the transaction.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout
        assert process.stderr
        try:
            _execute(connection, process.stdout)
        except BaseException as error:
            process.kill()
            if getattr(error, "sqlstate", None):
                raise NotRestorable(
                    f"{archive} cannot be restored here: {_last_lines(str(error))}"
                ) from error
            raise
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise NotRestorable(f"{archive} is damaged or cut: {_last_lines(said)}")
    # The script empties it for the whole session, and this connection goes back to the pool.
    connection.exec_driver_sql("SET search_path TO DEFAULT")


def _execute(connection: Connection, script: IO[bytes]) -> None:
    """Run a script of pg_restore's: statements, and rows to be copied in, which end with a line of their own."""
    cursor = connection.connection.cursor()
    statements: list[bytes] = []
    for line in script:
        if line.startswith(b"\\"):
            continue  # \restrict and \unrestrict speak to psql
        statements.append(line)
        if line.startswith(b"COPY ") and line.rstrip().endswith(b"FROM stdin;"):
            copy = statements.pop()
            _run_all(cursor, statements)
            _copy_in(cursor, copy, script)
    _run_all(cursor, statements)


def _run_all(cursor: object, statements: list[bytes]) -> None:
    cursor.execute(b"".join(statements))  # type: ignore[attr-defined]
    statements.clear()


def _copy_in(cursor: object, statement: bytes, script: IO[bytes]) -> None:
    with cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        for line in script:
            if line == b"\\.\n":
                return
            copy.write(line)
        raise NotRestorable("The archive ends in the middle of a table")


class _NotAllowed(Exception):
    """This user may not make databases."""


@contextmanager
def _scratch(database: Database) -> Iterator[Database]:
    """An empty database beside this one, dropped at the end."""
    name = f"{APPLICATION}_check_{secrets.token_hex(4)}"
    maker = database.engine.execution_options(isolation_level="AUTOCOMMIT", mode=Mode.OUTSIDE)
    try:
        with maker.connect() as connection:
            # template1 may hold tables of its own, which the archive's would collide with.
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    except Exception as error:
        if getattr(getattr(error, "orig", None), "sqlstate", None) == INSUFFICIENT_PRIVILEGE:
            raise _NotAllowed from error
        raise
    try:
        with closing(open_database(database.engine.url.set(database=name))) as scratch:
            yield scratch
    finally:
        with maker.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _run(url: URL, tools: Path | None, program: str, *arguments: str) -> None:
    command = [_find(program, tools), "--no-password", *arguments]
    if program == "pg_restore":
        command.remove("--no-password")
    done = subprocess.run(command, env=_environment(url), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        # An older pg_dump refuses a newer server; only its words tell that from any other failure.
        kind = ToolMissing if "version mismatch" in done.stderr else BackupFailed
        raise kind(f"{program} failed: {_last_lines(done.stderr)}")


def _find(program: str, tools: Path | None) -> str:
    found = shutil.which(program, path=str(tools) if tools else None)
    if found is None:
        place = f"in {tools}" if tools else "on the PATH"
        raise ToolMissing(f"PostgreSQL's {program} is needed and is not {place}")
    return found


def _environment(url: URL) -> dict[str, str]:
    """The address in libpq's own variables."""
    from psycopg import pq
    from psycopg.conninfo import conninfo_to_dict

    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    values = {name: str(value) for name, value in conninfo_to_dict(plain).items() if value is not None}
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    return {**os.environ, **{variables[name]: value for name, value in values.items() if name in variables}}


def _last_lines(said: str) -> str:
    return "; ".join(said.strip().splitlines()[-2:]) or "it said nothing"
