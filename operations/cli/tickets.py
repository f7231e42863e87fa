"""`casewarden tickets classify | replay | explain`."""

import json
import sys
from pathlib import Path
from typing import BinaryIO

import click

from operations.cli import FAILED

BATCH = 128


@click.group()
def tickets() -> None:
    """Classify, explain and replay tickets."""


@tickets.command()
@click.argument("file", type=click.File("rb"))
def classify(file: BinaryIO) -> None:
    """Say what each row of a JSONL FILE is about; nothing is sent anywhere.

    A row is {"id", "subject", "text"}; the answer is one JSON object a row on stdout. Rows that
    cannot be read are named on stderr with their line, the rest is done, and the exit code is 1.
    """
    from casebook.settings import load_settings
    from operations.classifying import classify_rows
    from operations.cli.talk import told
    from operations.rows import Row, read_rows
    from operations.wiring import Services

    services = Services(load_settings())
    bad, batch = 0, list[Row]()
    with told() as tell:
        classified = classify_rows(services, services.predictor(tell))
        for done, row in enumerate(read_rows(file), start=1):
            tell("classifying", done, 0)
            if isinstance(row, Row):
                batch.append(row)
            else:
                bad += 1
                click.echo(f"line {row.line}: {row.why}", err=True)
            if len(batch) >= BATCH:
                _print(classified(batch))
                batch.clear()
        _print(classified(batch))
    services.close()
    if bad:
        click.echo(f"{bad} rows could not be read; the rest was classified", err=True)
        sys.exit(FAILED)


def _print(answers: "list[dict[str, object]]") -> None:
    for answer in answers:
        click.echo(json.dumps(answer, ensure_ascii=False))


@tickets.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--desk", type=click.Choice(["sandbox"]), required=True, help="Where to replay.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--limit", type=click.IntRange(min=1), help="Replay only the first rows.")
def replay(file: Path, desk: str, as_json: bool, limit: int | None) -> None:
    """Send the rows of a JSONL FILE as new tickets of a fresh sandbox, the whole way.

    Webhook, inbox, pipeline and update are the real ones. Exit 1 when a row is lost or failed.
    """
    del desk
    from casebook.settings import load_settings
    from operations.cli.talk import console, out, told
    from operations.replay import replay_rows
    from operations.report import show_replay
    from operations.rows import Row, read_rows

    with file.open("rb") as lines:
        rows = [row for row, _ in zip(read_rows(lines), range(limit or sys.maxsize), strict=False)]
    if not any(isinstance(row, Row) for row in rows):
        raise click.ClickException(f"{file} holds no row that can be read")
    with told() as tell:
        report = replay_rows(load_settings(), rows, tell)
    for bad in report.bad_rows:
        console.print(f"line {bad.line}: {bad.why}")
    if as_json:
        click.echo(json.dumps(report.as_dict()))
    else:
        show_replay(report, out)
    if report.lost or report.failed or report.bad_rows:
        sys.exit(FAILED)


@tickets.command()
@click.argument("ticket_id", type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def explain(ticket_id: int, as_json: bool) -> None:
    """Say what a ticket of the desk is taken for, why, and what would be done; nothing is."""
    from casebook.settings import load_settings
    from operations.cli.talk import told
    from operations.explaining import explain_ticket
    from operations.wiring import Services

    services = Services(load_settings())
    services.require_desk()
    with told() as tell:
        explanation = explain_ticket(services, services.predictor(tell), ticket_id)
    services.close()
    if as_json:
        click.echo(json.dumps(explanation, indent=2, ensure_ascii=False))
        return
    for title, lines in explanation.items():
        click.echo(click.style(title.replace("_", " "), bold=True))
        for line in lines if isinstance(lines, list) else [lines]:
            click.echo(f"  {line}")
