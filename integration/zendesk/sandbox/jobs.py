"""Background jobs: answered as queued, found completed when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from integration.zendesk.sandbox.ids import job_id
from integration.zendesk.sandbox.values import Json

_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Job:
    """One bulk change, done by the time its receipt is out."""

    id: str
    kind: str
    results: tuple[Json, ...]
    done_at: datetime

    def queued(self, base: str) -> Json:
        """The receipt: nothing has happened yet as far as the caller can know."""
        return self._json(base, "queued", None)

    def completed(self, base: str) -> Json:
        """The outcome, row by row; a completed job may hold failed rows."""
        message = f"Completed at {self.done_at:%Y-%m-%d %H:%M:%S} +0000"
        return self._json(base, "completed", message)

    def _json(self, base: str, status: str, message: str | None) -> Json:
        done = status == "completed"
        total = len(self.results)
        return {
            "id": self.id,
            "job_type": self.kind,
            "url": f"{base}/api/v2/job_statuses/{self.id}.json",
            "total": total,
            "progress": total if done else None,
            "status": status,
            "message": message,
            "results": list(self.results) if done else None,
        }


@dataclass(slots=True)
class JobBook:
    """The latest jobs by name."""

    jobs: dict[str, Job] = field(default_factory=dict)

    def done(self, kind: str, results: Sequence[Json], now: datetime) -> Job:
        """Keep what a bulk change came to."""
        job = Job(job_id(), kind, tuple(results), now)
        self.jobs[job.id] = job
        while len(self.jobs) > _KEPT:
            del self.jobs[next(iter(self.jobs))]
        return job
