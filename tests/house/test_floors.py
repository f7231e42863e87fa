import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "casebook", "classifier", "integration", "macros", "operations", "queue_health", "training",
]  # fmt: skip
PRODUCT = sorted(
    [ROOT / "webhook_app.py", *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 350, 40
# One owner per import name: only this module knows the library.
OWNERS = {
    "zenpy": {"integration/zendesk/gateway.py"},
    "alembic": {
        "integration/store/engine.py",
        "integration/store/migrate.py",
        "integration/store/migrations",
    },
    "cryptography": {"integration/store/sealing.py"},
    "apscheduler": {"operations/scheduler.py"},
}
LIMITED = ["classifier", "training"]


def relative(path):
    return path.relative_to(ROOT).as_posix()


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_a_module_imports_only_from_floors_below():
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    linted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_has_one_owner(library):
    users = {
        relative(path)
        for path in PRODUCT
        if any(name.split(".")[0] == library for name in imports_of(path))
    }
    allowed = OWNERS[library]
    strangers = [
        user
        for user in users
        if not any(user == one or user.startswith(f"{one}/") for one in allowed)
    ]
    assert strangers == []


def test_no_file_is_too_long_to_be_read():
    lengths = {relative(path): len(path.read_text().splitlines()) for path in [*PRODUCT, *TESTS]}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def functions_of(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_is_too_long_for_the_eye():
    too_long = {
        f"{relative(path)}:{name}": lines
        for path in [*PRODUCT, *TESTS]
        # A migration is a list of tables, written by a generator and never changed.
        if "migrations" not in path.parts
        for name, lines in functions_of(path)
        if lines > LONGEST_FUNCTION
    }
    assert too_long == {}


def calls_of(path, name):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node.lineno


def test_nothing_prints_but_the_command_line():
    printing = {
        relative(path): lines
        for path in PRODUCT
        if not relative(path).startswith("operations/cli/")
        and (lines := list(calls_of(path, "print")))
    }
    assert printing == {}


def test_no_test_sleeps():
    sleeping = [
        f"{relative(path)}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "sleep"}
    ]
    assert sleeping == []


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in LIMITED])
def test_heavy_libraries_are_imported_late(package):
    """Outside the two packages that need them, scikit-learn and scipy are no module's import."""
    heavy = {"sklearn", "scipy", "joblib"}
    eager = [
        relative(path)
        for path in PRODUCT
        if relative(path).startswith(f"{package}/")
        and any(name.split(".")[0] in heavy for name in top_imports_of(path))
    ]
    assert eager == []


def top_imports_of(path):
    for node in tree_of(path).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_command_line_and_the_web_start_without_the_heavy_libraries():
    code = (
        "import sys, operations.cli, webhook_app; "
        "print(sorted({'sklearn', 'scipy', 'joblib'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
