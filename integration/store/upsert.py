"""Insert-or-update and insert-or-ignore, which both databases spell in their own dialect."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    connection: Connection, table: Table, values: Mapping[str, object], *, keys: Sequence[str]
) -> None:
    """Insert a row, or set its other columns where the key is taken."""
    rest = {name: value for name, value in values.items() if name not in keys}
    if connection.dialect.name == "postgresql":
        pg = postgresql.insert(table).values(**values)
        connection.execute(pg.on_conflict_do_update(index_elements=list(keys), set_=rest))
    else:
        lite = sqlite.insert(table).values(**values)
        connection.execute(lite.on_conflict_do_update(index_elements=list(keys), set_=rest))


def insert_new(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless any unique column is taken; tell whether it is new."""
    if connection.dialect.name == "postgresql":
        pg = postgresql.insert(table).values(**values).on_conflict_do_nothing()
        return connection.execute(pg).rowcount == 1
    lite = sqlite.insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(lite).rowcount == 1
