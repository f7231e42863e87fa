"""Putting the parts together from the settings. Nothing is opened before it is asked for."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

import structlog
from pydantic import SecretStr

from casebook.errors import CaseworkError
from casebook.modes import Mode
from casebook.ports import Clock, Predictor
from casebook.settings import Settings
from casebook.taxonomy import Taxonomy, taxonomy
from integration.inbox import Inbox
from integration.signature import PUBLIC_TEST_SECRET
from integration.store.casefile import Casefile
from integration.store.directory import BOT, USER, Secrets, StoredDirectory
from integration.store.effects import Effects
from integration.store.engine import Store, open_store
from integration.store.ledger import StoredLedger
from integration.store.sealing import KeyRing, key_ring
from integration.store.shelf import Shelf
from integration.webhook import Receiving
from integration.zendesk.gateway import ZendeskDesk
from integration.zendesk.oauth import Credential, credential_from
from integration.zendesk.provision import SIGNING_SECRET
from macros.library import SopLibrary, load_library
from operations.deciding import decide_with, plan_with
from operations.lanes import lane_of
from operations.pipeline import Pipeline
from operations.telemetry import count_call, count_webhook
from operations.worker import Worker

log = structlog.get_logger()

TEXT_KEY = "text_key"
# A rotated secret is picked up within this time.
SECRETS_KEPT_FOR = timedelta(seconds=10)
# Told how far a long step is: its name, how much is done, how much there is.
Progress = Callable[[str, int, int], None]


def no_progress(step: str, done: int, total: int) -> None:
    """Show nothing."""
    del step, done, total


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


@dataclass
class Services:
    """Everything of one process, made once each and only when needed."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)

    @cached_property
    def store(self) -> Store:
        """The database, at the newest schema."""
        return open_store(self.settings.database)

    @cached_property
    def ring(self) -> KeyRing:
        """The keys that seal the inbox."""
        return key_ring(_clear(self.settings.inbox_keys), self.settings.state_dir / "keys")

    @cached_property
    def inbox(self) -> Inbox:
        """The durable inbox."""
        return Inbox(self.store, self.ring)

    @cached_property
    def ledger(self) -> StoredLedger:
        """The ledger."""
        return StoredLedger(self.store)

    @cached_property
    def directory(self) -> StoredDirectory:
        """Names on the desk and their ids."""
        return StoredDirectory(self.store)

    @cached_property
    def secrets(self) -> Secrets:
        """Secrets that were received."""
        return Secrets(self.store, self.ring)

    @cached_property
    def shelf(self) -> Shelf:
        """The pinned model bundles."""
        return Shelf(self.store)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The vocabulary."""
        return taxonomy()

    @cached_property
    def sops(self) -> SopLibrary:
        """The SOP library."""
        return load_library()

    @cached_property
    def credential(self) -> Credential:
        """The way into the desk; raise Misconfigured where none is set."""
        settings = self.settings
        return credential_from(
            settings.zendesk_url,
            client=(settings.oauth_client_id, _clear(settings.oauth_client_secret)),
            token=(settings.api_email, _clear(settings.api_token)),
            clock=self.clock,
        )

    def require_desk(self) -> None:
        """Raise Misconfigured where no way into the desk is set, before anything long begins."""
        _ = self.credential

    @cached_property
    def desk(self) -> ZendeskDesk:
        """The desk."""
        return ZendeskDesk(
            self.settings.zendesk_url, self.credential, self.directory, on_call=count_call
        )

    def predictor(self, progress: Progress = no_progress) -> Predictor:
        """The champion; on first use the starter bundle is trained and pinned."""
        from operations.models import champion  # noqa: PLC0415 - scikit-learn loads late

        return champion(self.settings.model_dir, self.shelf, self.taxonomy, progress)

    @property
    def modes(self) -> Mapping[str, Mode]:
        """The mode of every sensitive category."""
        return {slug: self.settings.mode_of(slug) for slug in self.taxonomy.sensitive}

    def pipeline(self, predictor: Predictor) -> Pipeline:
        """The way of an event."""
        return Pipeline(
            desk=self.desk,
            predictor=predictor,
            decide=decide_with(self.sops, self.taxonomy, self.modes),
            plan_for=plan_with(self.sops, self.taxonomy),
            effects=Effects(self.store),
            cases=Casefile(self.store),
            clock=self.clock,
            taxonomy=self.taxonomy,
            bot_id=self._bot_id(),
            text_key=self._text_key(),
            versions={"taxonomy": self.taxonomy.version, "code": code_version()},
        )

    def worker(self, pipeline: Pipeline, *, woken: threading.Event | None = None) -> Worker:
        """A worker of the configured threads; setting `woken` makes it look at once."""
        return Worker(
            self.inbox,
            pipeline,
            clock=self.clock,
            threads=self.settings.worker_threads,
            max_attempts=self.settings.max_attempts,
            woken=woken or threading.Event(),
        )

    def receiving(self, wake: Callable[[], None]) -> Receiving:
        """What the webhook's receiving end needs."""
        return Receiving(
            inbox=self.inbox,
            clock=self.clock,
            secrets=self.receiving_secrets,
            count=count_webhook,
            lane_of=lane_of,
            max_bytes=self.settings.webhook_max_bytes,
            tolerance=timedelta(minutes=self.settings.webhook_fresh_minutes),
            wake=wake,
        )

    @cached_property
    def receiving_secrets(self) -> "LiveSecrets":
        """The signing secrets that count now."""
        return LiveSecrets(self)

    def _bot_id(self) -> int | None:
        """The user that we act as; the desk is asked where `provision` has not told yet.

        None while the desk cannot be asked: then echoes of our own writes cost a look each.
        """
        known = self.directory.bot_id()
        if known is None:
            try:
                known = int(self.desk.call("GET", "/api/v2/users/me.json")["user"]["id"])
            except (CaseworkError, KeyError, TypeError, ValueError) as error:
                log.warning("bot_unknown", error=type(error).__name__)
                return None
            self.directory.put(USER, BOT, str(known))
        return known

    def _text_key(self) -> bytes:
        """The key of the digests that recognise words; made once, kept sealed."""
        kept = self.secrets.get(TEXT_KEY)
        if kept is None:
            self.secrets.put(TEXT_KEY, secrets.token_hex(32))
            kept = self.secrets.get(TEXT_KEY) or ""
        return bytes.fromhex(kept)

    def close(self) -> None:
        """Close the database if it was opened."""
        if "store" in self.__dict__:
            self.store.close()


class LiveSecrets:
    """The signing secrets that count now: configured, received, and being rotated out."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept: Sequence[str] = ()
        self._until: datetime | None = None

    def __call__(self) -> Sequence[str]:
        """Every live secret; an empty answer lets no request in."""
        now = self._services.clock.now()
        if self._until is None or now >= self._until:
            self._kept = self._read()
            self._until = now + SECRETS_KEPT_FOR
        return self._kept

    def _read(self) -> Sequence[str]:
        settings, received = self._services.settings, self._services.secrets
        found = [
            _clear(settings.webhook_secret),
            _clear(settings.webhook_secret_previous),
            received.get(SIGNING_SECRET),
            PUBLIC_TEST_SECRET if settings.allow_test_secret else None,
        ]
        # The public test secret counts only where it is allowed, wherever else it was put.
        return [
            one
            for one in found
            if one and (settings.allow_test_secret or one != PUBLIC_TEST_SECRET)
        ]


def code_version() -> str:
    """The installed version of the product."""
    try:
        return version("casewarden")
    except PackageNotFoundError:
        return "unknown"


def _clear(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
