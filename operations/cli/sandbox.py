"""`casewarden sandbox serve`."""

import click


@click.group()
def sandbox() -> None:
    """A Zendesk look-alike to rehearse on."""


@sandbox.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8650, show_default=True)
@click.option("--plan", default="unlimited", show_default=True, help="Whose rate limits count.")
@click.option("--client-id", default="casewarden", show_default=True, help="Of the OAuth client.")
@click.option(
    "--client-secret",
    envvar="CASEWARDEN_OAUTH_CLIENT_SECRET",
    help="Of the OAuth client; made up and shown where none is given.",
)
def serve(host: str, port: int, plan: str, client_id: str, client_secret: str | None) -> None:
    """Serve an empty desk over HTTP: OAuth, tickets, macros, limits, signed webhooks."""
    from integration.zendesk.sandbox import PLANS, Sandbox
    from operations.serving import until_stopped

    if plan not in PLANS:
        raise click.BadParameter(f"one of {', '.join(PLANS)}", param_hint="--plan")
    try:
        desk = Sandbox.start(
            host=host, port=port, plan=PLANS[plan], client_id=client_id, client_secret=client_secret
        )
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from error
    with until_stopped() as stopped, desk:
        click.echo(f"sandbox desk at {desk.address}/ (plan {plan})", err=True)
        click.echo(f"export CASEWARDEN_ZENDESK_URL={desk.address}")
        click.echo(f"export CASEWARDEN_OAUTH_CLIENT_ID={desk.client_id}")
        if client_secret is None:
            click.echo(f"export CASEWARDEN_OAUTH_CLIENT_SECRET={desk.client_secret}")
        stopped.wait()
