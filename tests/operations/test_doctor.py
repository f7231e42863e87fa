"""The whole of `doctor`, against a sandbox desk and a state folder of its own."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from casebook.settings import Settings
from classifier.bundle import BundleRefused
from integration.store.shelf import Shelved
from integration.zendesk.sandbox import Sandbox
from operations.doctor import check_bundle, check_sqlite_version, check_state_folder, run_doctor
from operations.provisioning import provision_now
from operations.wiring import Services

PINNED = Shelved("d" * 64, "november", Path("bundle"), "champion")


@pytest.fixture
def sandbox():
    with Sandbox.start() as desk:
        yield desk


@pytest.fixture
def installed(sandbox, tmp_path, sqlite_address):
    """Makes installations beside the desk."""
    opened: list[Services] = []

    def install(**known) -> Services:
        state = tmp_path / "state"
        state.mkdir(mode=0o700, exist_ok=True)
        defaults = {
            "zendesk_url": sandbox.address,
            "oauth_client_id": sandbox.client_id,
            "oauth_client_secret": SecretStr(sandbox.client_secret),
            "state_dir": state,
            "database_url": SecretStr(sqlite_address),
        }
        opened.append(Services(Settings(_env_file=None, **defaults | known)))
        return opened[-1]

    yield install
    for services in opened:
        services.close()


def faults(services):
    """Names of the checks that found a fault."""
    return {check.name for check in run_doctor(services) if check.ok is False}


def test_a_provisioned_installation_has_no_fault(installed):
    services = installed()
    provision_now(services, public_url=services.settings.public_url)
    assert faults(services) == set()


def test_an_installation_without_provisioning_is_told_what_to_do(installed):
    checks = {check.name: check for check in run_doctor(installed())}
    assert checks["provisioned"].ok is False
    assert "provision apply" in checks["provisioned"].mend
    assert {"groups", "fields", "macros", "webhooks"} <= set(checks)


def test_without_a_desk_the_local_checks_still_run(installed, sandbox):
    sandbox.stop()
    checks = run_doctor(installed())
    assert {"state folder", "database", "model"} <= {check.name for check in checks}
    assert [check.name for check in checks if check.ok is False] == ["desk"]


def test_refused_credentials_are_one_fault(installed):
    assert faults(installed(oauth_client_secret=SecretStr("wrong"))) == {"credentials"}
    assert faults(installed(oauth_client_secret=None)) == {"credentials"}


def test_the_rights_that_an_agent_lacks_are_named(installed, sandbox):
    services = installed(
        oauth_client_secret=None,
        api_email="agent@example.org",
        api_token=SecretStr(sandbox.state.api_token),
    )
    checks = {check.name: check for check in run_doctor(services)}
    assert checks["credentials"].ok is False
    assert checks["api token"].ok is None
    assert "manages webhooks" in checks["provisioned"].detail


def test_no_check_shows_a_secret(installed, sandbox):
    services = installed()
    provision_now(services, public_url=services.settings.public_url)
    (hook,) = sandbox.state.webhooks.hooks.values()
    shown = repr(run_doctor(services))
    assert hook.secret not in shown
    assert sandbox.client_secret not in shown


@pytest.mark.parametrize(
    ("version", "ok"),
    [
        ("3.40.1", None), ("3.44.5", None), ("3.44.6", True), ("3.45.0", None), ("3.50.6", None),
        ("3.50.7", True), ("3.51.2", None), ("3.51.3", True), ("3.52.0", True), ("4.0.0", True),
    ],
)  # fmt: skip
def test_versions_of_sqlite_with_the_wal_bug_are_known(version, ok):
    assert check_sqlite_version(version).ok is ok


def test_a_state_folder_that_others_may_open_is_a_fault(tmp_path):
    folder = tmp_path / "state"
    assert check_state_folder(folder).ok is None
    folder.mkdir(mode=0o700)
    assert check_state_folder(folder).ok is True
    (folder / "keys").mkdir()
    (folder / "keys" / "inbox.key").touch(mode=0o644)
    check = check_state_folder(folder)
    assert check.ok is False
    assert "inbox.key" in check.detail


def test_the_model_must_be_the_one_that_was_pinned():
    def refuse(path, digest):
        raise BundleRefused(f"{path} holds another bundle than {digest[:12]}")

    assert check_bundle(PINNED, lambda _path, _digest: None).ok is True
    assert check_bundle(PINNED, refuse).ok is False
    assert check_bundle(None, refuse).ok is None
