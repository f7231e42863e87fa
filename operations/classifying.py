"""Rows to answers: classify and decide, without a desk."""

from collections.abc import Callable, Sequence
from typing import Any

from casebook.ports import Predictor
from operations.deciding import decide_with
from operations.rows import Row, answer_of
from operations.wiring import Services


def classify_rows(
    services: Services, predictor: Predictor
) -> Callable[[Sequence[Row]], list[dict[str, Any]]]:
    """A function from rows to answers, in order, with this installation's SOPs and modes."""
    decide = decide_with(services.sops, services.taxonomy, services.modes)

    def classified(rows: Sequence[Row]) -> list[dict[str, Any]]:
        written = [row.as_ticket() for row in rows]
        predictions = predictor.predict_many(written)
        return [
            answer_of(row, prediction, decide(ticket, prediction, text_digest=row.id))
            for row, ticket, prediction in zip(rows, written, predictions, strict=True)
        ]

    return classified
