from __future__ import annotations

import pytest

from integration.zendesk.sandbox import DeskState, Sandbox, create_app
from integration.zendesk.sandbox.text import cleaned, from_body, plain_of


def page(api, path):
    answer = api("GET", path)
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return answer


def test_calls_are_counted_by_route_and_ticket(desk, bot):
    bot.ticket()
    bot.ticket()
    bot.update(2, priority="low")
    bot.v2("GET", "/tickets/2.json")
    counts = bot("GET", "/_sandbox/calls").json()
    assert counts["routes"]["POST /tickets"] == 2
    assert counts["tickets"] == {
        "2": {"GET /tickets/<int:ticket_id>": 1, "PUT /tickets/<int:ticket_id>": 1}
    }
    assert counts["statuses"] == {"200": 3, "201": 2}


def test_deliveries_are_counted(desk, bot, listener):
    bot.webhook(listener.address, "created")
    bot.ticket()
    assert desk.idle(10)
    report = bot("GET", "/_sandbox/deliveries").json()
    assert report == {"by_status": {"success": 1}, "attempts": 1, "pending": 0}


def test_the_home_page_lists_the_newest_tickets(desk, bot):
    bot.ticket(subject="First")
    bot.ticket(subject="<i>Second</i>")
    text = page(bot, "/").text
    assert text.index("&lt;i&gt;Second&lt;/i&gt;") < text.index("First")
    assert '<a href="/agent/tickets/2">' in text


def test_an_empty_desk_says_what_to_do(bot):
    assert "No tickets yet" in page(bot, "/").text


def test_a_ticket_page_shows_what_an_agent_sees(desk, bot):
    bot.ticket(tags=["ts_privacy"], requester={"name": "Ada <Example>", "email": "a@example.com"})
    bot.update(1, priority="urgent", comment={"html_body": "<p>Internal</p>", "public": False})
    text = page(bot, "/agent/tickets/1").text
    for part in (
        "Ada &lt;Example&gt;",
        '<span class="pill">ts_privacy</span>',
        "Urgent",
        "Internal note",
        '<article class="said note">',
        "<p>Internal</p>",
        "<code>priority</code>: - → urgent",
    ):
        assert part in text
    assert "<script" not in text


def test_a_ticket_that_is_not_there_has_a_page_too(bot):
    answer = page(bot, "/agent/tickets/7")
    assert answer.status_code == 404
    assert "was never opened" in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/agent/tickets/1", "/_sandbox/calls", "/_sandbox/deliveries"]
)
def test_pages_and_controls_are_for_this_machine_only(path):
    client = create_app(DeskState()).test_client()
    assert client.get(path, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    assert client.get(path, environ_base={"REMOTE_ADDR": "::1"}).status_code in {200, 404}


def test_mail_opens_a_ticket_as_its_sender(desk, bot):
    mail = {"from": {"name": "Ada", "email": "ada@example.com"}, "subject": "Hi", "body": "Help"}
    assert bot("POST", "/_sandbox/mail", mail).json() == {"ticket_id": 1}
    ticket = bot.v2("GET", "/tickets/1").json()["ticket"]
    assert ticket["via"]["channel"] == "email"
    assert ticket["submitter_id"] == ticket["requester_id"]
    mail |= {"ticket_id": 1, "from": {"name": "Eve", "email": "eve@example.com"}}
    assert bot("POST", "/_sandbox/mail", mail).status_code == 404


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p>a<br>b</p>", "<p>a<br>b</p>"),
        ("<b>open", "<b>open</b>"),
        ("<ul><li>a</ul></b>", "<ul><li>a</li></ul>"),
        ('<a href="https://example.org/?a=1&b=2">x</a>',
         '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">x</a>'),
        ('<a href="JAVASCRIPT:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="//example.org">x</a>', "<a>x</a>"),
        ("<style>p{}</style><h1>t</h1>", "t"),
        ("<svg/onload=alert(1)>x", "x"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<p style='x' class='y'>a</p>", "<p>a</p>"),
        ("a <script>b</script> c", "a  c"),
    ],
)  # fmt: skip
def test_only_the_allow_list_survives(html, safe):
    assert cleaned(html) == safe


def test_plain_text_keeps_the_lines():
    assert plain_of("<p>a  b</p><ul><li>c</li><li>d &amp; e</li></ul>") == "a b\nc\nd & e"
    assert from_body("1 < 2 & 3 <b>x</b>").html_body == (
        '<div class="zd-comment" dir="auto"><p dir="auto">1 &lt; 2 &amp; 3 x</p></div>'
    )


def test_a_desk_is_started_with_given_keys_and_stopped_twice():
    desk = Sandbox.start(client_id="mine", client_secret="told")
    assert (desk.client_id, desk.client_secret) == ("mine", "told")
    desk.stop()
    desk.stop()
    with Sandbox.start() as other:
        assert other.address.startswith("http://127.0.0.1:")
        assert other.idle(0.1)
        assert other.client_secret != "told"
