"""`casewarden up | serve | work`."""

import click

HOST = click.option("--host", help="Address to listen on, by default the setting `host`.")
PORT = click.option("--port", type=click.IntRange(0, 65535), help="By default the setting `port`.")


@click.command()
@HOST
@PORT
def up(host: str | None, port: int | None) -> None:
    """Run the web app, a worker and the scheduler in one process (the way to run on SQLite)."""
    from casebook.settings import load_settings
    from operations.cli.talk import told
    from operations.serving import Embedded, until_stopped
    from operations.telemetry import set_up_logs
    from operations.wiring import Services

    settings = load_settings()
    set_up_logs(settings.log_level)
    services = Services(settings)
    services.require_desk()
    with told() as tell:
        predictor = services.predictor(tell)
    with until_stopped() as stopped, Embedded(services, predictor, host=host, port=port) as running:
        click.echo(f"receiving events at {running.web.address}/zendesk/events", err=True)
        stopped.wait()
    services.close()


@click.command()
@HOST
@PORT
def serve(host: str | None, port: int | None) -> None:
    """Run the web app, which receives Zendesk's events; `work` does the rest."""
    from casebook.settings import load_settings
    from operations.serving import WebServer, until_stopped
    from operations.telemetry import set_up_logs
    from operations.web import build_app
    from operations.wiring import Services

    settings = load_settings()
    set_up_logs(settings.log_level)
    web = WebServer(
        build_app(Services(settings), wake=lambda: None),
        host=host or settings.host,
        port=settings.port if port is None else port,
    )
    with until_stopped() as stopped:
        web.start()
        click.echo(f"receiving events at {web.address}/zendesk/events", err=True)
        stopped.wait()
        web.stop()


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is due.")
def work(once: bool) -> None:
    """Run a worker, which tags, routes and documents the tickets in the inbox."""
    from casebook.settings import load_settings
    from operations.cli.talk import told
    from operations.serving import until_stopped
    from operations.telemetry import set_up_logs
    from operations.wiring import Services

    settings = load_settings()
    set_up_logs(settings.log_level)
    services = Services(settings)
    services.require_desk()
    with told() as tell:
        worker = services.worker(services.pipeline(services.predictor(tell)))
    if once:
        click.echo(f"{worker.drain()} tickets worked on", err=True)
    else:
        with until_stopped() as stopped:
            worker.start()
            click.echo("working", err=True)
            stopped.wait()
            worker.stop()
    services.close()
