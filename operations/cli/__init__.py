"""The command line: `casewarden NOUN VERB`.

Data goes to stdout, talk and progress to stderr. Exit codes: 0 done · 1 failed · 2 wrong usage ·
3 the check found something · 4 Zendesk refused. Commands are imported only when they run, so that
`--help` answers at once.
"""

import sys
from collections.abc import Mapping
from importlib import import_module

import click

FAILED, FOUND, REFUSED = 1, 3, 4
# Name, where it is, and its line in the help, which must not cost an import.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("operations.cli.demo:demo", "Show 200 tickets being tagged on a sandbox desk."),
    "up": ("operations.cli.serving:up", "Run the web app, a worker and the scheduler in one."),
    "serve": ("operations.cli.serving:serve", "Run the web app, which receives Zendesk's events."),
    "work": ("operations.cli.serving:work", "Run a worker, which tags, routes and documents."),
    "sandbox": ("operations.cli.sandbox:sandbox", "A Zendesk look-alike to rehearse on."),
    "provision": ("operations.cli.provision:provision", "Set up a desk: fields, macros, webhook."),
    "tickets": ("operations.cli.tickets:tickets", "Classify, explain and replay tickets."),
    "macros": ("operations.cli.macros:macros", "Check the SOP library."),
    "ledger": ("operations.cli.ledger:ledger", "Verify the record of what was done."),
    "settings": ("operations.cli.settings:settings", "Show the settings in force."),
    "doctor": ("operations.cli.doctor:doctor", "Check this installation and its desk."),
}


class LateCommands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for an unknown name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LateCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="casewarden")
def casewarden() -> None:
    """Tag, route and document sensitive Zendesk tickets.

    Start with `casewarden demo`; it needs no account.
    """


def main() -> None:
    """Run the command line and turn named errors into a message and an exit code."""
    from casebook.errors import CaseworkError, NotAllowed

    try:
        casewarden()
    except NotAllowed as error:
        click.echo(f"Zendesk refused: {error}", err=True)
        sys.exit(REFUSED)
    except CaseworkError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(FAILED)
    except BrokenPipeError:
        # The reader of our output has left; that is its right.
        sys.stderr.close()
        sys.exit(FAILED)
