"""The migrations (Alembic), run from the program itself: there is no alembic.ini.

Revisions are numbered 0001, 0002, …; `storage.schema.REVISION` names the newest. After changing
`storage.tables`, write the next one with `python -m storage.new_migration "what it does"`, and read it.
"""

from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for work on an open connection, inside its transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
