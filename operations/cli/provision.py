"""`casewarden provision plan | apply`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from operations.cli import FOUND

if TYPE_CHECKING:
    from integration.zendesk.provision import ProvisionPlan, Step

SIGNS = {"add": "+", "change": "~", "keep": "=", "adopt": "=", "conflict": "!"}
PRIVATE = click.option(
    "--private-groups",
    is_flag=True,
    help="Make new restricted groups private (Enterprise only; cannot be undone).",
)


@click.group()
def provision() -> None:
    """Set up a desk: groups, fields, macros of the SOPs, webhook and its secret."""


@provision.command()
@PRIVATE
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan.")
@click.option("--check", is_flag=True, help="Exit 3 when something would change.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def plan(private_groups: bool, out: Path | None, check: bool, as_json: bool) -> None:
    """Show what would be made (+), changed (~) or kept (=) on the desk; nothing is written."""
    from casebook.settings import load_settings
    from integration.zendesk.provision import to_json
    from operations.provisioning import planned, wanted_of
    from operations.wiring import Services

    services = Services(load_settings())
    made = planned(services, wanted_of(services, private_groups=private_groups))
    services.close()
    if out is not None:
        out.write_text(to_json(made), encoding="utf-8")
    if as_json:
        click.echo(to_json(made))
    else:
        _show(made)
    if check and (not made.is_noop or made.conflicts):
        sys.exit(FOUND)


@provision.command("apply")
@click.argument(
    "saved", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@PRIVATE
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply_plan(saved: Path | None, private_groups: bool, yes: bool) -> None:
    """Make it so: the SAVED plan exactly, or one that is made now. Safe to repeat."""
    from casebook.settings import load_settings
    from integration.zendesk.provision import from_json
    from operations.provisioning import applied, planned, wanted_of
    from operations.wiring import Services

    services = Services(load_settings())
    if saved is not None:
        made = from_json(saved.read_text(encoding="utf-8"))
    else:
        made = planned(services, wanted_of(services, private_groups=private_groups))
    _show(made)
    if not made.is_noop and not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is here to ask: add --yes")
        click.confirm(f"Write to {services.settings.zendesk_url}?", abort=True, err=True)
    applied(services, made, _done)
    services.close()
    if made.conflicts:
        click.echo("Settle the conflicts on the desk and apply again.", err=True)
        sys.exit(FOUND)


def _show(made: "ProvisionPlan") -> None:
    for step in made.steps:
        click.echo(f"{SIGNS[step.verb]} {step.kind} {step.name}")
        for line in step.details:
            click.echo(f"    {line}")
    counts = [f"{len(made.of(verb))} to {verb}" for verb in ("add", "change", "keep")]
    counts += [f"{len(made.of('adopt'))} used as they are", f"{len(made.conflicts)} conflicts"]
    click.echo(", ".join(counts) + ("; nothing to do" if made.is_noop else ""))


def _done(step: "Step") -> None:
    if step.verb in {"add", "change"}:
        click.echo(f"{SIGNS[step.verb]} {step.kind} {step.name}: done", err=True)
