"""What every test may ask for: a held clock, a real database, a key ring."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import create_engine, make_url
from sqlalchemy.schema import CreateSchema, DropSchema

from integration.inbox import Inbox
from integration.store.engine import Store, open_store
from integration.store.sealing import KeyRing
from tests.builders import FakeClock

POSTGRES = os.environ.get("CASEWARDEN_TEST_POSTGRES") if find_spec("psycopg") else None
DATABASES = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]
KEEPS = frozenset({"CASEWARDEN_SHARED"})


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """Settings of whoever runs the tests must not change what is tested."""
    for name in [name for name in os.environ if name.startswith("CASEWARDEN_")]:
        if name not in KEEPS:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logs_as_before():
    """Logs that a test set up go to its own stderr, which is closed after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing(active="test", keys={"test": bytes(range(32))})


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """An empty SQLite database at the newest schema, made once and copied for every test."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_address(migrated, tmp_path) -> str:
    shutil.copy(migrated, tmp_path / "casewarden.sqlite3")
    return f"sqlite:///{tmp_path / 'casewarden.sqlite3'}"


@pytest.fixture(params=DATABASES)
def address(request) -> Iterator[str]:
    """A database of its own for the test, on every kind that we support and can reach."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_address")
    else:
        yield from _own_schema(str(POSTGRES))


def _own_schema(address: str) -> Iterator[str]:
    schema, admin = f"test_{uuid4().hex[:12]}", create_engine(address)
    with admin.begin() as connection:
        connection.execute(CreateSchema(schema))
    url = make_url(address).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with admin.begin() as connection:
        connection.execute(DropSchema(schema, cascade=True))
    admin.dispose()


@pytest.fixture
def store(address) -> Iterator[Store]:
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def inbox(store, ring) -> Inbox:
    return Inbox(store, ring)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Where everything is at hand (NO_SKIPS is set), a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("tests were skipped where none may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
