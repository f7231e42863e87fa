"""The desk through zenpy: the only module that knows zenpy.

One client per thread (a shared one lost updates), without its caches (they serve stale tickets).
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment as ZenpyComment
from zenpy.lib.api_objects import Ticket as ZenpyTicket
from zenpy.lib.exception import ZenpyException

from casebook.errors import DeskError, DeskUnavailable, OutcomeUnclear
from casebook.plan import Applied, Plan
from casebook.ports import Directory
from casebook.ticket import Ticket
from integration.zendesk.mapping import METADATA_KEY, ticket_from, update_from
from integration.zendesk.oauth import Credential
from integration.zendesk.transport import INNER_ADDRESS, DeskAdapter, Method, OnCall, new_session

# zenpy logs request bodies, which are ticket text, at DEBUG.
logging.getLogger("zenpy").setLevel(logging.INFO)
_SUBDOMAIN, _, _DOMAIN = INNER_ADDRESS.removeprefix("https://").partition(".")
_PAGES = 100
# What zenpy and our reading raise when an answer is not what was asked for; it may quote text.
_NOT_UNDERSTOOD = (ZenpyException, AttributeError, KeyError, TypeError, ValueError)


def _uncounted(method: str, status: int) -> None:
    del method, status


class ZendeskDesk:
    """`casebook.ports.Desk` on a Zendesk account, and raw JSON calls over the same session."""

    def __init__(
        self,
        address: str,
        credential: Credential,
        directory: Directory,
        *,
        on_call: OnCall = _uncounted,
    ) -> None:
        self._directory = directory
        self._adapter = DeskAdapter(address, credential, on_call=on_call)
        self._of_thread = threading.local()

    def ticket(self, ticket_id: int) -> Ticket:
        """Read a ticket."""
        try:
            return ticket_from(self._zenpy().tickets(id=ticket_id).to_dict())
        except _NOT_UNDERSTOOD as error:
            raise DeskUnavailable(
                f"ticket {ticket_id}: not a ticket in the answer ({type(error).__name__})"
            ) from None

    def apply(self, plan: Plan) -> Applied:
        """Write the plan in one safe update."""
        before = self._adapter.calls
        update = update_from(plan, self._directory)
        ticket = _as_zenpy(plan.ticket_id, update.body)
        try:
            audit_id = int(self._zenpy().tickets.update(ticket).audit.id)
        except _NOT_UNDERSTOOD as error:
            raise OutcomeUnclear(
                f"ticket {plan.ticket_id}: the answer to the update holds no audit "
                f"({type(error).__name__})"
            ) from None
        detail = {"missing": ", ".join(update.missing)} if update.missing else {}
        return Applied(
            outcome="applied",
            audit_id=audit_id,
            calls=self._adapter.calls - before,
            detail=detail,
        )

    def applied_audit(self, ticket_id: int, decision_id: str) -> int | None:
        """Id of the audit that carries this decision, None where none does."""
        path = f"/api/v2/tickets/{ticket_id}/audits.json"
        for audit in self.pages(path, "audits", {"page[size]": str(_PAGES)}):
            custom = (audit.get("metadata") or {}).get("custom") or {}
            ours = custom.get(METADATA_KEY) or {}
            if ours.get("decision_id") == decision_id:
                return int(audit["id"])
        return None

    @property
    def calls(self) -> int:
        """API calls of this thread so far."""
        return self._adapter.calls

    def call(
        self,
        method: Method,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """A raw call; the decoded JSON, None for an empty answer. Errors as `ports.Desk` has."""
        answer = self._session().request(
            method, INNER_ADDRESS + path, json=json, params=dict(params or {})
        )
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError:
            raise DeskError(f"{method} {path}: the answer is not JSON") from None

    def pages(
        self, path: str, key: str, params: Mapping[str, str] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Every row of a list, page by page, by cursor or by `next_page`."""
        ask = dict(params or {})
        while True:
            page = self.call("GET", path, params=ask) or {}
            yield from page.get(key) or ()
            meta = page.get("meta") or {}
            if meta.get("has_more") and meta.get("after_cursor"):
                ask["page[after]"] = str(meta["after_cursor"])
            elif page.get("next_page"):
                ask["page"] = str(int(ask.get("page", "1")) + 1)
            else:
                return

    def _session(self) -> requests.Session:
        self._zenpy()
        session: requests.Session = self._of_thread.session
        return session

    def _zenpy(self) -> Zenpy:
        if not hasattr(self._of_thread, "zenpy"):
            session = new_session(self._adapter)
            # The adapter authorizes every call itself.
            session.authorized = True  # type: ignore[attr-defined]
            self._of_thread.session = session
            self._of_thread.zenpy = Zenpy(
                subdomain=_SUBDOMAIN, domain=_DOMAIN, session=session, disable_cache=True
            )
        return self._of_thread.zenpy


def _as_zenpy(ticket_id: int, body: Mapping[str, Any]) -> ZenpyTicket:
    """A fresh zenpy ticket: a fetched one would send its whole state back."""
    comment = body.get("comment")
    rest = {key: value for key, value in body.items() if key != "comment"}
    ticket = ZenpyTicket(id=ticket_id, **rest)
    if comment is not None:
        ticket.comment = ZenpyComment(**comment)
    return ticket
