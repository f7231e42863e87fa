"""Bringing a database to the newest schema, by Alembic, from inside the product."""

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

# Any number that nothing else in the database uses; it keeps two starting processes apart.
_LOCK = 4_027_001


def upgrade(engine: Engine) -> None:
    """Apply every missing migration; safe when several processes start at once."""
    with as_file(files("integration.store").joinpath("migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        with engine.connect() as connection:
            if _at_head(connection, config):
                return
            _apply(connection, config)


def _at_head(connection: Connection, config: Config) -> bool:
    heads = set(ScriptDirectory.from_config(config).get_heads())
    return set(MigrationContext.configure(connection).get_current_heads()) == heads


def _apply(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            command.upgrade(config, "head")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(config, "head")
    connection.commit()
