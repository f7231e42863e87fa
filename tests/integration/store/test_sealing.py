import base64
import stat
import subprocess
import sys

import pytest

from casebook.errors import Misconfigured
from integration.store.sealing import KeyRing, SealBroken, key_ring, parse_keys
from tests.builders import CANARY

OLD = KeyRing(active="old", keys={"old": b"o" * 32})
NEW = KeyRing(active="new", keys={"new": b"n" * 32, "old": b"o" * 32})
PLACE = "inbox|event-1"


def encoded(byte=b"k", size=32):
    return base64.b64encode(byte * size).decode()


@pytest.mark.parametrize("clear", [b"", b"words", b"\x00" * 5, "🚨".encode() * 100_000])
def test_what_was_sealed_is_opened_unchanged(clear):
    assert OLD.open(OLD.seal(clear, place=PLACE), place=PLACE) == clear


def test_sealing_hides_the_words_and_never_repeats_itself():
    one, two = (OLD.seal(CANARY.encode(), place=PLACE) for _ in range(2))
    assert one != two
    assert CANARY.encode() not in one


def test_a_sealed_value_opens_in_its_own_place_only():
    with pytest.raises(SealBroken, match=r"inbox\|event-2"):
        OLD.open(OLD.seal(b"words", place=PLACE), place="inbox|event-2")


def test_every_flipped_bit_is_found():
    sealed = OLD.seal(b"words", place=PLACE)
    for place in range(len(sealed) * 8):
        spoilt = bytearray(sealed)
        spoilt[place // 8] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            OLD.open(bytes(spoilt), place=PLACE)


def test_every_cut_is_found():
    sealed = OLD.seal(b"words", place=PLACE)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            OLD.open(sealed[:length], place=PLACE)


def test_a_missing_key_is_named():
    with pytest.raises(SealBroken, match="inbox key new is missing"):
        OLD.open(NEW.seal(b"words", place=PLACE), place=PLACE)


def test_after_a_rotation_the_old_still_opens_and_the_new_seals():
    assert NEW.open(OLD.seal(b"words", place=PLACE), place=PLACE) == b"words"
    with pytest.raises(SealBroken):
        OLD.open(NEW.seal(b"words", place=PLACE), place=PLACE)


def test_the_first_configured_key_seals():
    ring = parse_keys(f"b:{encoded(b'b')}, a:{encoded(b'a')}")
    assert ring.active == "b"
    assert ring.keys == {"b": b"b" * 32, "a": b"a" * 32}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "local",
        f"local:{encoded(size=16)}",
        "local:***",
        f":{encoded()}",
        encoded(),
        f"{encoded()}:local",
        f"a:{encoded()},a:{encoded(b'x')}",
        f"{'n' * 300}:{encoded()}",
        "é:é",
    ],
)
def test_keys_that_are_none_are_refused_without_being_shown(value):
    with pytest.raises(Misconfigured, match="inbox_keys") as refused:
        parse_keys(value)
    assert encoded() not in str(refused.value)


def test_a_ring_does_not_show_its_keys():
    assert str(b"o" * 32) not in repr(OLD)


def test_a_key_is_made_once_for_its_owner_only(tmp_path):
    made = key_ring(None, tmp_path / "keys")
    file = tmp_path / "keys" / "inbox.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert key_ring(None, tmp_path / "keys") == made
    assert list(file.parent.iterdir()) == [file]


def test_a_configured_key_needs_no_file(tmp_path):
    assert key_ring(f"a:{encoded()}", tmp_path / "keys").active == "a"
    assert not (tmp_path / "keys").exists()


MAKE = """
import sys
from pathlib import Path
from integration.store.sealing import key_ring
sys.stdin.readline()
print(key_ring(None, Path(sys.argv[1])).keys["local"].hex())
"""


def test_processes_that_start_at_once_share_one_key(tmp_path):
    command = [sys.executable, "-c", MAKE, str(tmp_path / "keys")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    starting = [subprocess.Popen(command, **pipes) for _ in range(3)]
    for one in starting:
        one.stdin.write("go\n")
        one.stdin.flush()
    keys = {one.communicate(timeout=60)[0] for one in starting}
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64
