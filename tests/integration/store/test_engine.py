import subprocess
import sys
import threading

import pytest
from sqlalchemy import insert, select, text

from casebook.errors import Misconfigured, StoreUnavailable
from integration.store import engine as engine_module
from integration.store.engine import open_store
from integration.store.tables import desk_object
from tests.builders import CANARY, NOW, in_threads, wait_until


def add(name):
    values = {"kind": "group", "name": name, "desk_id": "1", "at": NOW}
    return lambda connection: connection.execute(insert(desk_object).values(**values))


def names(store):
    query = select(desk_object.c.name).order_by(desk_object.c.name)
    return store.read(lambda c: list(c.scalars(query)))


class Broken(Exception):
    """A job's own failure."""


def failing(connection):
    add("half")(connection)
    raise Broken


def test_a_write_is_there_when_it_returns(store):
    store.write(add("a"))
    assert names(store) == ["a"]


def test_the_answer_of_a_job_is_given_back(store):
    assert store.write(lambda c: c.scalar(text("SELECT 41 + 1"))) == 42


def test_a_failing_job_leaves_nothing_and_its_error_is_raised_as_it_is(store):
    with pytest.raises(Broken):
        store.write(failing)
    assert names(store) == []


def test_one_failing_job_does_not_undo_the_others_of_its_commit(store):
    """The writer is held, so that everything that waits goes into one commit."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_connection):
        begun.set()
        assert go_on.wait(10)

    holder = threading.Thread(target=store.write, args=(hold,))
    holder.start()
    assert begun.wait(10)
    failed = []

    def write(owner):
        if int(owner[1:]) % 3:
            store.write(add(owner))
            return
        try:
            store.write(failing)
        except Broken:
            failed.append(owner)

    def release():
        if store._writer is not None:
            wait_until(lambda: store._writer._waiting.qsize() == 12)
        go_on.set()

    releaser = threading.Thread(target=release)
    releaser.start()
    in_threads(write, 12)
    holder.join(10)
    releaser.join(10)
    assert sorted(failed) == ["t0", "t3", "t6", "t9"]
    assert names(store) == sorted(f"t{i}" for i in range(12) if i % 3)


def test_a_broken_constraint_is_a_refused_write_and_others_go_on(store):
    store.write(add("a"))
    with pytest.raises(StoreUnavailable, match="IntegrityError"):
        store.write(add("a"))
    store.write(add("b"))
    assert names(store) == ["a", "b"]


def test_an_error_of_the_database_never_quotes_what_was_to_be_written(store):
    store.write(add(CANARY))
    with pytest.raises(StoreUnavailable) as refused:
        store.write(add(CANARY))
    assert CANARY not in str(refused.value)


@pytest.fixture
def lite(sqlite_address):
    store = open_store(sqlite_address)
    yield store
    store.close()


def test_a_closed_store_takes_nothing(lite):
    lite.close()
    with pytest.raises(StoreUnavailable):
        lite.write(add("a"))


def test_closing_finishes_what_waits(lite):
    in_threads(lambda owner: lite.write(add(owner)), 8)
    lite.close()
    assert len(names(lite)) == 8
    lite.engine.dispose()


def test_a_write_that_never_began_is_taken_back_after_its_time(lite, monkeypatch):
    monkeypatch.setattr(engine_module, "WRITE_TIMEOUT_SECONDS", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def hold(_connection):
        begun.set()
        go_on.wait(10)

    def held(_owner):
        with pytest.raises(StoreUnavailable, match="too long"):
            lite.write(hold)

    holder = threading.Thread(target=held, args=("",))
    holder.start()
    assert begun.wait(10)
    with pytest.raises(StoreUnavailable, match="too long"):
        lite.write(add("late"))
    holder.join(10)
    monkeypatch.undo()
    go_on.set()
    lite.write(add("after"))
    assert names(lite) == ["after"]


def test_another_process_that_holds_the_lock_makes_the_store_unavailable(sqlite_address, lite):
    other = open_store(sqlite_address)
    with other.engine.connect() as connection, lite.engine.connect() as quick:
        quick.exec_driver_sql("PRAGMA busy_timeout=1")
        quick.close()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            lite.write(add("a"))
        connection.exec_driver_sql("ROLLBACK")
    other.close()


def test_reading_goes_on_while_another_writes(lite):
    begun, go_on = threading.Event(), threading.Event()

    def hold(connection):
        add("a")(connection)
        begun.set()
        go_on.wait(10)

    holder = threading.Thread(target=lite.write, args=(hold,))
    holder.start()
    assert begun.wait(10)
    assert names(lite) == []
    go_on.set()
    holder.join(10)
    wait_until(lambda: names(lite) == ["a"])


def test_every_write_is_durable_before_it_returns(lite):
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with lite.engine.connect() as connection:
        for name, value in pragmas.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


OPEN = (
    "import sys; from integration.store.engine import open_store; open_store(sys.argv[1]).close()"
)


def test_several_processes_may_open_a_new_database_at_once(tmp_path):
    address = f"sqlite:///{tmp_path / 'new' / 'casewarden.sqlite3'}"
    command = [sys.executable, "-c", OPEN, address]
    starting = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    said = [one.communicate(timeout=60)[1].decode() for one in starting]
    assert [one.returncode for one in starting] == [0, 0, 0], said


def test_threads_may_open_a_new_database_at_once(tmp_path):
    address = f"sqlite:///{tmp_path / 'casewarden.sqlite3'}"
    in_threads(lambda _owner: open_store(address).close(), 4)


def test_the_folder_of_a_new_database_is_its_owners_only(tmp_path):
    open_store(f"sqlite:///{tmp_path / 'state' / 'casewarden.sqlite3'}").close()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("sqlite://", "in-memory"),
        ("sqlite:///:memory:", "in-memory"),
        ("mysql://user:hidden@192.0.2.1/x", "mysql is not sqlite or postgresql"),
        ("sqlite:////proc/nowhere/casewarden.sqlite3", "cannot be made"),
        (CANARY, "database_url"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address, says):
    with pytest.raises(Misconfigured, match=says) as refused:
        open_store(address)
    assert "hidden" not in str(refused.value)
    assert CANARY not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "casewarden.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(Misconfigured, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'casewarden.sqlite3'}")


def test_a_database_of_a_newer_release_is_refused(lite, sqlite_address):
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    lite.write(lambda c: c.execute(newer))
    with pytest.raises(Misconfigured, match="newer"):
        open_store(sqlite_address)
