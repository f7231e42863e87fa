"""`casewarden settings show`."""

import json

import click


@click.group()
def settings() -> None:
    """Show the settings in force."""


@settings.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def show(as_json: bool) -> None:
    """Show every setting, its value (secrets masked) and where it came from."""
    from pydantic import SecretStr

    from casebook.settings import Settings, load_settings, origin_of

    loaded = load_settings()
    rows = []
    for name, field in Settings.model_fields.items():
        value = getattr(loaded, name)
        shown = "********" if isinstance(value, SecretStr) else value
        plain = shown if isinstance(shown, int | dict | None) else str(shown)
        rows.append(
            {
                "name": name,
                "value": plain,
                "origin": origin_of(name, loaded),
                "description": field.description or "",
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    from rich.table import Table

    from operations.cli.talk import out

    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for row in rows:
        table.add_row(str(row["name"]), str(row["value"]), str(row["origin"]))
    out.print(table)
