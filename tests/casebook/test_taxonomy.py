import pytest
import yaml

from casebook.errors import Misconfigured
from casebook.modes import Mode
from casebook.taxonomy import GENERAL, Severity, load_taxonomy, taxonomy
from casebook.ticket import PRIORITIES


def spoilt(tmp_path, **changes):
    whole = yaml.safe_load((taxonomy_file()).read_text(encoding="utf-8"))
    path = tmp_path / "taxonomy.yaml"
    path.write_text(yaml.safe_dump(whole | changes), encoding="utf-8")
    return path


def taxonomy_file():
    from importlib.resources import files

    return files("casebook").joinpath("taxonomy.yaml")


def test_a_life_safety_category_is_of_the_worst_severity_when_it_is_imminent():
    words = taxonomy()
    life = [slug for slug, category in words.categories.items() if category.life_safety]
    assert {"self_harm", "imminent_threat", "child_safety"} <= set(life)
    for slug in life:
        assert words.severity_of(slug, sub_type=None, imminent=True) is Severity.SEV0


def test_a_life_safety_category_is_never_answered_in_public_by_a_machine():
    categories = taxonomy().categories.items()
    assert [slug for slug, one in categories if one.life_safety and not one.never_public] == []


@pytest.mark.parametrize(
    "slug",
    [
        "child_safety",
        "self_harm",
        "imminent_threat",
        "terrorism",
        "law_enforcement",
        "government_removal",
        "intimate_images",
        "legal_regulatory",
    ],
)
def test_the_first_red_line_names_the_categories_without_public_replies(slug):
    assert taxonomy().categories[slug].never_public


def test_imminence_moves_up_and_never_down():
    words = taxonomy()
    for slug in words.categories:
        assert words.rank(slug, imminent=True) <= words.rank(slug)


def test_every_severity_has_a_priority_that_zendesk_knows():
    assert {taxonomy().target(level).priority for level in Severity} <= set(PRIORITIES)


def test_an_ordinary_ticket_has_no_severity():
    assert taxonomy().severity_of(GENERAL, sub_type=None, imminent=True) is None


def test_categories_are_read_back_from_their_tags():
    words = taxonomy()
    tags = [words.category_tag("privacy"), words.sub_type_tag("doxxing"), "web"]
    assert words.categories_in(tags) == {"privacy"}


def test_every_tag_of_ours_is_known_as_ours_and_others_are_not():
    words = taxonomy()
    ours = [
        words.category_tag("privacy"),
        words.primary_tag("privacy"),
        words.severity_tag(Severity.SEV1),
        words.sub_type_tag("doxxing"),
        words.flag_tag("imminent"),
        words.tags.done,
    ]
    assert all(words.is_ours(tag) for tag in ours)
    assert not words.is_ours("web")


def test_no_tag_stands_for_two_things():
    words = taxonomy()
    subs = {sub for category in words.categories.values() for sub in category.sub_types}
    tags = [
        *(words.category_tag(slug) for slug in words.categories),
        *(words.primary_tag(slug) for slug in words.categories),
        *(words.sub_type_tag(sub) for sub in subs),
        *(words.flag_tag(flag) for flag in words.flags),
        *(words.severity_tag(level) for level in Severity),
        words.tags.done,
    ]
    assert len(tags) == len(set(tags))
    assert max(map(len, tags)) <= 80


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"precedence": []}, "precedence and categories differ"),
        ({"groups": []}, "needs a severity and a group"),
        ({"severities": {}}, "severities must be exactly"),
        ({"colour": "red"}, "colour"),
        ({"version": 7}, "version"),
    ],
)
def test_a_taxonomy_that_does_not_hold_together_is_refused_with_its_fault(tmp_path, changes, says):
    with pytest.raises(Misconfigured, match=says):
        load_taxonomy(spoilt(tmp_path, **changes))


@pytest.mark.parametrize("content", ["[", "- just\n- a list\n", ""])
def test_a_file_that_is_no_taxonomy_is_refused(tmp_path, content):
    path = tmp_path / "taxonomy.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"taxonomy\.yaml"):
        load_taxonomy(path)


def test_a_missing_taxonomy_is_refused(tmp_path):
    with pytest.raises(Misconfigured, match="nowhere"):
        load_taxonomy(tmp_path / "nowhere.yaml")


def test_modes_are_ordered_and_named_in_lower_case():
    assert Mode.named("observe") < Mode.named("suggest") < Mode.named("act")
    with pytest.raises(KeyError):
        Mode.named("yolo")
