"""Users, groups and who belongs where."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.ids import Ids
from integration.zendesk.sandbox.values import Group, Json, Membership, Role, User, number

_ROLES: tuple[Role, ...] = ("admin", "agent", "end-user")


@dataclass(slots=True)
class People:
    """Everybody on the desk, found by id, e-mail or a word of the name without a scan."""

    ids: Ids
    users: dict[int, User] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    memberships: dict[int, Membership] = field(default_factory=dict)
    _by_email: dict[str, int] = field(default_factory=dict)
    _by_word: dict[str, dict[int, None]] = field(default_factory=dict)
    _groups_of: dict[int, dict[int, int]] = field(default_factory=dict)

    def user(self, user_id: object) -> User | None:
        """The user with this id, whatever JSON made of the number."""
        found = number(user_id)
        return None if found is None else self.users.get(found)

    def by_email(self, email: str) -> User | None:
        """The user with this address; case does not matter."""
        found = self._by_email.get(email.strip().casefold())
        return None if found is None else self.users[found]

    def add(self, name: str, email: str | None, *, role: Role, now: datetime) -> User:
        """A new user; the address must be free."""
        if email and self.by_email(email):
            text = f"Email: {email} is already being used by another user"
            raise errors.invalid({"email": [text]}, error="DuplicateValue")
        user = User(self.ids.next(), name, email or None, role, now, now)
        self.users[user.id] = user
        self._index(user)
        return user

    def rename(self, user: User, name: str, now: datetime) -> None:
        """Give a user another name, and let searches find it by that."""
        user.name, user.updated_at = name, now
        self._index(user)

    def requester(self, spec: Json, now: datetime) -> User:
        """The user a ticket names by address, made when nobody has it yet."""
        email = str(spec.get("email") or "").strip()
        known = self.by_email(email) if email else None
        name = str(spec.get("name") or email.split("@")[0] or "").strip()
        if known is None and not name:
            raise errors.invalid({"requester": ["Requester Name: is too short"]})
        return known or self.add(name, email or None, role="end-user", now=now)

    def search(self, query: str) -> list[User]:
        """Users whose address is the query, or whose name or address has all its words."""
        words = query.replace("email:", " ").replace("type:user", " ").split()
        if len(words) == 1 and "@" in words[0]:
            found = self.by_email(words[0])
            return [found] if found else []
        hits = [self._by_word.get(word.casefold(), {}) for word in words]
        if not hits:
            return []
        fewest = min(hits, key=len)
        return [self.users[key] for key in fewest if all(key in hit for hit in hits)]

    def add_group(self, spec: Json, now: datetime) -> Group:
        """A new group; a private one stays private for ever."""
        name = str(spec.get("name") or "").strip()
        if not name:
            raise errors.invalid({"name": ["Name: cannot be blank"]}, error="BlankValue")
        group = Group(
            id=self.ids.next(),
            name=name,
            description=str(spec.get("description") or ""),
            is_public=bool(spec.get("is_public", True)),
            default=not self.groups,
            created_at=now,
            updated_at=now,
        )
        self.groups[group.id] = group
        return group

    def group(self, group_id: object) -> Group | None:
        """The group with this id unless it was deleted."""
        found = self.groups.get(number(group_id) or 0)
        return None if found is None or found.deleted else found

    def join(self, user: User, group: Group, now: datetime) -> Membership:
        """Put an agent into a group; the first one becomes the agent's default."""
        if not user.is_staff:
            raise errors.invalid({"user_id": ["User: must be an agent"]})
        mine = self._groups_of.setdefault(user.id, {})
        if group.id in mine:
            text = "User: has already been taken"
            raise errors.invalid({"user_id": [text]}, error="DuplicateValue")
        made = Membership(self.ids.next(), user.id, group.id, default=not mine, created_at=now)
        self.memberships[made.id] = made
        mine[group.id] = made.id
        if made.default:
            user.default_group_id = group.id
        return made

    def leave(self, membership: Membership) -> None:
        """Take an agent out of a group."""
        del self.memberships[membership.id]
        mine = self._groups_of[membership.user_id]
        del mine[membership.group_id]
        self.users[membership.user_id].default_group_id = next(iter(mine), None)

    def is_member(self, user: User, group_id: int) -> bool:
        """Whether this agent belongs to that group."""
        return group_id in self._groups_of.get(user.id, {})

    def memberships_of(self, user_id: int) -> list[Membership]:
        """An agent's memberships, oldest first."""
        return [self.memberships[key] for key in self._groups_of.get(user_id, {}).values()]

    def members_of(self, group_id: int) -> list[Membership]:
        """A group's memberships, oldest first."""
        return [made for made in self.memberships.values() if made.group_id == group_id]

    def _index(self, user: User) -> None:
        if user.email:
            self._by_email[user.email.strip().casefold()] = user.id
        words = [*user.name.split(), *([user.email] if user.email else [])]
        for word in words:
            self._by_word.setdefault(word.casefold(), {})[user.id] = None


def role_of(spec: Json) -> Role:
    """The role a request names, end-user when it names none."""
    named = spec.get("role") or "end-user"
    for role in _ROLES:
        if role == named:
            return role
    raise errors.invalid({"role": [f"Role: {named} is invalid"]})
