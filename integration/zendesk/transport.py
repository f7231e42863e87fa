"""The one HTTP session to the desk: address, credentials, time limits, and errors by name.

zenpy and raw calls share it. Its own retries are off: urllib3 takes a PUT for repeatable and would
send a note four times.
"""

import json
import math
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError
from urllib3.util.retry import Retry

from casebook.errors import (
    CaseworkError,
    DeskError,
    DeskUnavailable,
    NotAllowed,
    OutcomeUnclear,
    RateLimited,
    TicketClosed,
    TicketGone,
    UpdateConflict,
)
from integration.zendesk.oauth import Credential

# Under the shortest lease, so that a worker never outlives its claim inside one call.
TIMEOUT = (3.05, 8.0)
# Waits when a 429 names no time.
DEFAULT_WAIT_SECONDS = 60.0
# No limit of the desk lasts longer; a longer wait is a mistake of somebody in between.
LONGEST_WAIT_SECONDS = 3_600.0
# Inside the session every address is this one; the adapter puts the desk's in its place.
INNER_ADDRESS = "https://desk.invalid"
WRITES = frozenset({"PUT", "POST", "PATCH", "DELETE"})
_ERROR_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}")
_TICKET_PATH = re.compile(r"/api/v2/tickets/\d+")

# Counts one call: method and status (0 where no answer came).
OnCall = Callable[[str, int], None]


class DeskAdapter(HTTPAdapter):
    """Sends every call of the session to the desk, and turns refusals into named errors."""

    def __init__(self, address: str, credential: Credential, *, on_call: OnCall) -> None:
        # Only a connection that was never made is tried again: nothing can have been applied.
        only_connect = Retry(
            total=1,
            connect=1,
            read=False,
            redirect=False,
            status=False,
            other=False,
            # Else a 429 with Retry-After ends as a retry that failed, and its wait is lost.
            respect_retry_after_header=False,
        )
        super().__init__(max_retries=only_connect)
        self._address = urlsplit(address)
        self._credential = credential
        self._on_call = on_call
        self._counted = threading.local()

    @property
    def calls(self) -> int:
        """Calls that this thread has made."""
        return int(getattr(self._counted, "calls", 0))

    def send(  # the signature is requests'  # noqa: PLR0913, PLR0917
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # noqa: ANN401
        verify: bool | str = True,
        cert: Any = None,  # noqa: ANN401
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send once; after a 401 renew the credential and send once more."""
        del timeout  # zenpy's is 60 s
        inner, request.url = request.url, self._outer(request.url or "")
        options = {"stream": stream, "timeout": TIMEOUT, "verify": verify, "cert": cert}
        try:
            answer = self._authorized(request, options | {"proxies": proxies})
            if answer.status_code == 401 and self._credential.renew():
                answer = self._authorized(request, options | {"proxies": proxies})
        finally:
            # zenpy knows its answers by the address that it asked.
            request.url = inner
        # A redirect would turn an update into a reading, and could lead anywhere.
        if not answer.ok or answer.is_redirect:
            raise refusal(answer)
        return answer

    def _authorized(
        self, request: requests.PreparedRequest, options: Mapping[str, Any]
    ) -> requests.Response:
        request.headers["Authorization"] = self._credential.header()
        request.headers["Accept"] = "application/json"
        return self._sent(request, options)

    def _sent(
        self, request: requests.PreparedRequest, options: Mapping[str, Any]
    ) -> requests.Response:
        self._counted.calls = self.calls + 1
        method = request.method or "GET"
        try:
            answer = super().send(request, **options)
            if not options["stream"]:
                # The line may still break here, and that must have the same name.
                _ = answer.content
        except requests.RequestException as error:
            self._on_call(method, 0)
            raise _lost(method, error) from None
        self._on_call(method, answer.status_code)
        return answer

    def _outer(self, url: str) -> str:
        inner = urlsplit(url)
        return urlunsplit((self._address.scheme, self._address.netloc, inner.path, inner.query, ""))


def new_session(adapter: DeskAdapter) -> requests.Session:
    """A session that reaches nothing but the desk."""
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "casewarden"
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _lost(method: str, error: requests.RequestException) -> CaseworkError:
    """What it means that no answer came."""
    kind = type(error).__name__
    if _never_sent(error) or method not in WRITES:
        return DeskUnavailable(f"the desk could not be reached: {kind}")
    return OutcomeUnclear(f"the answer to a {method} got lost: {kind}")


def _never_sent(error: requests.RequestException) -> bool:
    """Whether no line to the desk ever stood, so that nothing can have been applied."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    if isinstance(error, requests.exceptions.SSLError):
        # TLS also breaks after the request was read; a refused certificate comes before it.
        return "CERTIFICATE_VERIFY_FAILED" in repr(error)
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def refusal(answer: requests.Response) -> CaseworkError:
    """The named error of an answer that is not a success. It never quotes the body's text."""
    status, code = answer.status_code, error_code(answer)
    said = f"the desk answered {status}" + (f" ({code})" if code else "")
    by_status: Mapping[int, Callable[[], CaseworkError]] = {
        401: lambda: NotAllowed(f"{said}: the credentials are refused", status=status),
        403: lambda: NotAllowed(f"{said}: a scope or a role is missing", status=status),
        404: lambda: _not_found(answer, said),
        409: lambda: _conflict(said, code),
        422: lambda: _unprocessable(answer, said),
        429: lambda: RateLimited(said, retry_after_seconds=wait_of(answer)),
    }
    if status in by_status:
        return by_status[status]()
    if status < 400:
        return DeskUnavailable(f"{said}: zendesk_url is not the desk's address", status=status)
    if status < 500:
        return DeskError(said, status=status)
    writes = answer.request.method in WRITES
    if writes and not (status == 503 and "Retry-After" in answer.headers):
        return OutcomeUnclear(said, status=status)
    return DeskUnavailable(said, status=status)


def _not_found(answer: requests.Response, said: str) -> CaseworkError:
    if _TICKET_PATH.search(answer.request.url or ""):
        return TicketGone(f"{said}: the ticket is deleted or not visible to us", status=404)
    return DeskError(said, status=404)


def _conflict(said: str, code: str) -> CaseworkError:
    if code == "UpdateConflict":
        return UpdateConflict(f"{said}: the ticket changed since it was read", status=409)
    return DeskUnavailable(said, status=409)


def _unprocessable(answer: requests.Response, said: str) -> CaseworkError:
    about_status = _json(answer).get("details")
    if isinstance(about_status, dict) and "status" in about_status:
        return TicketClosed(f"{said}: the ticket is closed", status=422)
    return DeskError(said, status=422)


def error_code(answer: requests.Response) -> str:
    """Zendesk's word for the error, empty where the body is not JSON or says more than a word."""
    error = _json(answer).get("error")
    if isinstance(error, dict):
        error = error.get("title")
    return error if isinstance(error, str) and _ERROR_CODE.fullmatch(error) else ""


def wait_of(answer: requests.Response) -> float:
    """Seconds to wait from Retry-After; a minute where it is missing or not a number."""
    try:
        seconds = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return DEFAULT_WAIT_SECONDS
    if not math.isfinite(seconds) or seconds < 0:
        return DEFAULT_WAIT_SECONDS
    return min(seconds, LONGEST_WAIT_SECONDS)


def _json(answer: requests.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except (json.JSONDecodeError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


# The kinds of calls a raw client makes.
Method = Literal["GET", "PUT", "POST", "PATCH", "DELETE"]
