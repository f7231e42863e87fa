"""`casewarden ledger verify`."""

import json
import sys

import click

from operations.cli import FOUND


@click.group()
def ledger() -> None:
    """Verify the record of what was done."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def verify(as_json: bool) -> None:
    """Check that no entry was changed, removed or put in; exit 3 at the first break."""
    from casebook.ledger import first_break
    from casebook.settings import load_settings
    from operations.wiring import Services

    services = Services(load_settings())
    count = services.ledger.count()
    broken = first_break(services.ledger.entries())
    services.close()
    if as_json:
        click.echo(json.dumps({"entries": count, "first_break": broken}))
    elif broken is None:
        click.echo(f"{count} entries, the chain is whole")
    else:
        click.echo(f"the chain breaks at entry {broken} of {count}")
    if broken is not None:
        sys.exit(FOUND)
