"""Reports of rehearsals as tables for people."""

from rich.console import Console
from rich.table import Table

from operations.replay import ReplayReport


def show_replay(report: ReplayReport, console: Console) -> None:
    """Print what became of the rows."""
    table = Table("category", "tickets", box=None, pad_edge=False)
    for category, number in report.by_category.items():
        table.add_row(category.replace("_", " ") or "-", str(number))
    console.print(table)
    console.print(
        f"\n{report.rows} rows: {report.tagged} tagged, {report.untouched} left alone, "
        f"{report.lost} lost, {report.failed} failed, {report.wrong} unlike the ledger"
    )
    console.print(
        f"{report.seconds:.1f} s, {report.tickets_per_second:.1f} tickets/s; time to tag "
        f"{seconds(report.tag_seconds_p50)} median, {seconds(report.tag_seconds_p95)} p95; "
        f"{report.api_calls_per_ticket or 0:.2f} API calls per tagged ticket"
    )


def seconds(value: float | None) -> str:
    """A time in words; a dash where nothing was measured."""
    return "-" if value is None else f"{value:.2f} s"
