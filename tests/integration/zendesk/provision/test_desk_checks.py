"""What `doctor` finds on a sandbox desk."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from casebook.errors import DeskUnavailable
from integration.zendesk.checks import (
    Reached,
    check_account,
    check_api_token,
    check_clock,
    check_endpoint,
    check_objects,
    check_private_groups,
    check_reached,
    check_signing_secret,
    check_token_expiry,
    check_user,
    reach,
)
from integration.zendesk.gateway import ZendeskDesk
from integration.zendesk.oauth import ApiToken
from integration.zendesk.provision import SIGNING_SECRET, plan_provision, read_desk
from integration.zendesk.provision.found import FoundUser
from integration.zendesk.sandbox import ENTERPRISE
from tests.builders import NOW
from tests.integration.zendesk.provision.conftest import wanted

KINDS = ("group", "field", "macro", "webhook")


def objects(at, kind, what=None):
    """The check of one kind as things are now."""
    plan = plan_provision(what or wanted(), read_desk(at.desk))
    return check_objects(kind, plan, at.directory.named(kind).values())


def test_a_desk_that_answers_is_reached_and_tells_its_time(at):
    reached = reach(at.sandbox.address, at.clock)
    assert check_reached(at.sandbox.address, reached).ok
    assert reached.desk_at is not None
    assert reached.our_at == NOW


def test_a_desk_that_is_gone_is_named_so(started, clock):
    sandbox = started()
    sandbox.stop()
    with pytest.raises(DeskUnavailable):
        reach(sandbox.address, clock)


@pytest.mark.parametrize("status", [301, 404, 502])
def test_something_else_than_a_desk_is_told_apart(status):
    check = check_reached("https://example.org", Reached(status, None, NOW))
    assert (check.ok, check.mend) == (False, "check zendesk_url")


@pytest.mark.parametrize(
    ("off", "ok", "said"),
    [(0, True, "0 s"), (60, True, "60 s"), (-61, False, "behind"), (3600, False, "ahead of")],
)
def test_a_clock_that_is_wrong_is_found(off, ok, said):
    check = check_clock(Reached(200, NOW, NOW + timedelta(seconds=off)))
    assert check.ok is ok
    assert said in check.detail


def test_a_desk_without_a_clock_is_no_fault():
    assert check_clock(Reached(200, None, NOW)).ok is None


@pytest.mark.parametrize(
    ("user", "ok"),
    [
        (FoundUser(7, "admin", None, ""), True),
        (FoundUser(7, "agent", 12, ""), None),
        (FoundUser(7, "agent", None, ""), False),
        (FoundUser(7, "end-user", None, ""), False),
        (FoundUser(None, "", None, ""), False),
    ],
)
def test_the_role_of_the_bot_is_judged(user, ok):
    assert check_user(user).ok is ok


def test_the_end_of_the_token_is_told(at):
    check = check_token_expiry(at.desk, at.clock.now())
    assert (check.ok, check.detail) == (True, "good for 120 minutes, and renewed by itself")
    assert check_token_expiry(at.desk, at.clock.now() + timedelta(hours=3)).ok is False


def test_an_api_token_has_no_end_of_its_own(at):
    token = ApiToken("bot@example.org", at.sandbox.state.api_token)
    desk = ZendeskDesk(at.sandbox.address, token, at.directory)
    assert check_token_expiry(desk, at.clock.now()).ok is None


@pytest.mark.parametrize(
    ("today", "in_use", "ok"),
    [
        (date(2026, 11, 22), False, True),
        (date(2026, 11, 22), True, None),
        (date(2027, 4, 30), True, None),
        (date(2027, 5, 1), True, False),
    ],
)
def test_api_tokens_are_warned_of_until_they_end(today, in_use, ok):
    check = check_api_token(today, in_use=in_use)
    assert check.ok is ok
    assert ("2027-04-30" in check.detail) is in_use


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_missing_at_first_and_there_after_provisioning(at, kind):
    assert objects(at, kind).ok is False
    at.apply()
    assert objects(at, kind).ok is True


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_whose_id_we_do_not_know_is_a_fault(at, kind):
    at.apply()
    for name in at.directory.named(kind):
        at.directory.forget(kind, name)
    check = objects(at, kind)
    assert check.ok is False
    assert "we do not know the id of" in check.detail


def test_a_macro_that_was_switched_off_is_a_fault(at):
    at.apply()
    (macro_id,) = at.directory.macros().values()
    at.edit("macro", f"macros/{macro_id}.json", active=False)
    check = objects(at, "macro")
    assert check.ok is False
    assert "inactive → active" in check.detail


def test_ids_of_another_desk_are_a_fault(at):
    found = read_desk(at.desk)
    assert check_account(found, None).ok is False
    assert check_account(found, "elsewhere").ok is False
    assert check_account(found, found.user.account).ok is True


def test_the_webhook_must_send_to_our_address(at):
    at.apply()
    found = read_desk(at.desk)
    assert check_endpoint(wanted(), found, "https://desk.example.org").ok is True
    moved = wanted(public_url="https://new.example.org")
    check = check_endpoint(moved, found, "https://desk.example.org")
    assert check.ok is False
    assert "https://new.example.org/zendesk/events" in check.detail


def test_an_address_that_only_this_machine_can_reach_is_a_fault_of_a_real_desk(at):
    here = wanted(public_url="http://127.0.0.1:8642")
    at.apply(at.plan(here))
    found = read_desk(at.desk)
    assert check_endpoint(here, found, "https://desk.example.org").ok is False
    assert check_endpoint(here, found, at.sandbox.address).ok is True


def test_the_signing_secret_is_compared_and_never_shown(at):
    at.apply()
    found = read_desk(at.desk)
    kept = at.secrets.get(SIGNING_SECRET)
    checks = [
        check_signing_secret(wanted(), found, at.desk, live)
        for live in ([kept], ["an older one", kept], ["an older one"], [])
    ]
    assert [check.ok for check in checks] == [True, True, False, False]
    assert not any(kept in f"{check.detail}{check.mend}" for check in checks)


def test_without_a_webhook_its_checks_are_passed_over(at):
    found = read_desk(at.desk)
    assert check_endpoint(wanted(), found, at.sandbox.address).ok is None
    assert check_signing_secret(wanted(), found, at.desk, []).ok is None


def test_the_guarantee_for_restricted_groups_is_stated(set_up):
    at = set_up(plan=ENTERPRISE)

    def guarantee(what, found):
        return check_private_groups(what, plan_provision(what, found), found)

    assert guarantee(wanted(), read_desk(at.desk)).ok is None
    what = wanted(private_groups=True)
    at.apply(at.plan(what))
    found = read_desk(at.desk)
    assert guarantee(what, found).ok is True
    outside = replace(found, user=replace(found.user, member_of=frozenset()))
    assert guarantee(what, outside).ok is False
    public = replace(found, groups=tuple(replace(one, is_public=True) for one in found.groups))
    check = guarantee(what, public)
    assert check.ok is None
    assert check.detail.startswith("restricted groups are public groups here")
    assert "within-groups" in check.mend
