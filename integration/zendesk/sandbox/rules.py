"""How fast the desk may be called, and how it delivers its webhooks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What one Zendesk plan allows; counts are per account and minute unless named otherwise.

    `enforced=False` still reports the numbers in headers but refuses nothing.
    """

    name: str
    requests: int
    updates: int = 100
    updates_per_ticket: int = 30
    exports: int = 10
    webhook_calls: int = 100
    webhook_tests: int = 20
    private_groups: bool = False
    enforced: bool = True


UNLIMITED = Plan("unlimited", requests=100_000, private_groups=True, enforced=False)
TEAM = Plan("team", requests=200)
PROFESSIONAL = Plan("professional", requests=400)
ENTERPRISE = Plan("enterprise", requests=700, private_groups=True)
ENTERPRISE_PLUS = Plan(
    "enterprise_plus", requests=2_500, updates=300, exports=30, private_groups=True
)
SANDBOX = Plan("sandbox", requests=700, updates=20, private_groups=True)

PLANS = {
    plan.name: plan
    for plan in (UNLIMITED, TEAM, PROFESSIONAL, ENTERPRISE, ENTERPRISE_PLUS, SANDBOX)
}


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """When a webhook is sent again, and when it is not sent at all.

    The counts and limits are Zendesk's. `pace` stretches or shrinks every wait between two
    attempts (0 = at once), so that a rehearsal need not take as long as the real thing;
    `retry_seconds` is the wait where Zendesk names none.
    """

    threads: int = 4
    timeout_seconds: float = 12.0
    retry_seconds: float = 5.0
    pace: float = 1.0
    conflict_retries: int = 3
    throttle_retries: int = 3
    timeout_retries: int = 5
    longest_retry_after_seconds: float = 60.0
    breaker_window_seconds: float = 300.0
    breaker_least_requests: int = 100
    breaker_error_share: float = 0.7
    breaker_errors: int = 1_000
    breaker_rest_seconds: float = 5.0
    kept_invocations: int = 2_000
