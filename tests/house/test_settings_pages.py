from pathlib import Path

import pytest

from casebook.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = [Path("docs/settings.md"), Path(".env.example")]


@pytest.mark.parametrize("page", PAGES, ids=str)
@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_on_the_page(page, name):
    assert f"{PREFIX}{name.upper()}" in (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is(name):
    assert Settings.model_fields[name].description


def test_the_example_sets_nothing_that_is_no_setting():
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known}
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = {
        line.lstrip("# ").partition("=")[0].strip()
        for line in lines
        if line.lstrip("# ").startswith(PREFIX) and "=" in line
    }
    assert named - known == set()
