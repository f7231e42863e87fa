import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.signature import (
    PUBLIC_TEST_SECRET,
    WebhookRejected,
    instant,
    signature_of,
    verify,
)
from tests.builders import NOW, SECRET, an_envelope, body_of

BODY = body_of(an_envelope())
AT = "2026-11-22T10:00:00Z"
OBSOLETE = {
    "body": b'{"say": "hello"}',
    "timestamp": "2021-07-25T10:00:00Z",
    "secret": "HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=",
}


def accept(body=BODY, **known):
    timestamp = known.pop("timestamp", AT)
    signing = known.pop("signed_with", SECRET)
    signed_at = known.pop("signed_at", timestamp) or AT
    defaults = {
        "signature": signature_of(BODY, timestamp=signed_at, secret=signing),
        "timestamp": timestamp,
        "secrets": [SECRET],
        "now": NOW,
        "tolerance": timedelta(minutes=5),
    }
    verify(body, **defaults | known)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        ('{"ticket_id":"35436"}', "T+jJ/avVAkxulFWbNDnEzwarCdND5c4WxU7Ce2CuO8U="),
        ("", "7wqj9v7iZcuc3i+t0JITRnK3MVJP+LCLtKBXDIY744Q="),
        ('{"t":"café 🚨"}', "6e8OxYl7+8IIAKAejnVuZndVmH3j8EkQVoRdxlPBogU="),
    ],
)
def test_the_known_vectors_pass(body, signature):
    assert signature_of(body.encode(), timestamp=AT, secret=PUBLIC_TEST_SECRET) == signature
    accept(body.encode(), signature=signature, secrets=[PUBLIC_TEST_SECRET])


def test_the_timestamp_comes_first_and_the_obsolete_order_fails():
    right, obsolete = (
        "Rry/4TtIdFyawtXXp8QdI6tlAUUQ/5kL1OTp5qo/ZIk=",
        "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw=",
    )
    then = {
        "timestamp": OBSOLETE["timestamp"],
        "secrets": [OBSOLETE["secret"]],
        "now": instant(OBSOLETE["timestamp"]),
    }
    accept(OBSOLETE["body"], signature=right, **then)
    with pytest.raises(WebhookRejected) as rejected:
        accept(OBSOLETE["body"], signature=obsolete, **then)
    assert rejected.value.reason == "bad_signature"


def flipped(body, place):
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


@pytest.mark.parametrize("place", [0, len(BODY) // 2, len(BODY) - 1])
def test_one_flipped_bit_of_the_body_is_refused(place):
    with pytest.raises(WebhookRejected, match="bad_signature"):
        accept(flipped(BODY, place))


def test_the_same_json_written_anew_is_refused():
    with pytest.raises(WebhookRejected, match="bad_signature"):
        accept(json.dumps(json.loads(BODY)).encode())


@pytest.mark.parametrize(
    "signature",
    [
        "x",
        "not base64 at all!",
        "é" * 44,
        "A" * 10_000,
        base64.b64encode(b"\0" * 32).decode(),
        signature_of(BODY, timestamp=AT, secret=SECRET)[:-1],
    ],
)
def test_any_other_signature_is_refused(signature):
    with pytest.raises(WebhookRejected, match="bad_signature"):
        accept(signature=signature)


@pytest.mark.parametrize(
    "known", [{"signature": None}, {"signature": ""}, {"timestamp": None}, {"timestamp": ""}]
)
def test_a_missing_header_is_refused_as_unsigned(known):
    with pytest.raises(WebhookRejected) as rejected:
        accept(**known)
    assert rejected.value.reason == "unsigned"


def test_a_moved_timestamp_breaks_the_signature():
    with pytest.raises(WebhookRejected, match="bad_signature"):
        accept(signed_at=AT, timestamp="2026-11-22T10:00:01Z")


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-11-22T09:55:00Z",
        "2026-11-22T10:05:00Z",
        "2026-11-22T10:00:00.5Z",
        "2026-11-22T10:00:00.123456789Z",
        "2026-11-22T11:00:00+01:00",
    ],
)
def test_a_fresh_timestamp_passes_in_every_precision(timestamp):
    accept(timestamp=timestamp)


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-11-22T09:54:59Z",
        "2026-11-22T10:05:00.000001Z",
        "2025-11-22T10:00:00Z",
        "2026-11-22T10:00:00",
        "1795341600",
        "yesterday",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_a_timestamp_too_old_too_new_or_unreadable_is_stale(timestamp):
    with pytest.raises(WebhookRejected) as rejected:
        accept(timestamp=timestamp)
    assert rejected.value.reason == "stale"


def test_spaces_around_the_headers_do_not_matter():
    accept(signature=f" {signature_of(BODY, timestamp=AT, secret=SECRET)} ")
    accept(timestamp=f" {AT}", signed_at=AT)


@pytest.mark.parametrize("signed_with", ["the new one", "the old one"])
def test_two_secrets_are_live_while_one_is_rotated(signed_with):
    accept(signed_with=signed_with, secrets=["the new one", "the old one"])


@pytest.mark.parametrize("secrets", [[], ["another"]])
def test_a_secret_that_is_not_live_opens_nothing(secrets):
    with pytest.raises(WebhookRejected, match="bad_signature"):
        accept(secrets=secrets)


def test_the_public_test_secret_opens_nothing_unless_it_is_live():
    with pytest.raises(WebhookRejected, match="bad_signature"):
        accept(signed_with=PUBLIC_TEST_SECRET)
    accept(signed_with=PUBLIC_TEST_SECRET, secrets=[SECRET, PUBLIC_TEST_SECRET])


@given(body=st.binary(max_size=64), signature=st.text(max_size=60), timestamp=st.text(max_size=40))
def test_whatever_stands_in_the_headers_the_answer_is_a_refusal(body, signature, timestamp):
    with pytest.raises(WebhookRejected):
        accept(body, signature=signature, timestamp=timestamp)


@given(st.text(max_size=40))
def test_any_text_is_an_aware_instant_or_none(text):
    read = instant(text)
    assert read is None or read.utcoffset() == timedelta(0)
