"""Scheduled jobs. Every process may tick; each slot is claimed in the database and runs once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection, delete, update

from casebook.errors import StoreUnavailable
from integration.store.tables import pulse, slot
from integration.store.upsert import insert_new, upsert
from operations.wiring import Services
from queue_health.pulse import pulse_of

log = structlog.get_logger()

PULSE_KEPT_FOR = timedelta(days=31)
Job = Callable[[Services, datetime], None]


def keep_pulse(services: Services, at: datetime) -> None:
    """Keep the counts and times of the minute that ended at `at`."""
    entries = services.ledger.since(at - timedelta(minutes=1))
    minute = pulse_of(entry for entry in entries if entry.at < at)
    facts = {**asdict(minute), "inbox": dict(services.inbox.counts())}
    values = {"at": at, "facts": json.dumps(facts, sort_keys=True)}
    services.store.write(lambda c: upsert(c, pulse, values, keys=("at",)))


def forget_old_pulses(services: Services, at: datetime) -> None:
    """Drop minutes that are older than a month."""
    old = delete(pulse).where(pulse.c.at < at - PULSE_KEPT_FOR)
    services.store.write(lambda c: c.execute(old))


# Every job with its crontab, in UTC.
JOBS: Mapping[str, tuple[str, Job]] = {
    "keep_pulse": ("* * * * *", keep_pulse),
    "forget_old_pulses": ("17 3 * * *", forget_old_pulses),
}


def claim_slot(services: Services, job: str, due: datetime) -> bool:
    """Whether this process is the one to run a slot: one row per job, moved on by one winner."""

    def claim(connection: Connection) -> bool:
        if insert_new(connection, slot, {"job": job, "last_slot": due}):
            return True
        move = update(slot).where(slot.c.job == job, slot.c.last_slot < due)
        return connection.execute(move.values(last_slot=due)).rowcount == 1

    return services.store.write(claim)


class Scheduler:
    """Ticks in a background thread and runs the slots that it wins."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ticking = BackgroundScheduler(timezone=UTC)
        for name, (crontab, _) in JOBS.items():
            trigger = CronTrigger.from_crontab(crontab, timezone=UTC)
            self._ticking.add_job(
                self.tick, trigger, args=[name], id=name, coalesce=True, misfire_grace_time=30
            )

    def start(self) -> None:
        """Begin to tick."""
        self._ticking.start()

    def stop(self) -> None:
        """Finish the job in hand and tick no more."""
        self._ticking.shutdown(wait=True)

    def tick(self, name: str) -> None:
        """Run the slot of the present minute unless another process has it."""
        due = self._services.clock.now().replace(second=0, microsecond=0)
        try:
            if claim_slot(self._services, name, due):
                JOBS[name][1](self._services, due)
        except StoreUnavailable as error:
            log.warning("job_failed", job=name, error=type(error).__name__)
