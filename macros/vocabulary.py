"""The words that SOPs may use: Zendesk's fields and operators, as far as they make sense here."""

from collections.abc import Mapping
from typing import Literal, get_args

ConditionField = Literal[
    "category",
    "sub_type",
    "flags",
    "language",
    "current_tags",
    "priority",
    "status",
    "severity",
    "via_id",
    "group_id",
    "assignee_id",
    "brand_id",
    "ticket_form_id",
    "certainty",
]
Operator = Literal[
    "is",
    "is_not",
    "includes",
    "not_includes",
    "less_than",
    "greater_than",
    "present",
    "not_present",
]
Life = Literal["draft", "background", "live", "expired"]
Approver = Literal["none", "lead", "two_person", "legal", "privacy", "cs_manager"]
CONDITION_FIELDS: tuple[ConditionField, ...] = get_args(ConditionField)

_EQUAL: frozenset[Operator] = frozenset({"is", "is_not"})
_SET: frozenset[Operator] = frozenset({"includes", "not_includes"})
_SCALE: frozenset[Operator] = frozenset({"is", "is_not", "less_than", "greater_than"})
_SHOWN: frozenset[Operator] = frozenset({"present", "not_present"})
VALUELESS: frozenset[Operator] = _SHOWN
OPERATORS: Mapping[ConditionField, frozenset[Operator]] = {
    "category": _EQUAL,
    "sub_type": _EQUAL | _SHOWN,
    "flags": _SET,
    "language": _EQUAL,
    "current_tags": _SET,
    "priority": _SCALE,
    "status": _SCALE,
    "severity": _SCALE,
    "via_id": _EQUAL,
    "group_id": _EQUAL | _SHOWN,
    "assignee_id": _SHOWN,
    "brand_id": _EQUAL | _SHOWN,
    "ticket_form_id": _EQUAL | _SHOWN,
    "certainty": frozenset({"less_than", "greater_than"}),
}

# What an SOP may do to a ticket by itself: add and raise, nothing else.
THEN_FIELDS = ("current_tags", "priority", "group_id")
# What a macro may hold; a person chooses to use it and sees what it does.
MACRO_FIELDS = (
    "comment_value",
    "comment_value_html",
    "comment_mode_is_public",
    "current_tags",
    "priority",
    "group_id",
    "status",
    "type",
)
COMMENT_FIELDS = ("comment_value", "comment_value_html", "comment_mode_is_public")
MACRO_VALUES: Mapping[str, tuple[str, ...]] = {
    "comment_mode_is_public": ("true", "false"),
    "status": ("open", "pending", "hold"),
    "type": ("question", "incident", "problem", "task"),
}
# Fields that Zendesk knows and we refuse, each with what to do instead.
REFUSED_FIELDS: Mapping[str, str] = {
    "set_tags": "it would wipe every other tag; use current_tags, which adds",
    "remove_tags": "tags are only added here; people remove them by hand",
    "assignee_id": "a person takes a ticket; route with group_id",
    "cc": "nobody is copied in on a sensitive ticket; delete the action",
    "follower": "nobody is added to a sensitive ticket; delete the action",
    "notification_user": "messages to people are not sent by SOPs; delete the action",
    "notification_target": "messages to people are not sent by SOPs; delete the action",
    "satisfaction_score": "no survey goes out on a sensitive ticket; delete the action",
    "status": "a person solves or closes a ticket; delete the action",
}
PLACEHOLDERS = frozenset(
    {
        "ticket.id",
        "ticket.created_at",
        "ticket.requester.first_name",
        "ticket.requester.name",
        "current_user.first_name",
    }
)
MACRO_TITLE_START = "Casewarden::"
