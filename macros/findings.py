"""What a prediction finds in a ticket: each category with its severity and its SOP, in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from casebook.modes import Mode
from casebook.prediction import Prediction, Score
from casebook.taxonomy import Severity, Taxonomy
from casebook.ticket import Ticket
from macros.conditions import Facts, facts_of, holds
from macros.library import SopLibrary
from macros.schema import Sop

IMMINENT = "imminent"
APPEAL = "appeal"
# Who writes decides here, not what the writing is about.
AUTHORITIES = frozenset({"law_enforcement", "government_removal"})
LIKELY, SURE = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Found:
    """One category of a ticket. `sop` is live or in the background, None where none matches."""

    score: Score
    severity: Severity
    rank: int
    life_safety: bool
    sop: Sop | None

    @property
    def category(self) -> str:
        """The category's slug."""
        return self.score.category

    @property
    def weighty(self) -> bool:
        """Whether it may lead the ticket: certain enough to act on, or likely a matter of life.

        A faint suspicion about a life is still tagged and still sets the severity; but a ticket
        that is surely something else goes to those who can answer it.
        """
        likely_life = self.life_safety and self.score.probability >= LIKELY
        return likely_life or self.score.strength == "act"


def findings_of(
    ticket: Ticket, prediction: Prediction, *, sops: SopLibrary, taxonomy: Taxonomy
) -> list[Found]:
    """Every sensitive category with a score of its own, the primary one first.

    A category or sub-type that the taxonomy does not know cannot be said about a ticket and is
    left out; `imminent` counts for a category only because that category has a score.
    """
    found = [
        _found(ticket, prediction, score, sops=sops, taxonomy=taxonomy)
        for score in _known_scores(prediction, taxonomy)
    ]
    ordered = sorted(found, key=lambda f: _place(f, found))
    writer = _written_by(ordered)
    if writer is not None:
        ordered.sort(key=lambda f: f.category != writer)
    return ordered


def _place(one: Found, found: Sequence[Found]) -> tuple[bool, bool, Severity, int, float]:
    """Where a finding comes among all: what may lead, children, severity, precedence, certainty.

    A category that the model merely suspects does not lead where it is sure of another: even about
    a life it then adds its tags and its severity, and the ticket goes to those it is surely for.
    """
    sure_of_another = any(
        f.score.strength == "act" and f.score.probability >= SURE for f in found if f is not one
    )
    unsure = one.score.strength == "suggest" and one.score.probability < SURE
    suspected = unsure and one.score.decided_by == "model"
    behind = not one.weighty or (suspected and sure_of_another)
    return behind, one.rank > 0, one.severity, one.rank, -one.score.probability


def known_flags(prediction: Prediction, taxonomy: Taxonomy) -> frozenset[str]:
    """The prediction's flags that the taxonomy knows."""
    return prediction.flags & frozenset(taxonomy.flags)


def cautious_mode(
    found: Found, *, modes: Mapping[str, Mode], default_mode: Mode
) -> tuple[Mode, str | None]:
    """How far to go for a category, and what held it back, if anything did.

    A score that only cleared the lower threshold suggests; so does a category without a live SOP;
    an SOP in the background only records.
    """
    mode = modes.get(found.category, default_mode)
    if found.sop is not None and found.sop.life == "background":
        return Mode.OBSERVE, f"Only recorded: the SOP '{found.sop.id}' runs in the background."
    if found.sop is None:
        return min(mode, Mode.SUGGEST), "There is no SOP for this, so it is suggested at most."
    if found.score.strength == "suggest" and mode > Mode.SUGGEST:
        return Mode.SUGGEST, "Not certain enough to act on, so it is only suggested."
    return mode, None


@dataclass(frozen=True, slots=True)
class Outspoken:
    """The findings that may show on the ticket, how far to go, and what was held back."""

    found: tuple[Found, ...]
    mode: Mode
    held_back: tuple[str, ...]


def outspoken(
    found: Sequence[Found], *, modes: Mapping[str, Mode], default_mode: Mode
) -> Outspoken:
    """Leave out the categories that are only recorded, unless that leaves none.

    So a category that is merely observed cannot silence another one, of life safety above all. But
    where it would have been the primary one, the rest is only suggested: routing a ticket past its
    gravest category would put it into the wrong hands.
    """
    cautious = [cautious_mode(one, modes=modes, default_mode=default_mode) for one in found]
    spoken = [
        (one, mode) for one, (mode, _) in zip(found, cautious, strict=True) if mode > Mode.OBSERVE
    ]
    first_mode, held_back = cautious[0]
    reasons = (held_back,) if held_back else ()
    if not spoken:
        return Outspoken(tuple(found), Mode.OBSERVE, reasons)
    if first_mode == Mode.OBSERVE:
        reasons = (f"{found[0].category} is only recorded, so the rest is suggested.", *reasons)
        return Outspoken(tuple(one for one, _ in spoken), Mode.SUGGEST, reasons)
    return Outspoken(tuple(one for one, _ in spoken), first_mode, reasons)


def choose_sop(sops: SopLibrary, facts: Facts, *, category: str) -> Sop | None:
    """The live SOP that fits best (most conditions, then by id), else one in the background."""
    fitting = [sop for sop in sops.for_category(category) if holds(sop.when, facts)]
    for life in ("live", "background"):
        candidates = [sop for sop in fitting if sop.life == life]
        if candidates:
            return min(candidates, key=lambda sop: (-len(sop.when.conditions), sop.id))
    return None


def _known_scores(prediction: Prediction, taxonomy: Taxonomy) -> Iterable[Score]:
    best: dict[str, Score] = {}
    for score in prediction.scores:
        if score.category not in taxonomy.sensitive:
            continue
        held = best.get(score.category)
        if held is None or _certainty(score) > _certainty(held):
            best[score.category] = score
    return best.values()


def _certainty(score: Score) -> tuple[bool, float]:
    return score.strength == "act", score.probability


def _found(
    ticket: Ticket, prediction: Prediction, score: Score, *, sops: SopLibrary, taxonomy: Taxonomy
) -> Found:
    entry = taxonomy.categories[score.category]
    if score.sub_type not in entry.sub_types:
        score = _without_sub_type(score)
    imminent = IMMINENT in prediction.flags
    severity = taxonomy.severity_of(score.category, sub_type=score.sub_type, imminent=imminent)
    facts = facts_of(ticket, prediction, score, severity=severity)
    sop = choose_sop(sops, facts, category=score.category)
    return Found(
        score=score,
        severity=_at_least_the_floor(severity, score, sop),
        rank=taxonomy.rank(score.category, imminent=imminent),
        life_safety=entry.life_safety,
        sop=sop,
    )


def _without_sub_type(score: Score) -> Score:
    return Score(score.category, None, score.probability, score.decided_by, score.strength)


def _at_least_the_floor(severity: Severity | None, score: Score, sop: Sop | None) -> Severity:
    """The SOP's severity counts where nothing finer is known.

    A sub-type may be milder than its category, so an SOP for the whole category has no say once
    a sub-type is known; an SOP written for that sub-type has.
    """
    floor = Severity.SEV3
    speaks = sop is not None and (score.sub_type is None or sop.names_sub_type)
    if sop is not None and sop.life == "live" and speaks:
        floor = Severity(sop.severity)
    return floor if severity is None else min(severity, floor)


def _written_by(ordered: list[Found]) -> str | None:
    """The category of who writes, where that outweighs what the ticket is about; else None.

    An appeal stays one though it mentions the violation, unless a life or a child is at risk. The
    request of an authority stays one though it tells of a threat, unless a child is at risk: its
    own severity and the other category's tags still count.
    """
    by_model = [f for f in ordered if f.score.decided_by == "model"]
    surest = max(by_model, key=lambda f: f.score.probability, default=None)
    if surest is None or not surest.weighty:
        return None
    child_at_risk = any(f.rank == 0 and f.weighty for f in ordered)
    if surest.category in AUTHORITIES and not child_at_risk:
        return surest.category
    life_at_risk = any(f.life_safety and f.weighty for f in ordered)
    appeals = surest.category == APPEAL and not life_at_risk
    return APPEAL if appeals else None
