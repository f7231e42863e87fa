"""Is this installation healthy? Reads only, and says for every fault what mends it."""

import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text

from casebook.errors import CaseworkError, DeskError
from classifier.bundle import BundleRefused, load_bundle
from integration.store.directory import ACCOUNT
from integration.store.engine import Store
from integration.store.shelf import Shelved
from integration.zendesk.checks import (
    Check,
    Reached,
    check_account,
    check_api_token,
    check_clock,
    check_endpoint,
    check_objects,
    check_private_groups,
    check_reached,
    check_signing_secret,
    check_token_expiry,
    check_user,
    reach,
)
from integration.zendesk.provision import read_desk
from integration.zendesk.provision.apply import DESK
from integration.zendesk.provision.found import Found, read_user
from integration.zendesk.provision.plan import plan_provision
from integration.zendesk.provision.wanted import Kind
from operations.models import STARTER
from operations.provisioning import wanted_of
from operations.wiring import Services

# SQLite's WAL-reset bug can damage a database when two connections write or checkpoint at the
# same instant. Mended in 3.51.3, and in these releases of older lines.
WAL_MENDED = (3, 51, 3)
WAL_MENDED_LINES = ((3, 44, 6), (3, 50, 7))
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OBJECTS: tuple[Kind, ...] = ("group", "field", "macro", "webhook")


def run_doctor(services: Services) -> list[Check]:
    """Every check, local ones first; a fault of one does not keep the others from running."""
    return [*_local_checks(services), *_desk_checks(services)]


def check_state_folder(folder: Path) -> Check:
    """Can we write to the state folder, and nobody else read it? It holds keys and the database."""
    if not folder.exists():
        return Check("state folder", None, f"{folder} is not there yet; it is made on first use")
    open_to_others = [
        path for path in (folder, *_private_files(folder)) if path.stat().st_mode & _OTHERS
    ]
    if open_to_others:
        detail = f"others may open {', '.join(str(path) for path in open_to_others)}"
        return Check("state folder", False, detail, f"run `chmod -R go= {folder}`")
    return Check("state folder", True, f"{folder} is ours alone")


def _private_files(folder: Path) -> Iterator[Path]:
    # The database is guarded by the folder; a key is worth a guard of its own.
    yield from sorted((folder / "keys").glob("*"))


def check_database(store: Store) -> Check:
    """Can the database be read and written? Raise StoreUnavailable where it cannot."""
    store.write(lambda connection: connection.execute(text("SELECT 1")).scalar())
    kind = store.engine.dialect.name
    if kind != "sqlite":
        return Check("database", True, f"{kind} takes reads and writes")
    mode = store.read(lambda c: c.execute(text("PRAGMA journal_mode")).scalar())
    if mode != "wal":
        detail = f"SQLite journals by {mode}, so that readers and the writer wait for each other"
        return Check("database", False, detail, "put state_dir on a local disk")
    return Check("database", True, "SQLite takes reads and writes")


def check_sqlite_version(version: str) -> Check:
    """Is this SQLite free of the WAL-reset bug?"""
    parts = tuple(int(part) for part in version.split(".")[:3])
    mended = parts >= WAL_MENDED or any(
        parts[:2] == line[:2] and parts >= line for line in WAL_MENDED_LINES
    )
    if mended:
        return Check("sqlite version", True, version)
    detail = f"{version} has the WAL-reset bug, which can, rarely, damage the database"
    mend = "use SQLite 3.51.3 or later (or 3.50.7, 3.44.6), or PostgreSQL by database_url"
    return Check("sqlite version", None, detail, mend)


def check_bundle(champion: Shelved | None, load: Callable[[Path, str], object]) -> Check:
    """Can the model in force be loaded, from the very files that were pinned?"""
    if champion is None:
        return Check("model", None, "none yet; the starter model is trained on first use")
    try:
        load(champion.path, champion.digest)
    except BundleRefused as error:
        mend = "put the pinned bundle back, or train and promote another"
        return Check("model", False, str(error), mend)
    detail = f"{champion.name} {champion.digest[:12]}"
    if champion.name == STARTER:
        mend = "see docs/classifier.md for what it was measured on"
        return Check("model", None, f"{detail}, made from written examples", mend)
    return Check("model", True, detail)


def _local_checks(services: Services) -> Iterator[Check]:
    yield check_state_folder(services.settings.state_dir)
    yield from _guarded("database", lambda: [check_database(services.store)])
    if services.settings.database.startswith("sqlite"):
        yield check_sqlite_version(sqlite3.sqlite_version)
    yield from _guarded("model", lambda: [check_bundle(services.shelf.champion(), _load)])


def _load(path: Path, digest: str) -> object:
    return load_bundle(path, pinned=digest)


def _desk_checks(services: Services) -> Iterator[Check]:
    settings, address = services.settings, services.settings.zendesk_url
    in_use = settings.oauth_client_secret is None and settings.api_token is not None
    yield check_api_token(services.clock.now().date(), in_use=in_use)
    try:
        reached: Reached = reach(address, services.clock)
    except DeskError as error:
        yield Check("desk", False, str(error), "check zendesk_url and the network")
        return
    answered = check_reached(address, reached)
    yield answered
    yield check_clock(reached)
    if answered.ok:
        yield from _guarded("credentials", lambda: _inside_checks(services))


def _inside_checks(services: Services) -> Iterator[Check]:
    yield check_user(read_user(services.desk))
    yield check_token_expiry(services.desk, services.clock.now())
    yield from _guarded("provisioned", lambda: _object_checks(services, read_desk(services.desk)))


def _object_checks(services: Services, found: Found) -> Iterator[Check]:
    wanted = wanted_of(services)
    plan = plan_provision(wanted, found)
    directory = services.directory
    yield check_account(found, directory.named(ACCOUNT).get(DESK))
    for kind in _OBJECTS:
        yield check_objects(kind, plan, directory.named(kind).values())
    yield check_endpoint(wanted, found, services.settings.zendesk_url)
    yield check_signing_secret(wanted, found, services.desk, services.receiving_secrets())
    yield check_private_groups(wanted, plan, found)


def _guarded(name: str, checks: Callable[[], Iterator[Check] | list[Check]]) -> Iterator[Check]:
    """The checks, and a fault where one of them cannot be carried out."""
    try:
        yield from checks()
    except CaseworkError as error:
        yield Check(name, False, str(error), "mend this first; what comes after it was not checked")
