"""Write the pages that come from code and policy files, so that they cannot drift from them.

`python -m docs.generate` writes them; with `--check` it writes nothing and exits 3 where one
differs.
"""

import argparse
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click
from pydantic.fields import FieldInfo

from casebook.settings import PREFIX, Settings
from docs.markdown import HEAD, code, table
from docs.policy_pages import sops_page, taxonomy_page
from operations.cli import FOUND, casewarden

ENV_HEAD = """\
# Made by `make docs` from casebook/settings.py; do not edit. Copy to .env and take the comment sign
# off the lines that you need.
"""
CLI_HEAD = """\
# Command line

Data goes to stdout, talk and progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the
check found something, 4 Zendesk refused.
"""
ROOT = Path(__file__).resolve().parent.parent
# Defaults that depend on the machine are described instead of printed.
SPOKEN_DEFAULTS: Mapping[str, str] = {
    "state_dir": "$XDG_STATE_HOME/casewarden, else ~/.local/state/casewarden",
}
METAVARS: Mapping[str, str] = {
    "integer": "NUMBER",
    "integer range": "NUMBER",
    "text": "TEXT",
    "file": "FILE",
    "filename": "FILE",
    "directory": "FOLDER",
}


def pages() -> Mapping[str, Callable[[], str]]:
    """Every generated file by its path from the project's root, and what makes its content."""
    return {
        "docs/settings.md": settings_page,
        "docs/cli.md": cli_page,
        "docs/taxonomy.md": taxonomy_page,
        "docs/sops.md": sops_page,
        ".env.example": env_example,
    }


def outdated(root: Path = ROOT) -> list[str]:
    """Paths of generated files that are missing or differ from what would be written."""
    return [path for path, made in pages().items() if _read(root / path) != made()]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


# Settings --------------------------------------------------------------------------------------


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    rows = (
        (f"`{name}`", f"`{_variable(name)}`", code(_default(name, field)), field.description or "")
        for name, field in Settings.model_fields.items()
    )
    return (
        HEAD.format(source="casebook/settings.py")
        + "# Settings\n\n"
        + "A value comes from the first of these that has one: environment variable, secret file, "
        "`.env` in the working directory, `casewarden.toml` (or the file that `CASEWARDEN_CONFIG` "
        "names), default. In TOML a setting has its plain name. Every setting can also come from a "
        "file: add `_FILE` to its variable and give the path. An unknown variable that starts with "
        "`CASEWARDEN_` is an error.\n\n"
        "`casewarden settings show` prints the values in force and where each came from; secrets "
        "are masked.\n\n" + table(("setting", "variable", "default", "meaning"), rows)
    )


def env_example() -> str:
    """Every setting as a comment with its default, ready to be copied to `.env`."""
    parts = [ENV_HEAD]
    for name, field in Settings.model_fields.items():
        value = "" if name in SPOKEN_DEFAULTS else _default(name, field)
        lines = textwrap.wrap(field.description or "", 96)
        parts.append("".join(f"# {line}\n" for line in [*lines, f"{_variable(name)}={value}"]))
    return "\n".join(parts)


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _default(name: str, field: FieldInfo) -> str:
    if name in SPOKEN_DEFAULTS:
        return SPOKEN_DEFAULTS[name]
    value = field.get_default(call_default_factory=True, validated_data={})
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Mapping():
            return "{}"
        case _:
            return str(value)


# Command line ----------------------------------------------------------------------------------


def cli_page() -> str:
    """Usage, meaning and options of every command."""
    parts = [HEAD.format(source="operations/cli"), CLI_HEAD]
    parts += [_command(path, command) for path, command in commands(casewarden, "casewarden")]
    return "".join(parts)


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below this one, itself first, with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from commands(child, f"{path} {name}")


def _command(path: str, command: click.Command) -> str:
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    options = [param for param in command.params if isinstance(param, click.Option)]
    usage = [path, *(["[OPTIONS]"] if options else [])]
    usage += ["COMMAND"] if isinstance(command, click.Group) else []
    usage += [_argument(argument) for argument in arguments]
    text = f"\n## {path}\n\n```\n{' '.join(usage)}\n```\n\n{inspect.cleandoc(command.help or '')}\n"
    if options:
        rows = ((_spelling(option), _meaning(option)) for option in options)
        text += "\n" + table(("option", "meaning"), rows)
    return text


def _argument(argument: click.Argument) -> str:
    name = (argument.name or "").upper()
    return name if argument.required else f"[{name}]"


def _spelling(option: click.Option) -> str:
    names = ", ".join(option.opts)
    return f"`{names}`" if option.is_flag else f"`{names} {_metavar(option)}`"


def _metavar(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "/".join(str(choice) for choice in option.type.choices)
    return METAVARS.get(option.type.name, option.type.name.upper())


def _meaning(option: click.Option) -> str:
    parts = [option.help or ""]
    # Where there is no default, newer clicks keep a mark of their own there.
    if isinstance(option.default, str | int) and not option.is_flag:
        parts.append(f"Default: `{option.default}`.")
    if option.required:
        parts.append("Required.")
    return " ".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated files, or only check them; the exit code."""
    parser = argparse.ArgumentParser(description="Write the pages that come from code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 3 on a change")
    check: bool = parser.parse_args(arguments).check
    stale = outdated()
    for path in stale:
        print(f"{path} is out of date" if check else f"writing {path}", file=sys.stderr)
        if not check:
            (ROOT / path).write_text(pages()[path](), encoding="utf-8")
    return FOUND if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
