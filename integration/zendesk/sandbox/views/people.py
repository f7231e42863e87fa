"""/users, /groups and /group_memberships."""

from __future__ import annotations

from integration.zendesk.sandbox import bulk, errors, render
from integration.zendesk.sandbox.people import role_of
from integration.zendesk.sandbox.routes import Answer, Call, Permits, location, route
from integration.zendesk.sandbox.values import Group, Json, Membership, User

_GROUP_KEYS = frozenset({"name", "description", "is_public"})


def _user(call: Call, one: User) -> Json:
    return render.user(one, call.base)


@route("GET", "/users/me", end_users=True)
def me(call: Call) -> Answer:
    """The user behind the credentials."""
    return Answer({"user": _user(call, call.actor) | {"authenticity_token": "sandbox"}})


@route("GET", "/users/<int:user_id>")
def show_user(call: Call, user_id: int) -> Answer:
    """One user."""
    found = call.desk.people.users.get(user_id)
    if found is None:
        raise errors.not_found()
    return Answer({"user": _user(call, found)})


@route("GET", "/users/show_many")
def show_users(call: Call) -> Answer:
    """Up to 100 users by number."""
    ids = call.ids()
    if len(ids) > bulk.MOST:
        raise errors.too_many(bulk.MOST)
    known = call.desk.people.users
    rows = [_user(call, known[number]) for number in ids if number in known]
    return Answer({"users": rows, "next_page": None, "previous_page": None, "count": len(rows)})


@route("GET", "/users/search")
def search_users(call: Call) -> Answer:
    """Users by address, or by whole words of name and address."""
    found = call.desk.people.search(call.args.get("query", ""))
    return call.page("users", found, lambda one: _user(call, one))


@route("GET", "/users")
def users(call: Call) -> Answer:
    """All users; `role` narrows the list."""
    role = call.args.get("role") or call.args.get("role[]")
    rows = [one for one in call.desk.people.users.values() if role in (None, one.role)]
    return call.page("users", rows, lambda one: _user(call, one))


@route("POST", "/users")
def create_user(call: Call) -> Answer:
    """A new user; the address must be free."""
    made = _made(call, call.record("user"))
    return Answer({"user": _user(call, made)}, 201, location=location("users", made.id))


@route("POST", "/users/create_or_update")
def create_or_update_user(call: Call) -> Answer:
    """The user with this address, renamed; or a new one."""
    spec = call.record("user")
    known = call.desk.people.by_email(str(spec.get("email") or ""))
    if known is None:
        made = _made(call, spec)
        return Answer({"user": _user(call, made)}, 201, location=location("users", made.id))
    if spec.get("name"):
        call.desk.people.rename(known, str(spec["name"]), call.desk.clock())
    return Answer({"user": _user(call, known)}, location=location("users", known.id))


def _made(call: Call, spec: Json) -> User:
    name, email = str(spec.get("name") or "").strip(), str(spec.get("email") or "").strip()
    if not name:
        raise errors.invalid({"name": ["Name: is too short"]}, error="BlankValue")
    role = role_of(spec)
    if role != "end-user" and call.actor.role != "admin":
        raise errors.forbidden()
    made = call.desk.people.add(name, email or None, role=role, now=call.desk.clock())
    if spec.get("external_id") is not None:
        made.external_id = str(spec["external_id"])
    return made


@route("GET", "/groups")
def groups(call: Call) -> Answer:
    """The groups this user may know of: public ones, and those the user is in."""
    rows = [one for one in call.desk.people.groups.values() if _knows(call, one)]
    return call.page("groups", rows, lambda one: render.group(one, call.base))


def _knows(call: Call, group: Group) -> bool:
    mine = call.actor.role == "admin" or call.desk.people.is_member(call.actor, group.id)
    return not group.deleted and (group.is_public or mine)


def _group(call: Call, group_id: int) -> Group:
    found = call.desk.people.group(group_id)
    if found is None or not _knows(call, found):
        raise errors.not_found()
    return found


@route("GET", "/groups/<int:group_id>")
def show_group(call: Call, group_id: int) -> Answer:
    """One group."""
    return Answer({"group": render.group(_group(call, group_id), call.base)})


@route("POST", "/groups", admin=True, permits=Permits("group", "groups", "create", _GROUP_KEYS))
def create_group(call: Call) -> Answer:
    """A new group; private ones need a plan that has them."""
    spec = call.record("group")
    if spec.get("is_public") is False and not call.desk.plan.private_groups:
        raise errors.forbidden("Private groups are not available on this plan.")
    made = call.desk.people.add_group(spec, call.desk.clock())
    body = {"group": render.group(made, call.base)}
    return Answer(body, 201, location=location("groups", made.id))


@route(
    "PUT",
    "/groups/<int:group_id>",
    admin=True,
    permits=Permits("group", "groups", "update", _GROUP_KEYS),
)
def update_group(call: Call, group_id: int) -> Answer:
    """Rename or describe a group; whether it is private cannot change."""
    group, spec = _group(call, group_id), call.record("group")
    if "is_public" in spec and bool(spec["is_public"]) != group.is_public:
        raise errors.invalid({"is_public": ["Is public: cannot be changed"]})
    group.name = str(spec.get("name") or group.name)
    group.description = str(spec.get("description", group.description) or "")
    group.updated_at = call.desk.clock()
    body = {"group": render.group(group, call.base)}
    return Answer(body, location=location("groups", group.id))


@route(
    "DELETE", "/groups/<int:group_id>", admin=True, permits=Permits("group", "groups", "destroy")
)
def destroy_group(call: Call, group_id: int) -> Answer:
    """Delete a group; the default group stays."""
    group = _group(call, group_id)
    if group.default:
        raise errors.invalid({"base": ["The default group cannot be deleted"]})
    for one in call.desk.people.members_of(group.id):
        call.desk.people.leave(one)
    group.deleted = True
    return Answer(status=204)


@route("GET", "/group_memberships")
def memberships(call: Call) -> Answer:
    """Who is in which group."""
    return _memberships(call, list(call.desk.people.memberships.values()))


@route("GET", "/groups/<int:group_id>/memberships")
def group_memberships(call: Call, group_id: int) -> Answer:
    """Who is in this group."""
    return _memberships(call, call.desk.people.members_of(_group(call, group_id).id))


@route("GET", "/users/<int:user_id>/group_memberships")
def user_memberships(call: Call, user_id: int) -> Answer:
    """Which groups this agent is in."""
    return _memberships(call, call.desk.people.memberships_of(user_id))


def _memberships(call: Call, rows: list[Membership]) -> Answer:
    return call.page("group_memberships", rows, lambda one: render.membership(one, call.base))


@route("GET", "/group_memberships/<int:number>")
def show_membership(call: Call, number: int) -> Answer:
    """One membership."""
    return Answer({"group_membership": render.membership(_membership(call, number), call.base)})


def _membership(call: Call, number: int) -> Membership:
    if (found := call.desk.people.memberships.get(number)) is None:
        raise errors.not_found()
    return found


@route("POST", "/group_memberships", admin=True)
def create_membership(call: Call) -> Answer:
    """Put an agent into a group."""
    spec, people = call.record("group_membership"), call.desk.people
    user, group = people.user(spec.get("user_id")), people.group(spec.get("group_id"))
    if user is None or group is None:
        raise errors.invalid({"base": ["User or group: is invalid"]})
    made = people.join(user, group, call.desk.clock())
    body = {"group_membership": render.membership(made, call.base)}
    return Answer(body, 201, location=location("group_memberships", made.id))


@route("DELETE", "/group_memberships/<int:number>", admin=True)
def destroy_membership(call: Call, number: int) -> Answer:
    """Take an agent out of a group."""
    call.desk.people.leave(_membership(call, number))
    return Answer(status=204)
