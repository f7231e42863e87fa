from __future__ import annotations

from typing import Any

import pytest

from integration.zendesk.sandbox import DeliveryRules, DeskState, Plan, Sandbox
from integration.zendesk.sandbox.rules import UNLIMITED
from tests.integration.zendesk.sandbox.sandbox_callers import (
    AT_ONCE,
    Api,
    Listener,
    MovableClock,
    credentials,
)


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def open_desk(clock):
    """Starts desks that a test wants otherwise, and stops them afterwards."""
    running: list[Sandbox] = []

    def start(plan: Plan = UNLIMITED, rules: DeliveryRules = AT_ONCE, **values: Any) -> Sandbox:
        state = DeskState(plan=plan, rules=rules, clock=clock, **values)
        running.append(Sandbox.serving(state))
        return running[-1]

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def desk(open_desk):
    return open_desk(last_minute_rule=False)


@pytest.fixture
def caller():
    """Makes callers, and closes their connections afterwards."""
    made: list[Api] = []

    def make(sandbox: Sandbox, authorization: str | None) -> Api:
        made.append(Api(sandbox, authorization))
        return made[-1]

    yield make
    for api in made:
        api.close()


@pytest.fixture
def as_bot(caller):
    def sign_in(sandbox: Sandbox, **asked: Any) -> Api:
        api = caller(sandbox, None)
        granted = api("POST", "/oauth/tokens", credentials(sandbox) | asked)
        assert granted.status_code == 200, granted.text
        api.session.headers["Authorization"] = f"Bearer {granted.json()['access_token']}"
        return api

    return sign_in


@pytest.fixture
def as_user(caller):
    """A caller by e-mail and the account's API token."""

    def sign_in(sandbox: Sandbox, email: str = "agent@example.org") -> Api:
        api = caller(sandbox, None)
        api.session.auth = (f"{email}/token", sandbox.state.api_token)
        return api

    return sign_in


@pytest.fixture
def bot(desk, as_bot):
    return as_bot(desk)


@pytest.fixture
def agent(desk, as_user):
    return as_user(desk)


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.close()
