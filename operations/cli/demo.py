"""`casewarden demo`."""

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from operations.cli import FAILED

if TYPE_CHECKING:
    from rich.console import Group

    from operations.demonstration import DemoTicket
    from operations.rehearsal import Rehearsal
    from operations.replay import Done, Finished

SHOWN_ROWS = 14
UNDER_WAY = 4


@click.command()
@click.option("--exit", "leave", is_flag=True, help="End after the summary; 0 only if all is well.")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, help="Of the status page.")
def demo(leave: bool, port: int) -> None:
    """Show 200 tickets being tagged, routed and documented on a sandbox desk.

    Starts a sandbox Zendesk, provisions it, and runs the product against it over real HTTP. It
    stays up, so that tickets and the status page can be looked at, until you press Ctrl-C.
    """
    from casebook.settings import load_settings
    from operations.cli.talk import told
    from operations.demonstration import demo_tickets
    from operations.rehearsal import rehearsal
    from operations.serving import until_stopped

    began = time.monotonic()
    tickets = demo_tickets()
    settings = load_settings()
    with until_stopped() as stopped, ExitStack() as stack:
        with told() as tell:
            stage = stack.enter_context(rehearsal(settings, tell, port=port))
        well = _show(stage, tickets, began)
        if not leave:
            click.echo("\nPress Ctrl-C to end.", err=True)
            stopped.wait()
    if not well:
        sys.exit(FAILED)


def _show(stage: "Rehearsal", tickets: "list[DemoTicket]", began: float) -> bool:
    """Send the tickets, show them as they are worked on, and judge the end."""
    from rich.live import Live

    from operations.cli.talk import console
    from operations.replay import Finished

    finished = Finished()
    stage.running.listen(finished.listen)
    first = 0.0
    sent: dict[int, DemoTicket] = {}
    screen = _Screen(stage, finished, len(tickets))
    with Live(screen, console=console, refresh_per_second=8) as live:
        for ticket in tickets:
            # Few under way at once, so that the times are those of a desk and not of a burst.
            finished.wait_until(len(sent) - UNDER_WAY, lambda _done: None)
            number = stage.send(
                subject=ticket.row.subject,
                text=ticket.row.text,
                requester=ticket.requester,
            )
            sent[number] = ticket
            if len(sent) == 1 and finished.wait_until(1, lambda _done: None):
                first = time.monotonic() - began
        whole = finished.wait_until(len(sent), lambda _done: None)
        live.update(screen)
    console.print(f"\nfirst ticket done {first:.1f} s after the start")
    return _summary(stage, sent, finished.all()) and whole


class _Screen:
    """The live table: the newest tickets, and how many of all are done."""

    def __init__(self, stage: "Rehearsal", finished: "Finished", total: int) -> None:
        self._words = stage.services.taxonomy
        self._finished = finished
        self._total = total

    def __rich__(self) -> "Group":
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        done = self._finished.all()
        table = Table(
            "ticket", "category", "certainty", "severity", "group", "SOP", "time to tag", box=None
        )
        for one in list(done.values())[-SHOWN_ROWS:]:
            table.add_row(*self._cells(one))
        bar = ProgressBar(total=self._total, completed=len(done), width=60)
        return Group(table, "", bar, f"{len(done)} of {self._total} tickets")

    def _cells(self, one: "Done") -> list[str]:
        facts = one.entry.facts
        if one.outcome != "applied":
            return [str(one.ticket_id), "[dim]left alone[/dim]", "", "", "", "", ""]
        severity = facts.get("severity")
        colour = {0: "bold red", 1: "yellow"}.get(int(str(severity)), "default")
        return [
            str(one.ticket_id),
            self._words.categories[one.category].title,
            f"{float(str(facts['certainty'])):.0%}",
            f"[{colour}]SEV{severity}[/{colour}]",
            str(facts.get("group") or ""),
            str(facts.get("sop") or ""),
            f"{one.seconds:.2f} s",
        ]


def _summary(
    stage: "Rehearsal", sent: "Mapping[int, DemoTicket]", done: "Mapping[int, Done]"
) -> bool:
    """Compare every ticket with what is expected, say so, and tell whether all agree."""
    from operations.cli.talk import out
    from operations.demonstration import differences
    from operations.report import seconds
    from queue_health.pulse import quantile

    shown = stage.tickets(sorted(sent))
    groups = stage.services.directory.groups()
    words = stage.services.taxonomy
    unlike: dict[int, list[str]] = {}
    for number, ticket in sent.items():
        suggested = number in done and done[number].entry.facts.get("mode") == "suggest"
        found = differences(
            ticket.expected, shown[number], words=words, groups={} if suggested else groups
        )
        if found:
            unlike[number] = found
    for number, found in unlike.items():
        expected = sent[number].expected.category
        out.print(f"ticket {number} ({sent[number].row.id}, {expected}): {'; '.join(found)}")
    applied = [one for one in done.values() if one.outcome == "applied"]
    suggested_only = sum(one.entry.facts.get("mode") == "suggest" for one in applied)
    times = sorted(one.seconds for one in applied)
    calls = sum(one.calls for one in applied) / len(applied) if applied else 0.0
    out.print(
        f"\n{len(sent)} tickets: {len(applied)} tagged ({suggested_only} of them as a suggestion), "
        f"{len(done) - len(applied)} left alone, "
        f"{len(sent) - len(unlike)} as a support lead expects"
    )
    out.print(
        f"time to tag {seconds(quantile(times, 0.5))} median, {seconds(quantile(times, 0.95))} "
        f"p95; {calls:.2f} API calls per tagged ticket"
    )
    _addresses(stage, applied)
    return not unlike and len(done) == len(sent)


def _addresses(stage: "Rehearsal", applied: "list[Done]") -> None:
    """Where to look on."""
    from operations.cli.talk import out

    example = next((one.ticket_id for one in applied if one.category == "privacy"), 1)
    out.print(f"status page  {stage.running.web.address}/status")
    out.print(f"sandbox desk {stage.sandbox.address}/")
    out.print(f"a ticket     {stage.sandbox.address}/agent/tickets/{example}")
