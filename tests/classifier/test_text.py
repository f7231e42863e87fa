# ruff: noqa: RUF001 - letters of other scripts, and look-alikes, are what is tested
import time

import pytest

from classifier.text import for_model, read

LONG = 60_000
# A guard against catastrophe; 0.1 s is what an idle machine needs at most.
HANGS_SECONDS = 0.5
ATTACKS = {
    "one letter": "a",
    "words": "a ",
    "spaces": " ",
    "line feeds": "\n",
    "open tags": "<a ",
    "brackets": "<",
    "entities": "&#",
    "quote lines": "> ",
    "wrote lines": "On a wrote:\n",
    "reply words": "On ",
    "dots": "a.",
    "numbers": "1 ",
    "addresses": "a@",
    "ip like": "1.1.",
    "colons": "aa:",
    "links": "www.",
    "bidi marks": "\u202e",
    "combining marks": "a\u0301",
    "han": "死",
    "null bytes": "\x00",
    "dashes": "-- \n",
    "dollars": "$",
    "mixed scripts": "aа",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
@pytest.mark.parametrize("reader", [read, for_model])
def test_no_text_takes_long_to_clean(attack, reader):
    text = (attack * LONG)[:LONG]
    reader("warm up")

    started = time.process_time()
    reader(text)

    assert time.process_time() - started < HANGS_SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00\x01\x02",
        "\u202e\u200b",
        "\ud800 lone surrogate",
        "a" * 10_000_000,
        "<<<>>>&&&",
    ],
    ids=["empty", "blank", "binary", "marks", "surrogate", "ten megabytes", "brackets"],
)
def test_any_text_can_be_read(text):
    assert len(read(text).text) <= 20_001
    assert len(for_model(text)) <= 4_001


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("I want to k1ll mys3lf", "i want to kill myself"),
        ("su\u200bici\u00adde", "suicide"),
        ("ѕuiсide", "suicide"),  # the s and the c are Cyrillic
        ("SUICIDE ＦＵＬＬ width", "suicide full width"),
        ("don’t — “really”", 'don\'t - "really"'),
        ("kill&nbsp;myself &amp; more", "kill myself & more"),
        ("<p>kill<br>my<b>self</b></p>", "kill myself"),
        ("Müller straße ÉTÉ İstanbul ışık", "muller strase ete istanbul isik"),
        ("one\r\ntwo\n\n\nthree", "one two\nthree"),
    ],
)
def test_cues_see_through_disguise(written, seen):
    assert read(written).text.strip() == seen


@pytest.mark.parametrize("number", ["article 15", "2703(f)", "15yo", "1,500 usd", "ao93"])
def test_numbers_that_mean_something_stay(number):
    assert read(number).text == number


def test_a_place_in_the_folded_text_leads_back_to_the_ticket():
    text = "Hello&nbsp;there,\n\n<b>I</b> want to k1\u200bll   mys\u00e9lf \u202enow"
    reading = read(text)

    at = reading.text.index("kill")
    start, end = reading.span(at, reading.text.index("myself") + len("myself"))

    assert text[start:end] == "k1\u200bll   mys\u00e9lf"


def test_both_ends_of_a_long_text_are_read():
    text = "first words " + "x " * 40_000 + "last words"
    reading = read(text)

    start, end = reading.span(reading.text.index("last words"), len(reading.text))

    assert reading.text.startswith("first words")
    assert text[start:end] == "last words"


@pytest.mark.parametrize(
    ("written", "placeholder"),
    [
        ("see https://files.example.org/a/b?c=1 now", "xxurl"),
        ("hxxps://bad[.]example[.]com/login", "xxurl"),
        ("write to some.body+tag@example.org please", "xxemail"),
        ("from 192.0.2.14 at night", "xxip"),
        ("from 2001:db8::8a2e:370:7334 at night", "xxip"),
        ("on shop.example.com there", "xxhost"),
        ("case 20418233 open", "xxnumber"),
        ("file d41d8cd98f00b204e9800998ecf8427e here", "xxhash"),
        ("call +1 555 010 2233 today", "xxphone"),
        ("user @paper_lantern wrote", "xxhandle"),
    ],
)
def test_particulars_become_placeholders(written, placeholder):
    assert placeholder in for_model(written).split()


def test_ages_and_years_are_not_masked():
    assert for_model("I was 15 in 2019") == "i was 15 in 2019"


def test_only_the_newest_part_of_a_mail_is_left():
    mail = (
        "Please delete my data.\n\n-- \nA. B.\nSales\n\n"
        "On Mon, 2 Mar 2026 at 10:00, Support <help@example.org> wrote:\n> how can we help\n"
    )
    assert for_model(mail) == "please delete my data."


def test_a_mail_of_nothing_but_quotes_keeps_them():
    assert "he will hurt her" in for_model("> he will hurt her\n> tonight\n")


def test_hidden_parts_of_a_page_are_not_read():
    page = (
        "<html><style>p {color: red}</style><script>x()</script><p>my post was removed</p></html>"
    )
    assert for_model(page) == "my post was removed"


def test_characters_of_scripts_without_spaces_stand_apart():
    assert for_model("死にたい") == "死 に た い"
