"""Alembic's environment: the connection comes from `integration.store.migrate`."""

from alembic import context

from integration.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # The caller holds the transaction, so that two processes cannot migrate at once.
    transactional_ddl=False,
)
context.run_migrations()
