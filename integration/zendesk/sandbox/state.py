"""The desk in memory: every book of it, behind one lock."""

from __future__ import annotations

import secrets
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.access import Access, OAuthClient
from integration.zendesk.sandbox.calls import CallLog
from integration.zendesk.sandbox.fields import FieldBook
from integration.zendesk.sandbox.ids import Ids
from integration.zendesk.sandbox.jobs import JobBook
from integration.zendesk.sandbox.limits import Limits
from integration.zendesk.sandbox.macros import MacroBook
from integration.zendesk.sandbox.people import People
from integration.zendesk.sandbox.rules import UNLIMITED, DeliveryRules, Plan
from integration.zendesk.sandbox.values import Json, Ticket, User
from integration.zendesk.sandbox.webhooks import WebhookBook

Clock = Callable[[], datetime]
_COMPACT_ABOVE = 5_000


def utc_now() -> datetime:
    """The instant, aware."""
    return datetime.now(UTC)


@dataclass(slots=True)
class TicketBook:
    """All tickets, the numbers still alive in order, and a log of what changed when.

    The log keeps one live entry per ticket; older ones are skipped, and swept out when they
    are the majority.
    """

    tickets: dict[int, Ticket] = field(default_factory=dict)
    alive: list[int] = field(default_factory=list)
    _log: list[tuple[int, int]] = field(default_factory=list)
    _seconds: list[int] = field(default_factory=list)

    def add(self, ticket: Ticket) -> None:
        """Keep a new ticket; numbers only grow."""
        self.tickets[ticket.id] = ticket
        self.alive.append(ticket.id)

    def bury(self, ticket: Ticket) -> None:
        """Take a deleted ticket out of the lists."""
        ticket.deleted = True
        del self.alive[bisect_left(self.alive, ticket.id)]

    def moved(self, ticket: Ticket, seq: int, now: datetime) -> None:
        """Note that a ticket changed; `seq` only grows."""
        ticket.changed_seq, ticket.generated_at = seq, now
        self._log.append((seq, ticket.id))
        self._seconds.append(max(int(now.timestamp()), self._seconds[-1] if self._seconds else 0))
        if len(self._log) > _COMPACT_ABOVE + 2 * len(self.tickets):
            self._compact()

    def changed_after(self, seq: int) -> Iterator[Ticket]:
        """Tickets changed after a place in the log, in that order."""
        yield from self._from(bisect_right(self._log, (seq, 1 << 62)))

    def changed_since(self, second: int) -> Iterator[Ticket]:
        """Tickets changed at or after a Unix second, in that order."""
        yield from self._from(bisect_left(self._seconds, second))

    def place_before(self, second: int) -> int:
        """The place after which changes from a Unix second on will be found."""
        index = bisect_left(self._seconds, second)
        return self._log[index - 1][0] if index else 0

    def _from(self, place: int) -> Iterator[Ticket]:
        for index in range(place, len(self._log)):
            seq, number = self._log[index]
            if self.tickets[number].changed_seq == seq:
                yield self.tickets[number]

    def _compact(self) -> None:
        kept = [
            index
            for index, (seq, number) in enumerate(self._log)
            if self.tickets[number].changed_seq == seq
        ]
        self._log = [self._log[index] for index in kept]
        self._seconds = [self._seconds[index] for index in kept]


@dataclass(frozen=True, slots=True)
class Once:
    """The answer kept for an idempotency key."""

    fingerprint: str
    body: Json
    location: str
    until: float


@dataclass(slots=True)
class DeskState:
    """One Zendesk account. Hold `lock` while reading or changing anything in it.

    `last_minute_rule` keeps the newest minute out of incremental exports, as Zendesk does;
    `admins_see_private_groups` lets admins into private groups that they do not belong to.
    """

    plan: Plan = UNLIMITED
    rules: DeliveryRules = field(default_factory=DeliveryRules)
    clock: Clock = utc_now
    name: str = "Sandbox desk"
    account_id: int = 22_129_848
    client_id: str = "casewarden_bot"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    api_token: str = field(default_factory=lambda: secrets.token_hex(20))
    last_minute_rule: bool = True
    admins_see_private_groups: bool = False
    lock: RLock = field(default_factory=RLock)
    ids: Ids = field(default_factory=Ids)
    tickets: TicketBook = field(default_factory=TicketBook)
    calls: CallLog = field(default_factory=CallLog)
    once: dict[str, Once] = field(default_factory=dict)
    people: People = field(init=False)
    fields: FieldBook = field(init=False)
    macros: MacroBook = field(init=False)
    jobs: JobBook = field(init=False)
    access: Access = field(init=False)
    limits: Limits = field(init=False)
    webhooks: WebhookBook = field(init=False)
    bot: User = field(init=False)
    agent: User = field(init=False)
    brand_id: int = field(init=False)
    form_id: int = field(init=False)

    def __post_init__(self) -> None:
        now = self.clock()
        self.people, self.fields = People(self.ids), FieldBook(self.ids)
        self.macros, self.jobs = MacroBook(self.ids), JobBook()
        self.limits = Limits(enforced=self.plan.enforced)
        self.webhooks = WebhookBook(self.rules.kept_invocations)
        self.brand_id, self.form_id = self.ids.next(), self.ids.next()
        self.fields.add_system_fields(now)
        self.bot = self.people.add("Casewarden bot", "bot@example.org", role="admin", now=now)
        self.agent = self.people.add("Support agent", "agent@example.org", role="agent", now=now)
        support = self.people.add_group({"name": "Support"}, now)
        for user in (self.bot, self.agent):
            self.people.join(user, support, now)
        client = OAuthClient(self.client_id, self.client_secret, self.bot.id)
        self.access = Access(self.ids, self.people, self.api_token, {client.identifier: client})

    def may_see(self, actor: User, ticket: Ticket) -> bool:
        """Private groups hide tickets from agents outside; followers and parties still see."""
        facts = ticket.facts
        if not actor.is_staff:
            return actor.id in {facts.requester_id, *facts.email_cc_ids, *facts.collaborator_ids}
        group = self.people.groups.get(facts.group_id or 0)
        if group is None or group.is_public or self.people.is_member(actor, group.id):
            return True
        if self.admins_see_private_groups and actor.role == "admin":
            return True
        return actor.id in {facts.requester_id, *facts.follower_ids, *facts.email_cc_ids}

    def ticket(self, ticket_id: int, actor: User) -> Ticket:
        """A ticket this user may see, or 404."""
        found = self.tickets.tickets.get(ticket_id)
        if found is None or found.deleted or not self.may_see(actor, found):
            raise errors.not_found()
        return found
