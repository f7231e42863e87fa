"""The API's endpoints, by resource; importing this package fills the table of routes."""

from integration.zendesk.sandbox.routes import ROUTES
from integration.zendesk.sandbox.views import (
    fields,
    macros,
    people,
    session,
    tags,
    tickets,
    webhooks,
)

__all__ = ["ROUTES", "fields", "macros", "people", "session", "tags", "tickets", "webhooks"]
