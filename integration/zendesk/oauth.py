"""Who we are on the desk: an OAuth client with renewed tokens, or a legacy API token."""

import base64
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import requests

from casebook.errors import DeskUnavailable, Misconfigured, NotAllowed
from casebook.ports import Clock

TOKEN_SECONDS = 7_200
# Renew before the desk refuses: a token must outlive the longest call.
RENEW_BEFORE = timedelta(seconds=60)
TIMEOUT = (3.05, 8.0)
# `read write` is the installer's need; a narrower run-time client may be given less.
SCOPE = "read write"


class Credential(Protocol):
    """Something that opens the desk."""

    def header(self) -> str:
        """The value of the Authorization header for the next call."""
        ...

    def renew(self) -> bool:
        """Get a new one after a 401; False where that is impossible."""
        ...


class ApiToken:
    """Legacy: `email/token`. Zendesk switches these off on 30 April 2027."""

    def __init__(self, email: str, token: str) -> None:
        self._value = base64.b64encode(f"{email}/token:{token}".encode()).decode()

    def header(self) -> str:
        """Basic authorization."""
        return f"Basic {self._value}"

    def renew(self) -> bool:
        """A token cannot be renewed."""
        return False


class ClientCredentials:
    """OAuth client credentials; one token is shared by every thread and renewed in time."""

    def __init__(self, address: str, client_id: str, client_secret: str, *, clock: Clock) -> None:
        self._address = address
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until: datetime | None = None

    def header(self) -> str:
        """Bearer authorization; asks for a token where there is none or it runs out."""
        with self._lock:
            if self._token is None or self._ends_soon():
                self._fetch()
            return f"Bearer {self._token}"

    def renew(self) -> bool:
        """Throw the token away and ask for another."""
        with self._lock:
            self._fetch()
            return True

    def _ends_soon(self) -> bool:
        return self._until is not None and self._clock.now() >= self._until - RENEW_BEFORE

    def _fetch(self) -> None:
        body = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "scope": SCOPE,
            "expires_in": TOKEN_SECONDS,
        }
        answer = self._asked(body)
        if answer.status_code >= 500 or answer.status_code == 429:
            raise DeskUnavailable("no token: the desk is busy", status=answer.status_code)
        if not answer.ok:
            raise NotAllowed(
                "the desk refused the OAuth client; check oauth_client_id and oauth_client_secret",
                status=answer.status_code,
            )
        self._token, seconds = _granted(answer)
        self._until = self._clock.now() + timedelta(seconds=seconds)

    def _asked(self, body: Mapping[str, object]) -> requests.Response:
        """Ask this very address: no proxy of the environment, no redirect gets the secret."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.post(
                    f"{self._address}/oauth/tokens",
                    json=body,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            raise DeskUnavailable(f"no token: {type(error).__name__}") from None


def _granted(answer: requests.Response) -> tuple[str, int]:
    """Token and life in seconds; what is no grant may be a proxy's page, so it can be retried."""
    try:
        granted = answer.json()
        token, seconds = granted["access_token"], int(granted.get("expires_in") or TOKEN_SECONDS)
    except (ValueError, KeyError, TypeError, AttributeError):
        token, seconds = None, 0
    if not isinstance(token, str) or not token:
        raise DeskUnavailable(
            "no token: the answer is not an OAuth grant; check zendesk_url",
            status=answer.status_code,
        )
    return token, seconds


def credential_from(  # one argument for each of the settings it reads
    address: str,
    *,
    client: tuple[str, str | None],
    token: tuple[str | None, str | None],
    clock: Clock,
) -> Credential:
    """The OAuth client where it has a secret, else the legacy token; raise Misconfigured."""
    client_id, client_secret = client
    email, api_token = token
    if client_secret:
        return ClientCredentials(address, client_id, client_secret, clock=clock)
    if email and api_token:
        return ApiToken(email, api_token)
    raise Misconfigured(
        "no way into the desk: set oauth_client_secret (Admin Center → Apps and integrations → "
        "APIs → OAuth clients)"
    )
