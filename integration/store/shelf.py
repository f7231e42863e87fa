"""Which model bundles may be loaded. joblib files are pickles: only a pinned digest is opened."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select, update

from integration.store.engine import Store
from integration.store.tables import shelf
from integration.store.upsert import upsert

CHAMPION, RETIRED = "champion", "retired"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A pinned bundle: where it lies and the digest that it must have."""

    digest: str
    name: str
    path: Path
    state: str


class Shelf:
    """Pinned bundles; at most one is the champion, which acts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def champion(self) -> Shelved | None:
        """The bundle in force, None before the first training."""
        query = select(shelf).where(shelf.c.state == CHAMPION)
        row = self._store.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else Shelved(row.digest, row.name, Path(row.path), row.state)

    def promote(self, digest: str, *, name: str, path: Path) -> None:
        """Pin a bundle and put it in force; the one before retires."""
        self._store.write(lambda c: _promote(c, digest, name, path))


def _promote(connection: Connection, digest: str, name: str, path: Path) -> None:
    connection.execute(update(shelf).where(shelf.c.state == CHAMPION).values(state=RETIRED))
    values = {
        "digest": digest,
        "name": name,
        "path": str(path),
        "state": CHAMPION,
        "at": datetime.now(UTC),
    }
    upsert(connection, shelf, values, keys=("digest",))
