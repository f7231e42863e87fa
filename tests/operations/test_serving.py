import http.client

import pytest
from flask import Flask

from casebook.errors import Misconfigured
from operations.serving import WebServer


@pytest.fixture
def app():
    app = Flask("served")

    @app.get("/seen")
    def seen():
        from flask import request

        return request.headers.get("X-Forwarded-For", "nothing")

    return app


@pytest.fixture
def web(app):
    web = WebServer(app, host="127.0.0.1", port=0)
    web.start()
    yield web
    web.stop()


def ask(web, headers=None):
    connection = http.client.HTTPConnection(web.address.removeprefix("http://"), timeout=5)
    connection.request("GET", "/seen", headers=headers or {})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_the_app_sees_that_a_request_came_through_a_proxy(web):
    assert ask(web, {"X-Forwarded-For": "192.0.2.7"}) == (200, "192.0.2.7")


def test_it_answers_until_it_is_stopped_and_no_longer(web):
    assert ask(web)[0] == 200

    web.stop()

    with pytest.raises(OSError):
        ask(web)


def test_stopping_twice_does_nothing(web):
    web.stop()
    web.stop()


def test_a_taken_port_is_named(app, web):
    port = int(web.address.rpartition(":")[2])

    with pytest.raises(Misconfigured, match=f"127.0.0.1:{port}"):
        WebServer(app, host="127.0.0.1", port=port)
