"""Names on this desk and their ids, and the sealed secrets that belong to it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import delete, select

from integration.store.engine import Store
from integration.store.sealing import KeyRing
from integration.store.tables import desk_object, secret
from integration.store.upsert import upsert

GROUP, FIELD, MACRO, USER, WEBHOOK, ACCOUNT = (
    "group",
    "field",
    "macro",
    "user",
    "webhook",
    "account",
)
BOT = "bot"


class StoredDirectory:
    """`casebook.ports.Directory` on the database, filled by `provision`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def groups(self) -> Mapping[str, int]:
        """Group ids by name."""
        return self._ids(GROUP)

    def fields(self) -> Mapping[str, int]:
        """Ids of our custom fields by key."""
        return self._ids(FIELD)

    def macros(self) -> Mapping[str, int]:
        """Macro ids by title."""
        return self._ids(MACRO)

    def bot_id(self) -> int | None:
        """The user that we act as, None before `provision`."""
        return self._ids(USER).get(BOT)

    def named(self, kind: str) -> Mapping[str, str]:
        """Every known name of a kind with its id as the desk spells it."""
        query = select(desk_object.c.name, desk_object.c.desk_id).where(desk_object.c.kind == kind)
        return self._store.read(lambda c: {row.name: row.desk_id for row in c.execute(query)})

    def put(self, kind: str, name: str, desk_id: str) -> None:
        """Remember an object's id."""
        values = {"kind": kind, "name": name, "desk_id": desk_id, "at": datetime.now(UTC)}
        self._store.write(lambda c: upsert(c, desk_object, values, keys=("kind", "name")))

    def forget(self, kind: str, name: str) -> None:
        """Forget an object, since it is gone from the desk."""
        gone = delete(desk_object).where(desk_object.c.kind == kind, desk_object.c.name == name)
        self._store.write(lambda c: c.execute(gone))

    def _ids(self, kind: str) -> Mapping[str, int]:
        return {name: int(desk_id) for name, desk_id in self.named(kind).items()}


class Secrets:
    """Secrets that the product received itself, sealed at rest."""

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring

    def get(self, name: str) -> str | None:
        """A secret in clear, None where it was never put."""
        query = select(secret.c.sealed).where(secret.c.name == name)
        sealed = self._store.read(lambda c: c.scalar(query))
        return None if sealed is None else self._ring.open(sealed, place=f"secret|{name}").decode()

    def put(self, name: str, value: str) -> None:
        """Keep a secret."""
        sealed = self._ring.seal(value.encode(), place=f"secret|{name}")
        values = {"name": name, "sealed": sealed, "at": datetime.now(UTC)}
        self._store.write(lambda c: upsert(c, secret, values, keys=("name",)))
