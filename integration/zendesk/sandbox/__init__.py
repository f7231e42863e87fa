"""A Zendesk look-alike over real HTTP, to rehearse on, to start on and to test against."""

from integration.zendesk.sandbox.app import create_app
from integration.zendesk.sandbox.rules import (
    ENTERPRISE,
    ENTERPRISE_PLUS,
    PLANS,
    PROFESSIONAL,
    SANDBOX,
    TEAM,
    UNLIMITED,
    DeliveryRules,
    Plan,
)
from integration.zendesk.sandbox.server import Sandbox
from integration.zendesk.sandbox.state import DeskState

__all__ = [
    "ENTERPRISE",
    "ENTERPRISE_PLUS",
    "PLANS",
    "PROFESSIONAL",
    "SANDBOX",
    "TEAM",
    "UNLIMITED",
    "DeliveryRules",
    "DeskState",
    "Plan",
    "Sandbox",
    "create_app",
]
