from importlib.resources import as_file, files

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from integration.store.migrate import upgrade
from integration.store.tables import metadata


@pytest.fixture
def config():
    with as_file(files("integration.store").joinpath("migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        yield config


def tables_in(store):
    return set(inspect(store.engine).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    assert tables_in(store) == set(metadata.tables)


def test_every_migration_can_be_taken_back_and_made_again(store, config):
    with store.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert tables_in(store) == set()
    upgrade(store.engine)
    assert tables_in(store) == set(metadata.tables)


def test_migrations_stand_in_one_line(config):
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_upgrading_twice_changes_nothing(store):
    upgrade(store.engine)
    assert tables_in(store) == set(metadata.tables)
