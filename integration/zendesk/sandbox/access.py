"""Who may call: OAuth clients, bearer tokens that expire, and the account's API token."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.ids import Ids
from integration.zendesk.sandbox.people import People
from integration.zendesk.sandbox.values import Json, User, number

SHORTEST_SECONDS, LONGEST_SECONDS, USUAL_SECONDS = 300, 172_800, 1_800
_OWN_SCOPE = frozenset({
    "tickets", "users", "auditlogs", "organizations", "hc", "apps", "triggers", "automations",
    "targets", "webhooks", "macros", "requests", "satisfaction_ratings", "dynamic_content",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A confidential client; its tokens act as the user it was made by."""

    identifier: str
    secret: str
    user_id: int


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token until it expires or is revoked."""

    id: int
    secret: str
    client: str
    user_id: int
    scope: str
    created_at: datetime
    expires_at: datetime

    def covers(self, method: str, resource: str) -> bool:
        """Whether the scopes reach this resource; most resources need a global scope."""
        verb = "read" if method in {"GET", "HEAD"} else "write"
        granted = set(self.scope.split())
        return verb in granted or (resource in _OWN_SCOPE and f"{resource}:{verb}" in granted)


@dataclass(slots=True)
class Access:
    """The keys to the desk."""

    ids: Ids
    people: People
    api_token: str
    clients: dict[str, OAuthClient] = field(default_factory=dict)
    _tokens: dict[str, Token] = field(default_factory=dict)

    def grant(self, asked: Json, now: datetime) -> Token:
        """A token for the client_credentials grant; `expires_in` counts seconds."""
        if asked.get("grant_type") != "client_credentials":
            raise errors.Refused(400, _grant_error("unsupported_grant_type"))
        client = self.clients.get(str(asked.get("client_id") or ""))
        given = str(asked.get("client_secret") or "")
        if client is None or not hmac.compare_digest(client.secret.encode(), given.encode()):
            raise errors.Refused(401, _grant_error("invalid_client"))
        life = number(asked.get("expires_in")) or USUAL_SECONDS
        life = min(max(life, SHORTEST_SECONDS), LONGEST_SECONDS)
        token = Token(
            id=self.ids.next(),
            secret=secrets.token_hex(32),
            client=client.identifier,
            user_id=client.user_id,
            scope=str(asked.get("scope") or "read write"),
            created_at=now,
            expires_at=now + timedelta(seconds=life),
        )
        self._forget_expired(now)
        self._tokens[token.secret] = token
        return token

    def revoke(self, token: Token) -> None:
        """Make a token worthless at once."""
        self._tokens.pop(token.secret, None)

    def revoke_all(self) -> None:
        """Make every bearer token worthless, as an admin's reset of the client would."""
        self._tokens.clear()

    def identify(self, authorization: str | None, now: datetime) -> tuple[User, Token | None]:
        """The user behind an Authorization header."""
        kind, _, given = (authorization or "").partition(" ")
        if kind.lower() == "bearer":
            token = self._tokens.get(given.strip())
            if token is None or token.expires_at <= now:
                raise errors.bad_token()
            return self.people.users[token.user_id], token
        if kind.lower() == "basic":
            return self._by_api_token(given), None
        raise errors.bad_password()

    def _by_api_token(self, given: str) -> User:
        try:
            pair = base64.b64decode(given.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise errors.bad_password() from None
        name, _, token = pair.partition(":")
        user = self.people.by_email(name.removesuffix("/token"))
        fits = hmac.compare_digest(token.encode(), self.api_token.encode())
        if user is None or not name.endswith("/token") or not fits:
            raise errors.bad_password()
        return user

    def _forget_expired(self, now: datetime) -> None:
        for secret in [key for key, one in self._tokens.items() if one.expires_at <= now]:
            del self._tokens[secret]


def _grant_error(code: str) -> Json:
    text = "Client authentication failed or the grant type is not supported."
    return {"error": code, "error_description": text}
