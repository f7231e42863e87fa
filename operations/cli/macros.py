"""`casewarden macros lint`."""

import json
import sys
from pathlib import Path

import click

from operations.cli import FOUND


@click.group()
def macros() -> None:
    """Check the SOP library."""


@macros.command("lint")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def lint_library(folder: Path | None, as_json: bool) -> None:
    """Check the SOP files of a FOLDER, by default those in force; exit 3 on an error."""
    from dataclasses import asdict

    from macros.library import lint

    faults = lint(folder)
    errors = [fault for fault in faults if fault.level == "error"]
    if as_json:
        click.echo(json.dumps([asdict(fault) for fault in faults], indent=2))
    else:
        for fault in faults:
            click.echo(f"{fault.file}:{fault.line}: {fault.level}: {fault.reason} - {fault.mend}")
        click.echo(f"{len(errors)} errors, {len(faults) - len(errors)} warnings", err=True)
    if errors:
        sys.exit(FOUND)
