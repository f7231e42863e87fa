from pathlib import Path

import pytest

from macros.faults import LibraryFaulty
from macros.library import json_schema, lint, load_clocks, load_library
from macros.vocabulary import PLACEHOLDERS
from tests.macros.sop_desk import SHIPPED, WORDS, a_library, an_sop


def test_the_shipped_library_has_no_fault():
    assert [str(fault) for fault in lint() if fault.level == "error"] == []


@pytest.mark.parametrize("category", WORDS.sensitive)
def test_every_sensitive_category_has_one_live_sop(category):
    sops = SHIPPED.for_category(category)

    assert [sop.life for sop in sops] == ["live"]


@pytest.mark.parametrize("sop", SHIPPED.sops, ids=lambda sop: sop.id)
class TestEveryShippedSop:
    def test_tags_routes_and_rates_as_the_taxonomy_does(self, sop):
        category = WORDS.categories[sop.category]

        assert WORDS.category_tag(sop.category) in sop.tags()
        assert sop.wanted("group_id") == category.group
        assert sop.severity == category.severity
        assert sop.wanted("priority") == WORDS.severities[str(sop.severity)].priority

    def test_is_short_enough_to_be_followed(self, sop):
        assert 4 <= len(sop.steps) <= 9
        assert sop.do
        assert sop.dont

    def test_has_a_macro_that_fills_in_nothing_unknown(self, sop):
        texts = [e.value for e in sop.macro.actions if e.field == "comment_value"]

        assert len(texts) == 1
        assert all(name in PLACEHOLDERS for name in _placeholders(texts[0]))

    def test_gives_a_case_number_where_nothing_else_may_be_said(self, sop):
        text = next(e.value for e in sop.macro.actions if e.field == "comment_value")

        if WORDS.categories[sop.category].never_public and sop.id != "self_harm":
            assert "{{ticket.id}}" in text
            assert "eceipt" in sop.macro.title


def test_sensitive_approvals_are_not_left_to_one_agent():
    needs = {sop.id: sop.approver for sop in SHIPPED.sops}

    assert needs["child_safety"] == "cs_manager"
    assert {needs["law_enforcement"], needs["government_removal"]} == {"legal"}
    assert {needs["self_harm"], needs["imminent_threat"]} == {"two_person"}


def test_erasure_holds_bar_the_privacy_macro():
    privacy = SHIPPED.by_id("privacy")

    assert {"legal_hold", "preservation_active", "cybertip_hold"} <= set(privacy.forbidden_flags)


def test_clocks_are_unique_and_only_some_are_verified():
    clocks = load_clocks()

    assert len({clock.id for clock in clocks}) == len(clocks)
    assert {"gdpr_dsr", "ccpa_respond"} <= {clock.id for clock in clocks if clock.verified}
    assert {"uk_dsr", "tco_1h", "edr_policy"} <= {c.id for c in clocks if not c.verified}


def test_the_digest_knows_content_and_nothing_else():
    one = a_library(an_sop(), an_sop(sop="other"))
    turned = a_library(an_sop(sop="other"), an_sop())
    changed = a_library(an_sop(steps=("Record something else",)), an_sop(sop="other"))

    assert one.digest == turned.digest != changed.digest


def test_the_digest_ignores_comments_and_layout(tmp_path):
    text = (Path(__file__).parents[2] / "macros/library/privacy.yaml").read_text()
    (tmp_path / "a.yaml").write_text(text)
    plain = load_library(tmp_path).digest

    (tmp_path / "a.yaml").write_text(f"# a comment\n\n{text}")

    assert load_library(tmp_path).digest == plain


def test_a_faulty_library_is_not_loaded_and_names_every_error(tmp_path):
    (tmp_path / "a.yaml").write_text("sop: [")
    (tmp_path / "b.yaml").write_text("sop: lonely\n")

    with pytest.raises(LibraryFaulty) as refused:
        load_library(tmp_path)

    assert {fault.file for fault in refused.value.faults} == {"a.yaml", "b.yaml"}


def test_editors_get_a_schema_with_the_closed_words():
    schema = json_schema()

    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) >= {"sop", "when", "then", "macro", "approver"}


def _placeholders(text):
    return [part.split("}}")[0].strip() for part in text.split("{{")[1:]]
