"""Write the next migration: what `storage.tables` has and a database at the newest revision has not."""

import sys

from alembic import command

from storage.engine import open_database
from storage.migrations import configuration
from storage.schema import REVISION


def main(message: str) -> None:
    """Write storage/migrations/versions/vNNNN_….py, to be read and corrected."""
    database = open_database("sqlite://")
    if int(REVISION):
        database.upgrade()
    following = f"{int(REVISION) + 1:04}"
    with database.write() as session:
        config = configuration(session.connection())
        config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
        command.revision(config, message, autogenerate=True, rev_id=following)


if __name__ == "__main__":
    main(sys.argv[1])
