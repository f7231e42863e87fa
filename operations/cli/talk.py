"""Talking to people on stderr: progress bars and tables, only where somebody watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from operations.wiring import Progress as Told

console = Console(stderr=True)
out = Console()


def bar() -> Progress:
    """A progress bar that disappears from a log file."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=False,
    )


@contextmanager
def told() -> Iterator[Told]:
    """A `Progress` callback that shows each named step as a bar, and in a log as single lines."""
    with bar() as progress:
        tasks: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            # "training: threats" and "training: privacy" are one bar that says where it is.
            name = step.partition(":")[0]
            if name not in tasks:
                tasks[name] = progress.add_task(step, total=total or None)
                if not console.is_terminal:
                    console.print(f"{name} ...")
            progress.update(tasks[name], description=step, completed=done, total=total or None)

        yield tell
