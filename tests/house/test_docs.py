"""The pages say what is there: generated ones are current, and what they name exists."""

import re
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from casebook.settings import OTHER_VARIABLES, PREFIX, Settings
from docs import generate
from operations.cli import FOUND, casewarden

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for page in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("deploy/**/*.md"),
        *ROOT.glob("examples/**/*.md"),
    )
    if page.read_text(encoding="utf-8").strip()
)
OTHER_FILES = sorted(
    path
    for folder in ("deploy", "examples")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".service", ".toml", ".env", ".yaml", ".yml"}
)
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"\bCASEWARDEN_[A-Z][A-Z_]*[A-Z]\b")
CALL = re.compile(r"^(?:.*(?:&&|\|) |\$ |sudo -u \S+ |[A-Z_]+=\S+ )*(?:\S*/)?casewarden(?= |$)(.*)")
TEST = re.compile(r"\b(tests/[\w/]+\.py)(?:::(\w+))?")


@dataclass(frozen=True)
class Call:
    """A command as a page names it, and where."""

    place: str
    words: tuple[str, ...]


def name_of(page):
    return str(page.relative_to(ROOT))


def text_of(page):
    return page.read_text(encoding="utf-8")


def without_fences(text):
    return FENCE.sub("", text)


def snippets(page):
    """Every line of a code block and every code span of a page."""
    text = text_of(page)
    for _, block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from SPAN.findall(without_fences(text))


def calls_in(page):
    for snippet in snippets(page):
        match = CALL.match(snippet.strip())
        if match:
            words = shlex.split(re.split(r" [|>] | \[| COMMAND", match[1])[0], comments=True)
            yield Call(f"{name_of(page)}: {snippet.strip()}", tuple(words))


def fault_of(call):
    """What of a call does not exist, empty where all of it does."""
    command, context = casewarden, click.Context(casewarden)
    for word in call.words:
        if word.startswith("-") and word != "-":
            known = {name for param in command.params for name in (*param.opts, "-h", "--help")}
            if word.split("=")[0] not in known:
                return f"{command.name} has no option {word}"
        elif isinstance(command, click.Group):
            child = command.get_command(context, word)
            if child is None:
                return f"{command.name} has no command {word}"
            command = child
    return ""


def slugs_of(page):
    """The anchors of a page's headings, as forges make them."""
    heads = re.findall(r"^#+ (.+)$", without_fences(text_of(page)), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.strip().replace(" ", "-") for head in plain}


def broken_links(page):
    for target in LINK.findall(without_fences(text_of(page))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in slugs_of(there)):
            yield target


def test_every_generated_page_is_what_the_code_says():
    assert generate.outdated() == [], "run `make docs`"


def test_checking_writes_nothing_and_tells_a_difference_by_its_exit_code(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "outdated", lambda: ["docs/cli.md"])
    monkeypatch.setattr(generate, "ROOT", tmp_path)

    code = generate.main(["--check"])

    assert (code, list(tmp_path.iterdir())) == (FOUND, [])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page):
    assert list(broken_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_named_exists_with_its_options(page):
    faults = {call.place: fault for call in calls_in(page) if (fault := fault_of(call))}

    assert faults == {}


def test_a_command_that_does_not_exist_would_be_found():
    assert fault_of(Call("", ("tickets", "explode", "7")))
    assert fault_of(Call("", ("tickets", "explain", "--loud", "7")))
    assert not fault_of(Call("", ("tickets", "explain", "--json", "7")))


@pytest.mark.parametrize("page", [*PAGES, *OTHER_FILES], ids=name_of)
def test_every_variable_named_is_a_setting(page):
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    allowed = known | {f"{name}_FILE" for name in known} | OTHER_VARIABLES

    assert set(VARIABLE.findall(text_of(page))) - allowed == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_toml_example_names_settings_only(page):
    examples = [block for kind, block in FENCE.findall(text_of(page)) if kind == "toml"]

    for example in examples:
        assert set(tomllib.loads(example)) <= set(Settings.model_fields)


def test_the_desks_example_can_be_used_as_it_stands():
    example = tomllib.loads(text_of(ROOT / "examples/desk/casewarden.toml"))

    assert Settings(_env_file=None, **example).zendesk_url == example["zendesk_url"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_test_named_as_proof_exists(page):
    for path, name in TEST.findall(text_of(page)):
        assert (ROOT / path).exists(), path
        assert not name or f"def {name}(" in text_of(ROOT / path), name
