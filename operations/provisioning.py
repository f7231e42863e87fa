"""Provisioning this installation's desk: what our SOPs need, planned and applied."""

from collections.abc import Callable

from integration.zendesk.provision import (
    MacroAction,
    ProvisionPlan,
    Step,
    Wanted,
    WantedMacro,
    apply_provision,
    plan_provision,
    read_desk,
    wanted_from,
)
from operations.wiring import Services


def wanted_of(
    services: Services, *, public_url: str | None = None, private_groups: bool = False
) -> Wanted:
    """Groups, fields, macros and webhook that this vocabulary and SOP library need."""
    macros = [
        WantedMacro(
            key=sop.id,
            title=sop.macro.title,
            description=sop.macro.description,
            actions=tuple(MacroAction(one.field, one.value) for one in sop.macro.actions),
        )
        for sop in services.sops.sops
    ]
    return wanted_from(
        services.taxonomy,
        macros=macros,
        public_url=public_url or services.settings.public_url,
        private_groups=private_groups,
    )


def planned(services: Services, wanted: Wanted) -> ProvisionPlan:
    """Compare what is wanted with the desk; nothing is written."""
    return plan_provision(wanted, read_desk(services.desk))


def applied(services: Services, plan: ProvisionPlan, on_step: Callable[[Step], None]) -> None:
    """Make a plan true and keep the ids and the signing secret."""
    apply_provision(plan, services.desk, services.directory, services.secrets, on_step=on_step)


def provision_now(services: Services, *, public_url: str) -> ProvisionPlan:
    """Plan and apply in one go, for a rehearsal's own sandbox."""
    plan = planned(services, wanted_of(services, public_url=public_url))
    applied(services, plan, lambda _step: None)
    return plan
