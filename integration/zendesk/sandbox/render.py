"""The desk's records as the JSON of the API. `base` is the address the caller used."""

from __future__ import annotations

from integration.zendesk.sandbox.access import Token
from integration.zendesk.sandbox.audits import via
from integration.zendesk.sandbox.fields import FLAGS, FieldBook, TicketField
from integration.zendesk.sandbox.macros import Macro
from integration.zendesk.sandbox.values import (
    Comment,
    Facts,
    Group,
    Json,
    Membership,
    Ticket,
    User,
    stamp,
)
from integration.zendesk.sandbox.webhooks import Webhook

_SPARSE_USER: Json = {
    "time_zone": "UTC", "iana_time_zone": "Etc/UTC", "phone": None, "shared_phone_number": None,
    "photo": None, "locale_id": 1, "locale": "en-US", "organization_id": None, "verified": True,
    "alias": None, "active": True, "shared": False, "shared_agent": False, "last_login_at": None,
    "two_factor_auth_enabled": None, "signature": None, "details": None, "notes": None,
    "custom_role_id": None, "moderator": False, "only_private_comments": False,
    "restricted_agent": False, "suspended": False, "report_csv": False,
}  # fmt: skip
_SPARSE_TICKET: Json = {
    "recipient": None, "forum_topic_id": None, "has_incidents": False,
    "satisfaction_rating": None, "allow_channelback": False, "allow_attachments": True,
    "from_messaging_channel": False,
}  # fmt: skip


def user(one: User, base: str) -> Json:
    """A user."""
    return {
        **_SPARSE_USER,
        "id": one.id,
        "url": f"{base}/api/v2/users/{one.id}.json",
        "name": one.name,
        "email": one.email,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "role": one.role,
        "role_type": {"admin": 4, "agent": 0}.get(one.role),
        "external_id": one.external_id,
        "tags": list(one.tags),
        "moderator": one.is_staff,
        "ticket_restriction": None if one.is_staff else "requested",
        "default_group_id": one.default_group_id,
        "user_fields": {},
    }


def group(one: Group, base: str) -> Json:
    """A group."""
    return {
        "url": f"{base}/api/v2/groups/{one.id}.json",
        "id": one.id,
        "is_public": one.is_public,
        "name": one.name,
        "description": one.description,
        "default": one.default,
        "deleted": one.deleted,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
    }


def membership(one: Membership, base: str) -> Json:
    """A group membership."""
    return {
        "url": f"{base}/api/v2/group_memberships/{one.id}.json",
        "id": one.id,
        "user_id": one.user_id,
        "group_id": one.group_id,
        "default": one.default,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
    }


def ticket_field(one: TicketField, base: str) -> Json:
    """A ticket field; only drop-downs carry options."""
    url = f"{base}/api/v2/ticket_fields/{one.id}.json"
    shown: Json = {
        "url": url,
        "id": one.id,
        "type": one.type,
        "title": one.title,
        "raw_title": one.title,
        "description": one.description,
        "raw_description": one.description,
        "position": one.position,
        "active": one.active,
        "regexp_for_validation": one.regexp,
        "title_in_portal": one.title,
        "raw_title_in_portal": one.title,
        "tag": one.tag,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "removable": one.removable,
        "key": None,
        "agent_description": one.agent_description,
        **{name: one.flags.get(name, False) for name in FLAGS},
    }
    if one.options:
        shown["custom_field_options"] = [
            {
                "id": option.id,
                "name": option.name,
                "raw_name": option.name,
                "value": option.value,
                "default": option.default,
            }
            for option in one.options
        ]
    return shown


def macro(one: Macro, base: str) -> Json:
    """A macro."""
    return {
        "url": f"{base}/api/v2/macros/{one.id}.json",
        "id": one.id,
        "title": one.title,
        "active": one.active,
        "updated_at": stamp(one.updated_at),
        "created_at": stamp(one.created_at),
        "default": False,
        "position": one.position,
        "description": one.description,
        "actions": [dict(action) for action in one.actions],
        "restriction": one.restriction,
        "raw_title": one.title,
    }


def ticket(one: Ticket, fields: FieldBook, base: str, facts: Facts | None = None) -> Json:
    """A ticket, or with `facts` the ticket as it would be."""
    now = facts or one.facts
    values = [{"id": field.id, "value": now.fields.get(field.id)} for field in fields.custom()]
    return {
        **_SPARSE_TICKET,
        "url": f"{base}/api/v2/tickets/{one.id}.json",
        "id": one.id,
        "external_id": now.external_id,
        "via": via(one.channel),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "generated_timestamp": int(one.generated_at.timestamp()),
        "type": now.type,
        "subject": now.subject,
        "raw_subject": now.subject,
        "description": one.description,
        "priority": now.priority,
        "status": "deleted" if one.deleted else now.status,
        "requester_id": now.requester_id,
        "submitter_id": now.submitter_id,
        "assignee_id": now.assignee_id,
        "organization_id": now.organization_id,
        "group_id": now.group_id,
        "collaborator_ids": list(now.collaborator_ids),
        "follower_ids": list(now.follower_ids),
        "email_cc_ids": list(now.email_cc_ids),
        "problem_id": now.problem_id,
        "is_public": one.is_public,
        "due_at": now.due_at,
        "tags": list(now.tags),
        "custom_fields": values,
        "sharing_agreement_ids": [],
        "custom_status_id": now.custom_status_id,
        "fields": values,
        "followup_ids": [],
        "ticket_form_id": now.ticket_form_id,
        "brand_id": now.brand_id,
    }


def comment(one: Comment) -> Json:
    """A comment in a ticket's list of them."""
    return {
        "id": one.id,
        "type": "Comment",
        "author_id": one.author_id,
        "body": one.body,
        "html_body": one.html_body,
        "plain_body": one.plain_body,
        "public": one.public,
        "attachments": [],
        "audit_id": one.audit_id,
        "via": via(one.channel),
        "created_at": stamp(one.created_at),
        "metadata": one.metadata,
    }


def webhook(one: Webhook) -> Json:
    """A webhook without its secrets: no password, token or signing secret."""
    shown: Json = {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "status": one.status,
        "subscriptions": list(one.subscriptions),
        "created_at": _fine(one.created_at.isoformat()),
        "created_by": one.created_by,
        "endpoint": one.endpoint,
        "http_method": one.http_method,
        "request_format": one.request_format,
    }
    if one.authentication is not None:
        shown["authentication"] = _without_secrets(one.authentication)
    if one.custom_headers:
        shown["custom_headers"] = dict(one.custom_headers)
    if one.updated_at is not None:
        shown["updated_at"] = _fine(one.updated_at.isoformat())
        shown["updated_by"] = one.updated_by
    return shown


def token(one: Token, base: str) -> Json:
    """A token as its bearer may see it: the secret itself is not shown again."""
    return {
        "url": f"{base}/api/v2/oauth/tokens/{one.id}.json",
        "id": one.id,
        "user_id": one.user_id,
        "client_id": one.client,
        "token": one.secret[:10],
        "refresh_token": None,
        "created_at": stamp(one.created_at),
        "expires_at": stamp(one.expires_at),
        "used_at": None,
        "scopes": one.scope.split(),
    }


def _without_secrets(told: Json) -> Json:
    data = {
        key: value for key, value in (told.get("data") or {}).items() if key in {"username", "name"}
    }
    shown: Json = {"type": told.get("type"), "add_position": told.get("add_position", "header")}
    if data:
        shown["data"] = data
    return shown


def _fine(text: str) -> str:
    return text.replace("+00:00", "Z")
