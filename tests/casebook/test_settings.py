import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from casebook.errors import Misconfigured
from casebook.modes import Mode
from casebook.settings import default_state_dir, load_settings, origin_of
from tests.builders import CANARY

SECRETS = [
    "oauth_client_secret",
    "api_token",
    "webhook_secret",
    "webhook_secret_previous",
    "database_url",
    "inbox_keys",
    "status_token",
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder without `.env` and `casewarden.toml`, and a home without state."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def set_env(monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setenv(f"CASEWARDEN_{name.upper()}", value)


def test_everything_has_a_default(folder):
    settings = load_settings()
    assert settings.database == f"sqlite:///{folder}/state/casewarden/casewarden.sqlite3"
    assert settings.model_dir == folder / "state" / "casewarden" / "models"
    assert settings.host == "127.0.0.1"


def test_without_a_state_home_state_lies_below_the_home(monkeypatch):
    monkeypatch.delenv("XDG_STATE_HOME")
    assert default_state_dir() == Path.home() / ".local" / "state" / "casewarden"


def test_an_unknown_variable_is_refused_by_name(monkeypatch):
    set_env(monkeypatch, webhok_secret=CANARY)
    with pytest.raises(Misconfigured, match="CASEWARDEN_WEBHOK_SECRET") as refused:
        load_settings()
    assert CANARY not in str(refused.value)


def test_variables_of_other_programs_do_not_matter(monkeypatch):
    monkeypatch.setenv("CASEWARDENS_CAT", "purrs")
    assert load_settings().port == 8642


def test_each_source_gives_way_to_the_one_before_it(folder, monkeypatch):
    (folder / "casewarden.toml").write_text('oauth_client_id = "toml"\n', encoding="utf-8")
    assert load_settings().oauth_client_id == "toml"
    (folder / ".env").write_text("CASEWARDEN_OAUTH_CLIENT_ID=dotenv\n", encoding="utf-8")
    assert load_settings().oauth_client_id == "dotenv"
    (folder / "secret").write_text("file\n", encoding="utf-8")
    set_env(monkeypatch, oauth_client_id_file=str(folder / "secret"))
    assert load_settings().oauth_client_id == "file"
    set_env(monkeypatch, oauth_client_id="environment")
    assert load_settings().oauth_client_id == "environment"
    assert load_settings(oauth_client_id="argument").oauth_client_id == "argument"


def test_it_can_be_told_where_a_value_came_from(folder, monkeypatch):
    (folder / "casewarden.toml").write_text('oauth_client_id = "toml"\n', encoding="utf-8")
    (folder / ".env").write_text("CASEWARDEN_PORT=9000\n", encoding="utf-8")
    (folder / "secret").write_text("file\n", encoding="utf-8")
    set_env(monkeypatch, host="192.0.2.1", api_token_file=str(folder / "secret"))
    settings = load_settings()
    assert origin_of("host", settings) == "environment CASEWARDEN_HOST"
    assert origin_of("api_token", settings) == "file of CASEWARDEN_API_TOKEN_FILE"
    assert origin_of("port", settings) == ".env or the command line"
    assert origin_of("oauth_client_id", settings) == "casewarden.toml"
    assert origin_of("log_level", settings) == "default"


def test_another_toml_file_can_be_named(folder, monkeypatch):
    (folder / "elsewhere.toml").write_text("port = 9001\n", encoding="utf-8")
    monkeypatch.setenv("CASEWARDEN_CONFIG", str(folder / "elsewhere.toml"))
    assert load_settings().port == 9001


def test_a_secret_comes_from_a_file_without_its_last_newline(folder, monkeypatch):
    (folder / "secret").write_text(f"{CANARY}\n", encoding="utf-8")
    set_env(monkeypatch, webhook_secret_file=str(folder / "secret"))
    assert load_settings().webhook_secret.get_secret_value() == CANARY


@pytest.mark.parametrize("name", SECRETS)
def test_an_empty_secret_is_none_at_all(folder, monkeypatch, name):
    """`CASEWARDEN_STATUS_TOKEN=` copied from an example must not become a token of no letters."""
    (folder / ".env").write_text(f"CASEWARDEN_{name.upper()}=\n", encoding="utf-8")
    assert getattr(load_settings(), name) is None
    set_env(monkeypatch, **{name: ""})
    assert getattr(load_settings(), name) is None
    (folder / "empty").write_text("\n", encoding="utf-8")
    set_env(monkeypatch, **{f"{name}_file": str(folder / "empty")})
    assert getattr(load_settings(), name) is None


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_shows_when_settings_are_printed(name):
    settings = load_settings(**{name: CANARY})
    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)
    assert CANARY not in f"{settings.model_dump()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("zendesk_url", CANARY),
        ("port", CANARY),
        ("port", "70000"),
        ("webhook_fresh_minutes", CANARY),
        ("webhook_max_bytes", "1"),
        ("allow_test_secret", CANARY),
        ("default_mode", CANARY),
        ("modes", CANARY),
        ("modes", f'{{"privacy": "{CANARY}"}}'),
        ("log_level", CANARY),
        ("worker_threads", "0"),
    ],
)
def test_a_faulty_setting_is_named_without_its_value(monkeypatch, name, value):
    set_env(monkeypatch, **{name: value})
    with pytest.raises(Misconfigured, match=name) as refused:
        load_settings()
    assert CANARY not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("content", [f"port = {CANARY}", f'colour = "{CANARY}"', "port = 'x'"])
def test_a_faulty_toml_file_is_refused_without_its_values(folder, content):
    (folder / "casewarden.toml").write_text(content, encoding="utf-8")
    with pytest.raises(Misconfigured) as refused:
        load_settings()
    assert CANARY not in str(refused.value)


def test_an_unknown_line_in_dotenv_is_refused(folder):
    (folder / ".env").write_text(f"CASEWARDEN_COLOUR={CANARY}\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="casewarden_colour") as refused:
        load_settings()
    assert CANARY not in str(refused.value)


def test_a_secret_file_that_is_not_there_is_named(folder, monkeypatch):
    set_env(monkeypatch, api_token_file=str(folder / "nowhere"))
    with pytest.raises(Misconfigured, match="nowhere"):
        load_settings()


def test_a_secret_file_that_is_no_text_is_refused(folder, monkeypatch):
    (folder / "secret").write_bytes(b"\xff\xfe\x00")
    set_env(monkeypatch, api_token_file=str(folder / "secret"))
    with pytest.raises(Misconfigured):
        load_settings()


def test_modes_of_single_categories_stand_over_the_default(monkeypatch):
    set_env(monkeypatch, default_mode="observe", modes='{"privacy": "act"}')
    settings = load_settings()
    assert settings.mode_of("privacy") is Mode.ACT
    assert settings.mode_of("copyright") is Mode.OBSERVE


def test_a_mode_of_an_unknown_category_is_refused():
    with pytest.raises(Misconfigured, match="no such category: weather"):
        load_settings(modes={"weather": "act"})


def test_addresses_lose_their_last_slash():
    assert load_settings(zendesk_url="https://desk.example.com/").zendesk_url.endswith(".com")


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1


def test_reading_settings_leaves_the_environment_alone(monkeypatch):
    set_env(monkeypatch, port="9000")
    before = dict(os.environ)
    load_settings()
    assert dict(os.environ) == before
