"""A plan as a file, to be read by a second pair of eyes and applied as it stands."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

from casebook.errors import Misconfigured
from integration.zendesk.provision.steps import ProvisionPlan, Step, Verb
from integration.zendesk.provision.wanted import Kind

FORMAT = 1


def to_json(plan: ProvisionPlan) -> str:
    """The whole plan; it holds no secret."""
    content = {"format": FORMAT, "account": plan.account, "steps": [asdict(s) for s in plan.steps]}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def from_json(text: str) -> ProvisionPlan:
    """The plan that `to_json` wrote; raise Misconfigured where it is not one."""
    try:
        content = json.loads(text)
        return _plan(content)
    except (KeyError, TypeError, ValueError) as error:
        raise Misconfigured(
            f"this is not a saved plan ({type(error).__name__}): make one with `provision plan`"
        ) from error


def _plan(content: Mapping[str, Any]) -> ProvisionPlan:
    if content["format"] != FORMAT:
        raise ValueError("another format")
    steps = tuple(_step(row) for row in content["steps"])
    return ProvisionPlan(_text(content["account"]), steps)


def _step(row: Mapping[str, Any]) -> Step:
    if row["verb"] not in get_args(Verb) or row["kind"] not in get_args(Kind):
        raise ValueError("unknown verb or kind")
    if not isinstance(row["body"], dict):
        raise TypeError("a body is not an object")
    return Step(
        verb=row["verb"],
        kind=row["kind"],
        name=_text(row["name"]),
        details=tuple(_text(line) for line in row["details"]),
        key=_text(row["key"]),
        desk_id=None if row["desk_id"] is None else _text(row["desk_id"]),
        seen_at=_text(row["seen_at"]),
        body=row["body"],
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
