"""What stands on the desk now, as far as provisioning looks at it. Reading only."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from casebook.errors import DeskError, NotAllowed
from integration.zendesk.provision.wanted import Kind, key_in
from integration.zendesk.transport import Method

Row = Mapping[str, Any]
T = TypeVar("T")
_ALL = {"page[size]": "100"}
_ACCOUNT_LETTERS = 64
_NEEDED: Mapping[Kind, str] = {
    "user": "the OAuth scope `read`",
    "group": "an administrator (or a role that manages groups) and the OAuth scope `write`",
    "membership": "an administrator (or a role that manages group memberships) and the OAuth "
    "scope `write`",
    "field": "an administrator (or a role that manages ticket fields) and the OAuth scope `write`",
    "macro": "a role with full macro access and the OAuth scope `write` or `macros:write`",
    "webhook": "an administrator (or a role that manages webhooks) and the OAuth scope `write` "
    "or `webhooks:write`",
}


class DeskCalls(Protocol):
    """Raw calls to the desk; `ZendeskDesk` has them."""

    def call(
        self,
        method: Method,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """One call; the decoded JSON, None for an empty answer."""
        ...

    def pages(self, path: str, key: str, params: Mapping[str, str] | None = None) -> Iterator[Row]:
        """Every row of a list."""
        ...


@dataclass(frozen=True, slots=True)
class FoundUser:
    """Who we are on the desk. `id` is None where the desk takes us for a stranger."""

    id: int | None
    role: str
    custom_role_id: int | None
    account: str
    member_of: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group."""

    id: str
    name: str
    description: str
    is_public: bool
    updated_at: str

    @property
    def key(self) -> str | None:
        """Our key, None where the group is not ours."""
        return key_in(self.description, "group")


@dataclass(frozen=True, slots=True)
class FoundField:
    """A ticket field; `options` as the desk gives them, `tag` that of a check box."""

    id: str
    type: str
    title: str
    description: str
    active: bool
    in_portal: bool
    options: tuple[Row, ...]
    tag: str | None
    updated_at: str

    @property
    def key(self) -> str | None:
        """Our key, None where the field is not ours."""
        return key_in(self.description, "field")

    @property
    def tags(self) -> frozenset[str]:
        """Every tag that this field owns."""
        values = {str(option.get("value")) for option in self.options}
        return frozenset(values | {self.tag} if self.tag else values)


@dataclass(frozen=True, slots=True)
class FoundMacro:
    """A shared macro."""

    id: str
    title: str
    description: str
    active: bool
    actions: tuple[Row, ...]
    updated_at: str

    @property
    def key(self) -> str | None:
        """Our key, None where the macro is not ours."""
        return key_in(self.description, "macro")


@dataclass(frozen=True, slots=True)
class FoundWebhook:
    """A webhook."""

    id: str
    name: str
    description: str
    endpoint: str
    active: bool
    method: str
    format: str
    subscriptions: frozenset[str]
    updated_at: str

    @property
    def key(self) -> str | None:
        """Our key, None where the webhook is not ours."""
        return key_in(self.description, "webhook")


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that provisioning looks at, read at one time."""

    user: FoundUser
    groups: tuple[FoundGroup, ...]
    fields: tuple[FoundField, ...]
    macros: tuple[FoundMacro, ...]
    webhooks: tuple[FoundWebhook, ...]


def read_desk(desk: DeskCalls) -> Found:
    """Read everything; errors as `ports.Desk` has, NotAllowed names what could not be read."""
    return Found(
        user=read_user(desk),
        groups=_listed(desk, "group", "groups", group_from),
        fields=_listed(desk, "field", "ticket_fields", field_from),
        macros=_listed(desk, "macro", "macros", macro_from, keep=_is_shared),
        webhooks=_listed(desk, "webhook", "webhooks", webhook_from),
    )


def read_user(desk: DeskCalls) -> FoundUser:
    """The user behind our credentials."""
    with allowed("user", "the bot user", "read"):
        row = desk.call("GET", "/api/v2/users/me.json")["user"]
        user_id = row.get("id")
        if user_id is None:
            return FoundUser(None, str(row.get("role") or ""), None, _account(row))
        path = f"/api/v2/users/{user_id}/group_memberships.json"
        memberships = [int(one["group_id"]) for one in desk.pages(path, "group_memberships", _ALL)]
    custom = row.get("custom_role_id")
    return FoundUser(
        id=int(user_id),
        role=str(row.get("role") or ""),
        custom_role_id=None if custom is None else int(custom),
        account=_account(row),
        member_of=frozenset(memberships),
    )


def group_from(row: Row) -> FoundGroup:
    """A group of the REST API."""
    return FoundGroup(
        id=str(row["id"]),
        name=str(row["name"]),
        description=str(row.get("description") or ""),
        is_public=bool(row.get("is_public", True)),
        updated_at=_stamp(row),
    )


def field_from(row: Row) -> FoundField:
    """A ticket field of the REST API."""
    return FoundField(
        id=str(row["id"]),
        type=str(row["type"]),
        title=str(row.get("raw_title") or row["title"]),
        description=str(row.get("agent_description") or ""),
        active=bool(row.get("active", True)),
        in_portal=bool(row.get("visible_in_portal") or row.get("editable_in_portal")),
        options=tuple(dict(option) for option in row.get("custom_field_options") or ()),
        tag=row.get("tag") or None,
        updated_at=_stamp(row),
    )


def macro_from(row: Row) -> FoundMacro:
    """A macro of the REST API."""
    return FoundMacro(
        id=str(row["id"]),
        title=str(row.get("raw_title") or row["title"]),
        description=str(row.get("description") or ""),
        active=bool(row.get("active", True)),
        actions=tuple(dict(action) for action in row.get("actions") or ()),
        updated_at=_stamp(row),
    )


def webhook_from(row: Row) -> FoundWebhook:
    """A webhook of the webhooks API."""
    return FoundWebhook(
        id=str(row["id"]),
        name=str(row["name"]),
        description=str(row.get("description") or ""),
        endpoint=str(row["endpoint"]),
        active=row.get("status") == "active",
        method=str(row.get("http_method") or ""),
        format=str(row.get("request_format") or ""),
        subscriptions=frozenset(str(one) for one in row.get("subscriptions") or ()),
        updated_at=_stamp(row),
    )


@contextmanager
def allowed(kind: Kind, name: str, doing: str) -> Iterator[None]:
    """Say which object it was, and which right is missing, when the desk refuses."""
    try:
        yield
    except NotAllowed as error:
        needs = _NEEDED[kind] if error.status != 401 else "credentials that the desk takes"
        raise NotAllowed(
            f"could not {doing} {name}: {error}. This needs {needs}.", status=error.status
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        kind_of = type(error).__name__
        raise DeskError(f"could not {doing} {name}: not such an object ({kind_of})") from None
    except DeskError as error:
        if type(error) is not DeskError:
            raise
        raise DeskError(f"could not {doing} {name}: {error}", status=error.status) from None


def _everything(row: Row) -> bool:
    del row
    return True


def _is_shared(row: Row) -> bool:
    """Personal macros are their owner's business."""
    return (row.get("restriction") or {}).get("type") != "User"


def _listed(
    desk: DeskCalls,
    kind: Kind,
    plural: str,
    made: Callable[[Row], T],
    *,
    keep: Callable[[Row], bool] = _everything,
) -> tuple[T, ...]:
    # The webhooks API alone has paths without a suffix.
    path = f"/api/v2/{plural}" + ("" if kind == "webhook" else ".json")
    with allowed(kind, f"the desk's {plural.replace('_', ' ')}", "read"):
        return tuple(made(row) for row in desk.pages(path, plural, _ALL) if keep(row))


def _account(row: Row) -> str:
    """The desk's own name for itself: the host in the addresses that it gives."""
    host = urlsplit(str(row.get("url") or "")).netloc
    return host.removesuffix(".zendesk.com")[:_ACCOUNT_LETTERS]


def _stamp(row: Row) -> str:
    return str(row.get("updated_at") or row.get("created_at") or "")
