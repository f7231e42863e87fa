"""Measure what docs/quality.md says about speed: `make bench`. One JSON object on stdout.

Timings hold for this machine and this moment; compare figures of one run, not of two.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import requests

from casebook.case import Case
from casebook.settings import load_settings
from casebook.ticket import Ticket
from integration.signature import signature_of
from operations.demonstration import demo_tickets
from operations.serving import WebServer
from operations.web import build_app
from operations.wiring import Services

SECRET = "bench-secret"  # noqa: S105 - of a desk that lives for a minute
SENDERS = 8
EVENTS_EACH = 150


def milliseconds(job: Callable[[], object], times: int) -> float:
    """Median duration of a job, in milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        job()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 2)


def help_seconds() -> float:
    """Median duration of `casewarden --help`, in seconds."""
    command = [str(Path(sys.executable).with_name("casewarden")), "--help"]
    run = lambda: subprocess.run(command, check=True, capture_output=True)  # noqa: E731, S603
    return round(milliseconds(run, 5) / 1000, 3)


def classifier_figures(services: Services, tickets: Sequence[Ticket]) -> dict[str, float]:
    """Loading, one ticket at a time, batches, and decide with plan."""
    services.predictor()
    began = time.perf_counter()
    predictor = services.predictor()
    load = time.perf_counter() - began
    predictor.predict(tickets[0])
    each = iter(tickets)
    one = milliseconds(lambda: predictor.predict(next(each)), len(tickets))
    began = time.perf_counter()
    predictions = predictor.predict_many(tickets)
    many = len(tickets) / (time.perf_counter() - began)
    pipeline = services.pipeline(predictor)
    pairs = iter(zip(tickets, predictions, strict=True))

    def decide_and_plan() -> None:
        ticket, prediction = next(pairs)
        decision = pipeline.decide(ticket, prediction, text_digest="bench")
        pipeline.plan_for(decision, ticket, Case(ticket.id))

    return {
        "model_load_seconds": round(load, 2),
        "predict_one_ms_median": one,
        "predict_batch_tickets_per_second": round(many, 1),
        "decide_and_plan_ms_median": milliseconds(decide_and_plan, len(tickets)),
    }


def acknowledgements(services: Services) -> dict[str, float]:
    """Signed events over real HTTP, each stored before its answer, from eight senders at once."""
    web = WebServer(build_app(services, wake=lambda: None), host="127.0.0.1", port=0)
    web.start()
    taken: list[float] = []
    began = time.perf_counter()
    senders = [
        threading.Thread(target=_send, args=(web.address, sender, taken))
        for sender in range(SENDERS)
    ]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    rate = len(taken) / (time.perf_counter() - began)
    web.stop()
    taken.sort()
    return {
        "acks_per_second": round(rate, 1),
        "ack_p50_ms": round(taken[len(taken) // 2] * 1000, 1),
        "ack_p99_ms": round(taken[int(len(taken) * 0.99)] * 1000, 1),
    }


def _send(address: str, sender: int, taken: list[float]) -> None:
    with requests.Session() as session:
        for number in range(EVENTS_EACH):
            body = _event(sender * EVENTS_EACH + number + 1)
            stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
            headers = {
                "X-Zendesk-Webhook-Signature": signature_of(body, timestamp=stamp, secret=SECRET),
                "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            }
            began = time.perf_counter()
            answer = session.post(
                f"{address}/zendesk/events", data=body, headers=headers, timeout=9
            )
            taken.append(time.perf_counter() - began)
            answer.raise_for_status()


def _event(number: int) -> bytes:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    detail = {"id": str(number), "subject": "A question", "description": "How do I print? " * 30}
    detail |= {"status": "NEW", "tags": "", "updated_at": now, "created_at": now}
    envelope = {
        "type": "zen:event-type:ticket.created", "id": f"bench-{number}", "time": now,
        "account_id": 1, "subject": f"zen:ticket:{number}", "detail": detail, "event": {},
    }  # fmt: skip
    return json.dumps(envelope).encode()


def main() -> None:
    """Measure everything and print it."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(
            database_url=f"sqlite:///{scratch}/bench.sqlite3",
            webhook_secret=SECRET,
            oauth_client_secret="none",  # noqa: S106 - the desk is never asked
            log_level="error",
        )
        services = Services(settings)
        services.directory.put("user", "bot", "1")
        tickets = [ticket.row.as_ticket() for ticket in demo_tickets()]
        figures = {"help_seconds": help_seconds()}
        figures |= classifier_figures(services, tickets)
        figures |= acknowledgements(services)
        services.close()
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
