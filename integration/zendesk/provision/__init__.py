"""Setting up the desk: plan what is missing, show it, and make it.

Only objects that carry our mark are ever changed.
"""

from integration.zendesk.provision.apply import SIGNING_SECRET, apply_provision
from integration.zendesk.provision.found import Found, read_desk
from integration.zendesk.provision.plan import plan_provision
from integration.zendesk.provision.saved import from_json, to_json
from integration.zendesk.provision.steps import PlanStale, ProvisionPlan, Step, Verb
from integration.zendesk.provision.wanted import MacroAction, Wanted, WantedMacro, wanted_from

__all__ = [
    "SIGNING_SECRET",
    "Found",
    "MacroAction",
    "PlanStale",
    "ProvisionPlan",
    "Step",
    "Verb",
    "Wanted",
    "WantedMacro",
    "apply_provision",
    "from_json",
    "plan_provision",
    "read_desk",
    "to_json",
    "wanted_from",
]
