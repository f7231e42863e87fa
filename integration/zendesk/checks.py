"""Is the desk as we need it? Reading only; each check says what was found and what mends it.

`ok` is None for what is worth knowing but stops nothing, and for what could not be checked.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests

from casebook.errors import DeskError, DeskUnavailable
from casebook.ports import Clock
from integration.signature import instant
from integration.zendesk.provision.apply import signing_secret
from integration.zendesk.provision.found import DeskCalls, Found, FoundUser, FoundWebhook
from integration.zendesk.provision.plan import FULL_ROLE
from integration.zendesk.provision.steps import ProvisionPlan, ours
from integration.zendesk.provision.wanted import Kind, Wanted
from integration.zendesk.transport import TIMEOUT

API_TOKENS_END_ON = date(2027, 4, 30)
# The desk's clock ticks in whole seconds; more than this is a clock that nobody sets.
SKEW_ALLOWED = timedelta(seconds=60)
_NAMED = 4
PROVISION = "run `casewarden provision plan`, then `casewarden provision apply`"
_CREDENTIALS = (
    "check oauth_client_id and oauth_client_secret (Admin Center → Apps and integrations → APIs → "
    "OAuth clients)"
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`. `mend` is empty where there is nothing to do."""

    name: str
    ok: bool | None
    detail: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """An answer of the desk to a stranger: its clock (None where it told no time) and ours."""

    status: int
    desk_at: datetime | None
    our_at: datetime


def reach(address: str, clock: Clock) -> Reached:
    """Knock at the desk without credentials; raise DeskUnavailable where nobody answers.

    Any answer will do, a refusal too. `our_at` is the middle of the call.
    """
    session = requests.Session()
    session.trust_env = False
    before = clock.now()
    try:
        with (
            session,
            session.get(
                f"{address}/api/v2/users/me.json", timeout=TIMEOUT, allow_redirects=False
            ) as answer,
        ):
            after = clock.now()
            told = answer.headers.get("Date")
            return Reached(answer.status_code, _told(told), before + (after - before) / 2)
    except requests.RequestException as error:
        raise DeskUnavailable(f"the desk could not be reached: {type(error).__name__}") from None


def _told(date_header: str | None) -> datetime | None:
    try:
        told = parsedate_to_datetime(date_header or "")
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def check_reached(address: str, reached: Reached) -> Check:
    """Does a desk answer at this address? Zendesk redirects and 404s for accounts it lacks."""
    host = urlsplit(address).netloc
    if reached.status in {200, 401, 403, 429}:
        return Check("desk", True, f"{host} answers")
    detail = f"{host} answers {reached.status}, which is not a desk's answer"
    return Check("desk", False, detail, "check zendesk_url")


def check_clock(reached: Reached) -> Check:
    """Do our clocks agree? A webhook's signature is refused when they do not."""
    if reached.desk_at is None:
        return Check("clock", None, "the desk told no time")
    skew = reached.our_at - reached.desk_at
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= SKEW_ALLOWED:
        return Check("clock", True, f"{seconds} s from the desk's")
    way = "ahead of" if skew > timedelta(0) else "behind"
    mend = "let this machine set its clock by NTP"
    return Check("clock", False, f"ours is {seconds} s {way} the desk's", mend)


def check_user(user: FoundUser) -> Check:
    """Are the credentials taken, and is the role enough?"""
    if user.id is None or user.role == "end-user":
        detail = "the desk does not take our credentials for an agent's"
        return Check("credentials", False, detail, _CREDENTIALS)
    if user.role == FULL_ROLE:
        return Check("credentials", True, f"we are user #{user.id}, an administrator")
    if user.custom_role_id is not None:
        detail = f"we are user #{user.id} with custom role #{user.custom_role_id}"
        mend = "incremental exports need an administrator; make the bot one if it reads them"
        return Check("credentials", None, detail, mend)
    mend = "make the bot an administrator, or give it a custom role"
    return Check("credentials", False, f"user #{user.id} is only an {user.role}", mend)


def check_token_expiry(desk: DeskCalls, now: datetime) -> Check:
    """Until when is the OAuth token good? It is renewed by itself."""
    try:
        answer = desk.call("GET", "/api/v2/oauth/tokens/current.json")
    except DeskError as error:
        return Check("token", None, f"the desk does not say when it ends ({error.status})")
    told = (answer or {}).get("token", {}).get("expires_at")
    until = instant(str(told)) if told else None
    if until is None:
        mend = "give the OAuth client an expiry, so that a stolen token dies"
        return Check("token", None, "it never ends", mend)
    minutes = int((until - now) / timedelta(minutes=1))
    if minutes < 0:
        mend = "compare our clock with the desk's, and check the OAuth client"
        return Check("token", False, f"it ended {-minutes} minutes ago", mend)
    return Check("token", True, f"good for {minutes} minutes, and renewed by itself")


def check_api_token(today: date, *, in_use: bool) -> Check:
    """Legacy API tokens end for good."""
    if not in_use:
        return Check("api token", True, "none in use")
    days = (API_TOKENS_END_ON - today).days
    mend = "make an OAuth client and set oauth_client_id and oauth_client_secret"
    if days < 0:
        return Check("api token", False, f"Zendesk ended them on {API_TOKENS_END_ON}", mend)
    detail = f"in use; Zendesk ends them on {API_TOKENS_END_ON}, in {days} days"
    return Check("api token", None, detail, mend)


def check_account(found: Found, recorded: str | None) -> Check:
    """Are the ids that we know this desk's?"""
    if recorded is None:
        return Check("provisioned", False, "this desk was never provisioned", PROVISION)
    if recorded != found.user.account:
        detail = f"the ids that we know are those of {recorded}, this is {found.user.account}"
        return Check("provisioned", False, detail, PROVISION)
    return Check("provisioned", True, f"for {recorded}")


def check_objects(kind: Kind, plan: ProvisionPlan, known: Iterable[str]) -> Check:
    """Is everything of a kind there, active and as it should be, and do we know its id?"""
    steps = [step for step in plan.steps if step.kind == kind]
    ids = frozenset(known)
    missing = [step.name for step in steps if step.verb == "add"]
    faults = [f"{len(missing)} of {len(steps)} missing: {_first(missing)}"] if missing else []
    faults += [f"{s.name}: {'; '.join(s.details)}" for s in steps if s.verb == "change"]
    faults += [f"{s.name}: {'; '.join(s.details)}" for s in steps if s.verb == "conflict"]
    unknown = [s.name for s in steps if s.verb in {"keep", "adopt"} and s.desk_id not in ids]
    if unknown:
        faults.append(f"there, but we do not know the id of {_first(unknown)}")
    name = f"{kind}s"
    if not faults:
        return Check(name, True, f"all {len(steps)} are there")
    return Check(name, False, " · ".join(faults), PROVISION)


def check_endpoint(wanted: Wanted, found: Found, address: str) -> Check:
    """Does our webhook send to where we are, and can the desk get there?"""
    hook = our_webhook(wanted, found)
    endpoint = wanted.webhook.endpoint
    if hook is None:
        return Check("endpoint", None, "not checked: there is no webhook")
    if hook.endpoint != endpoint:
        detail = f"the webhook sends to {hook.endpoint}, and public_url says {endpoint}"
        return Check("endpoint", False, detail, f"set public_url, or {PROVISION}")
    if _is_loopback(endpoint) and not _is_loopback(address):
        detail = f"{endpoint} is this very machine, which the desk cannot reach"
        return Check("endpoint", False, detail, f"set public_url, then {PROVISION}")
    return Check("endpoint", True, endpoint)


def check_signing_secret(
    wanted: Wanted, found: Found, desk: DeskCalls, live: Iterable[str]
) -> Check:
    """Do we know the secret that the desk signs with? It is compared and never shown."""
    hook = our_webhook(wanted, found)
    if hook is None:
        return Check("signing secret", None, "not checked: there is no webhook")
    ours_now = list(live)
    if not ours_now:
        return Check("signing secret", False, "we know none", PROVISION)
    theirs = signing_secret(desk, hook.id).encode()
    matches = [hmac.compare_digest(one.encode(), theirs) for one in ours_now]
    if any(matches):
        return Check("signing secret", True, "the desk's is one that we take")
    detail = "the desk signs with another one, so that all its events are refused"
    return Check("signing secret", False, detail, PROVISION)


def check_private_groups(wanted: Wanted, plan: ProvisionPlan, found: Found) -> Check:
    """What keeps other agents from reading restricted tickets?"""
    by_id = {group.id: group for group in found.groups}
    names = {group.name for group in wanted.groups if group.restricted}
    steps = [step for step in plan.steps if step.kind == "group" and step.key in names]
    there = [(step.key, by_id[step.desk_id]) for step in steps if step.desk_id in by_id]
    if not there:
        return Check("restricted groups", None, "not checked: there are none")
    public = sorted(name for name, group in there if group.is_public)
    outside = sorted(
        name
        for name, group in there
        if not group.is_public and int(group.id) not in found.user.member_of
    )
    if outside:
        detail = f"private, and the bot is not in them: {', '.join(outside)}"
        return Check("restricted groups", False, detail, "add the bot to these groups")
    if not public:
        return Check("restricted groups", True, "private: only their members see their tickets")
    detail = f"restricted groups are public groups here: {', '.join(public)}"
    mend = "use role ticket_access within-groups for the agents who must not read these tickets"
    return Check("restricted groups", None, detail, mend)


def our_webhook(wanted: Wanted, found: Found) -> FoundWebhook | None:
    """The webhook that carries our mark, None where there is none."""
    return ours(found.webhooks, wanted.webhook.key)[0]


def _first(names: list[str]) -> str:
    """Enough names to know what it is about."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
