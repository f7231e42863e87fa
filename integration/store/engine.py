"""Opening the database, and the one way to write to it.

SQLite has one writer at a time, and several busy-wait on its lock (p99 near a second); so on SQLite
all writes of a process go through one thread that commits what is waiting as one transaction.
"""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from casebook.errors import Misconfigured, StoreUnavailable
from integration.store.migrate import upgrade

T = TypeVar("T")
Job = Callable[[Connection], T]
# Enough to fill a commit under load, few enough that one commit stays under some milliseconds.
BATCH = 64
WRITE_TIMEOUT_SECONDS = 8.0
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL: what was acknowledged survives a power cut, not only a kill.
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
)


class Store:
    """A database, and reads and writes on it as functions of a connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = _GroupCommit(engine) if engine.dialect.name == "sqlite" else None

    def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction and return after its commit.

        Raise StoreUnavailable when it cannot be stored in time; errors of the job itself are
        raised as they are, and nothing of the job is kept.
        """
        try:
            if self._writer is not None:
                return self._writer.run(job)
            with self.engine.begin() as connection:
                return job(connection)
        except (DBAPIError, PoolTimeout) as error:
            raise StoreUnavailable(
                f"the database refused a write: {type(error).__name__}"
            ) from error

    def read(self, job: Job[T]) -> T:
        """Run `job` on a reading connection; raise StoreUnavailable when there is none."""
        try:
            with self.engine.connect() as connection:
                return job(connection)
        except (DBAPIError, PoolTimeout) as error:
            raise StoreUnavailable(
                f"the database refused a read: {type(error).__name__}"
            ) from error

    def close(self) -> None:
        """Finish waiting writes and close every connection."""
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()


def open_store(address: str) -> Store:
    """Open (and make or upgrade) the database at an SQLAlchemy address."""
    url = _url_of(address)
    if url.get_backend_name() == "sqlite":
        _make_folder(url.database)
        # AUTOCOMMIT leaves transactions to us: a "begin" listener would also lock reads.
        engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_timeout=2)
        event.listen(engine, "connect", _set_pragmas)
    elif url.get_backend_name() == "postgresql":
        engine = create_engine(url, pool_pre_ping=True, pool_timeout=2, pool_size=8)
    else:
        raise Misconfigured(f"database_url: {url.get_backend_name()} is not sqlite or postgresql")
    try:
        upgrade(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise Misconfigured(
            f"the database {url.render_as_string()} cannot be opened: {error.__class__.__name__}. "
            "Check database_url, the folder's permissions and the disk."
        ) from error
    except CommandError as error:
        engine.dispose()
        raise Misconfigured(
            f"the database {url.render_as_string()} was made by a newer release; install that one"
        ) from error
    return Store(engine)


def _url_of(address: str) -> URL:
    try:
        return make_url(address)
    except ArgumentError:
        # The error would quote the address, and a password with it.
        raise Misconfigured("database_url is not an SQLAlchemy address") from None


def _make_folder(database: str | None) -> None:
    if not database or database == ":memory:":
        raise Misconfigured("database_url: an in-memory database would lose events; name a file")
    folder = Path(database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Misconfigured(
            f"the state folder {folder} cannot be made: {error.strerror}"
        ) from error
    if not os.access(folder, os.W_OK):
        raise Misconfigured(f"the state folder {folder} is not writable")


def _set_pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a DBAPI connection has no type
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


class _Waiting:
    """A write that waits for the writer, and its answer."""

    __slots__ = ("answer", "job")

    def __init__(self, job: Job[object]) -> None:
        self.job = job
        self.answer: Future[object] = Future()


class _GroupCommit:
    """One thread that runs every write, many in one commit; each is undone alone if it fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def run(self, job: Job[T]) -> T:
        if self._closed.is_set():
            raise StoreUnavailable("the store is closed")
        waiting = _Waiting(job)
        self._waiting.put(waiting)
        try:
            return waiting.answer.result(WRITE_TIMEOUT_SECONDS)  # type: ignore[return-value]
        except TimeoutError as error:
            # A write that has not begun is taken back; one that has may still land.
            waiting.answer.cancel()
            raise StoreUnavailable("the database took too long to write") from error

    def close(self) -> None:
        self._closed.set()
        self._waiting.put(None)
        self._thread.join(WRITE_TIMEOUT_SECONDS)

    def _serve(self) -> None:
        while True:
            batch, last = self._next_batch()
            if batch:
                self._commit(batch)
            if last:
                return

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        first = self._waiting.get()
        if first is None:
            return [], True
        batch = [first]
        while len(batch) < BATCH:
            try:
                more = self._waiting.get_nowait()
            except queue.Empty:
                break
            if more is None:
                return batch, True
            batch.append(more)
        return batch, False

    def _commit(self, batch: list[_Waiting]) -> None:
        batch = [waiting for waiting in batch if waiting.answer.set_running_or_notify_cancel()]
        done: list[tuple[_Waiting, object, Exception | None]] = []
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    done = [(waiting, *_run_alone(connection, waiting.job)) for waiting in batch]
                    connection.exec_driver_sql("COMMIT")
                except BaseException:
                    connection.exec_driver_sql("ROLLBACK")
                    raise
        # The edge of the writer thread: whatever happens is the waiting callers' answer.
        except Exception as error:  # noqa: BLE001
            for waiting in batch:
                waiting.answer.set_exception(error)
            return
        for waiting, value, failure in done:
            if failure is None:
                waiting.answer.set_result(value)
            else:
                waiting.answer.set_exception(failure)


def _run_alone(connection: Connection, job: Job[object]) -> tuple[object, Exception | None]:
    """Run one write inside the batch; undo it alone when it fails."""
    connection.exec_driver_sql("SAVEPOINT one")
    try:
        value = job(connection)
    # Its error is the caller's answer, and the others of the batch must not suffer.
    except Exception as error:  # noqa: BLE001
        connection.exec_driver_sql("ROLLBACK TO one")
        connection.exec_driver_sql("RELEASE one")
        return None, error
    connection.exec_driver_sql("RELEASE one")
    return value, None
