"""`casewarden doctor`."""

import json
import sys

import click

from operations.cli import FOUND

SIGNS = {True: ("ok", "green"), False: ("fault", "red"), None: ("note", "yellow")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def doctor(as_json: bool) -> None:
    """Check this installation and its desk, and say what to do; exit 3 on a fault."""
    from dataclasses import asdict

    from casebook.settings import load_settings
    from operations.doctor import run_doctor
    from operations.wiring import Services

    services = Services(load_settings())
    checks = run_doctor(services)
    services.close()
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            word, colour = SIGNS[check.ok]
            click.echo(f"{click.style(f'{word:5}', fg=colour)} {check.name}: {check.detail}")
            if check.ok is not True and check.mend:
                click.echo(f"      {check.mend}")
    if any(check.ok is False for check in checks):
        sys.exit(FOUND)
