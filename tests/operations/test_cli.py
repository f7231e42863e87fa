"""The command line, as a person or a script meets it."""

import json

import pytest
from click.testing import CliRunner

from operations.cli import COMMANDS, casewarden, main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CASEWARDEN_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return lambda *words, **more: CliRunner().invoke(casewarden, list(words), **more)


def exit_code(monkeypatch, *words) -> int:
    monkeypatch.setattr("sys.argv", ["casewarden", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(run, name):
    answer = run(name, "--help")

    assert answer.exit_code == 0
    assert "Usage:" in answer.output


def test_the_help_names_every_command_without_loading_any(run):
    answer = run("--help")

    for name in COMMANDS:
        assert name in answer.output


def test_an_unknown_command_is_wrong_usage(run):
    assert run("bogus").exit_code == 2


@pytest.mark.parametrize("words", [("work", "--once"), ("up",), ("tickets", "explain", "5")])
def test_without_a_way_into_the_desk_it_says_so_at_once(tmp_path, monkeypatch, capsys, words):
    monkeypatch.setenv("CASEWARDEN_STATE_DIR", str(tmp_path))

    assert exit_code(monkeypatch, *words) == 1
    assert "oauth_client_secret" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_an_unknown_setting_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CASEWARDEN_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CASEWARDEN_COLOUR", "red")

    assert exit_code(monkeypatch, "settings", "show") == 1
    assert "CASEWARDEN_COLOUR" in capsys.readouterr().err


def test_settings_are_shown_with_their_origin_and_without_secrets(run, monkeypatch):
    monkeypatch.setenv("CASEWARDEN_WEBHOOK_SECRET", "made-up-and-secret")

    answer = run("settings", "show", "--json")

    rows = {row["name"]: row for row in json.loads(answer.output)}
    assert rows["webhook_secret"]["value"] == "********"
    assert rows["webhook_secret"]["origin"] == "environment CASEWARDEN_WEBHOOK_SECRET"
    assert rows["port"]["origin"] == "default"
    assert "made-up-and-secret" not in answer.output


def test_an_empty_ledger_is_whole(run):
    answer = run("ledger", "verify", "--json")

    assert json.loads(answer.output) == {"entries": 0, "first_break": None}


def test_a_changed_ledger_is_found(run, tmp_path):
    from sqlalchemy import text

    from casebook.settings import load_settings
    from operations.wiring import Services
    from tests.builders import an_entry

    services = Services(load_settings())
    for _ in range(3):
        services.ledger.append(an_entry())
    services.store.write(lambda c: c.execute(text("UPDATE ledger SET ticket_id = 9 WHERE seq = 2")))
    services.close()

    answer = run("ledger", "verify")

    assert answer.exit_code == 3
    assert "entry 2" in answer.output


def test_the_shipped_sops_are_clean(run):
    assert run("macros", "lint").exit_code == 0


def test_a_faulty_sop_is_named_by_file_and_line(run, tmp_path):
    (tmp_path / "sops").mkdir()
    (tmp_path / "sops" / "bad.yaml").write_text("sop: bad\ncolour: red\n")

    answer = run("macros", "lint", str(tmp_path / "sops"))

    assert answer.exit_code == 3
    assert "bad.yaml:2" in answer.output


def test_a_file_without_a_row_is_not_replayed(run, tmp_path):
    (tmp_path / "rows.jsonl").write_text("not JSON\n")

    answer = run("tickets", "replay", str(tmp_path / "rows.jsonl"), "--desk", "sandbox")

    assert answer.exit_code == 1
    assert not (tmp_path / "models").exists()


def test_nothing_is_provisioned_unasked(run, monkeypatch):
    monkeypatch.setenv("CASEWARDEN_OAUTH_CLIENT_SECRET", "made-up")
    monkeypatch.setenv("CASEWARDEN_ZENDESK_URL", "http://127.0.0.1:9")

    assert run("provision", "apply").exit_code == 1
