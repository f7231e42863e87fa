"""Every table of the product. No column holds ticket text but `inbox.body`, which is sealed."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC; SQLite, which knows no time zones, keeps it as UTC text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time, and store everything in UTC."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every time back aware."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite numbers rows by itself only for its own INTEGER type.
RowId = BigInteger().with_variant(Integer, "sqlite")

# Every verified delivery. Duplicates fall on the two unique columns.
inbox = Table(
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("invocation_id", String(64), nullable=False, unique=True),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("type", String(64), nullable=False),
    Column("event_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("found_by", String(16), nullable=False),
    Column("sequence_id", String(64)),
    Column("sequence_position", Integer, nullable=False, server_default=text("0")),
    Column("body", LargeBinary),
    Column("done_at", Instant),
    Column("outcome", String(32)),
)
Index(
    "ix_inbox_open",
    inbox.c.ticket_id,
    sqlite_where=inbox.c.done_at.is_(None),
    postgresql_where=inbox.c.done_at.is_(None),
)

# One row per ticket with open events, so that one worker at a time touches a ticket.
# state: 0 waiting, 1 claimed, 3 dead letter.
work = Table(
    "work",
    metadata,
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lane", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False, server_default=text("0")),
    Column("run_at", Instant, nullable=False),
    Column("dirty", Integer, nullable=False, server_default=text("1")),
    Column("claimed", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("lease_until", Instant),
    Column("owner", String(64)),
    Column("last_error", String(64)),
)
Index(
    "ix_work_waiting",
    work.c.lane,
    work.c.run_at,
    sqlite_where=work.c.state == 0,
    postgresql_where=work.c.state == 0,
)

# One row before each remote write, so that an unclear outcome is settled and never repeated.
effect = Table(
    "effect",
    metadata,
    Column("decision_id", String(64), primary_key=True),
    Column("ticket_id", BigInteger, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("audit_id", BigInteger),
    Column("at", Instant, nullable=False),
)

# What people decided about a ticket; see casebook.case.
casefile = Table(
    "casefile",
    metadata,
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Column("removed", Text, nullable=False),
    Column("held", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("ticket_id", BigInteger, index=True),
    Column("decision_id", String(64), index=True),
    Column("facts", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
)

# Names on this desk and their ids, written by `provision`.
desk_object = Table(
    "desk_object",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("desk_id", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)

# Sealed secrets that the product itself received or made, such as the webhook's signing secret.
secret = Table(
    "secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
)

# Model bundles that may be loaded: a bundle whose digest is not here is refused.
shelf = Table(
    "shelf",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("path", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)

# The last slot of each scheduled job that some process has claimed.
slot = Table(
    "slot",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("last_slot", Instant, nullable=False),
)

# A minute's queue health: counts and times only.
pulse = Table(
    "pulse",
    metadata,
    Column("at", Instant, primary_key=True),
    Column("facts", Text, nullable=False),
)
