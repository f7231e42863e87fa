from datetime import date

import pytest

from macros.library import lint

GOOD = """\
sop: privacy
title: Privacy requests
version: 1
life: live
owner: Privacy Lead
review_by: 2027-05-31
when:
  all:
    - {field: category, operator: is, value: privacy}
severity: 3
then:
  - {field: current_tags, value: ts_privacy}
  - {field: group_id, value: Privacy-Office}
clocks: [gdpr_dsr]
approver: privacy
steps:
  - "Record when it came in"
do: []
dont: []
forbidden_flags: [legal_hold]
macro:
  title: "Casewarden::Privacy::Acknowledge"
  description: "Confirms receipt"
  actions:
    - {field: comment_value, value: "Hello {{ticket.requester.first_name}}"}
    - {field: comment_mode_is_public, value: "true"}
"""
TODAY = date(2026, 11, 22)


def faults_of(tmp_path, *texts, today=TODAY):
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    return lint(tmp_path, today=today)


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_good_file_has_no_fault(tmp_path):
    assert faults_of(tmp_path, GOOD) == []


SPOILT = [
    # what stands there, what is put there instead, words of the reason, words of the mend
    ("version: 1", "versoin: 1", "unknown field 'versoin'", "spelling"),
    ("operator: is,", "operator: equals,", "unknown word", "'is'"),
    ("operator: is,", "operator: includes,", "does not know the operator", "correct"),
    ("{field: category,", "{field: colour,", "unknown word", "category"),
    ("value: privacy}", "value: privcay}", "unknown category 'privcay'", "did you mean 'privacy'"),
    ("value: privacy}", "value: general}", "unknown category 'general'", "use one of"),
    ("forbidden_flags: [legal_hold]", "forbidden_flags: [hold]", "unknown flag", "legal_hold"),
    ("clocks: [gdpr_dsr]", "clocks: [gdpr_drs]", "unknown clock", "gdpr_dsr"),
    ("value: Privacy-Office", "value: Privacy", "unknown group", "Privacy-Office"),
    ("value: ts_privacy", "value: vip", "unknown tag prefix", "ts_"),
    ("value: ts_privacy", "value: ts_Privacy", "unknown tag prefix", "a-z"),
    ("value: ts_privacy", "value: ts_sev0", "set by Casewarden itself", "take the tag out"),
    ("{field: current_tags,", "{field: set_tags,", "set_tags is refused", "current_tags"),
    ("{field: current_tags,", "{field: remove_tags,", "remove_tags is refused", "by hand"),
    ("{field: current_tags, value: ts_privacy}", "{field: assignee_id, value: current_user}",
     "assignee_id is refused", "group_id"),
    ("{field: current_tags, value: ts_privacy}", "{field: status, value: solved}",
     "status is refused", "a person solves"),
    ("{field: current_tags, value: ts_privacy}", "{field: comment_value, value: Hello}",
     "would write a comment", "macro"),
    ("{field: current_tags, value: ts_privacy}", '{field: comment_mode_is_public, value: "true"}',
     "would write a comment", "macro"),
    ("{field: current_tags, value: ts_privacy}", "{field: mood, value: glad}",
     "unknown field 'mood'", "use one of"),
    ("{field: current_tags, value: ts_privacy}", "{field: priority, value: severe}",
     "unknown priority", "use one of"),
    ("{{ticket.requester.first_name}}", "{{ticket.requester.email}}", "unknown placeholder",
     "{{ticket.id}}"),
    ("{{ticket.requester.first_name}}", "{% if x %}", "unknown placeholder", "use one of"),
    ("{{ticket.requester.first_name}}", "{name}", "unknown placeholder", "use one of"),
    ("Casewarden::Privacy", "Warden::Privacy", "does not start with", "put"),
    ("approver: privacy", "approver: someone", "unknown word", "cs_manager"),
    ("life: live", "life: on", "YAML reads `on` as a boolean", "quote it"),
    ('value: "true"', "value: yes", "YAML reads `yes` as a boolean", "quote it"),
    ('"Record when it came in"', "no", "YAML reads `no` as a boolean", "quote it"),
    ('"Record when it came in"', "Record: when", "not a text", "quote it"),
    ('"Record when it came in"', "12", "not a text", "quote it"),
    ("title: Privacy requests", "title: Privacy: requests", "not YAML", "quote"),
    ("review_by: 2027-05-31", "review_by: soon", "not a date", "2027-05-31"),
    ("version: 1", "version: &v 1\nseverity: *v", "alias", "write the value out"),
    ("version: 1", "version: 1\nversion: 2", "stands here twice", "keep one"),
    ("version: 1", "version: !!python/name:os.system 1", "YAML tag", "remove the tag"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "reason", "mend"), SPOILT)
def test_a_fault_is_told_with_its_line_and_its_mend(tmp_path, right, wrong, reason, mend):
    text = GOOD.replace(right, wrong, 1)

    faults = faults_of(tmp_path, text)

    told = [fault for fault in faults if reason in fault.reason]
    assert told, faults
    assert told[0].line == line_of(text, wrong.splitlines()[-1])
    assert mend in told[0].mend
    assert (told[0].file, told[0].level) == ("0.yaml", "error")


def test_a_field_is_set_once(tmp_path):
    text = GOOD.replace(
        "{field: current_tags, value: ts_privacy}", "{field: group_id, value: Comms}"
    )

    assert [(f.line, f.reason) for f in faults_of(tmp_path, text)] == [
        (13, "group_id is set twice")
    ]


@pytest.mark.parametrize("key", ["approver", "owner", "macro", "steps", "severity", "when"])
def test_a_missing_field_is_named(tmp_path, key):
    lines = GOOD.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next((n for n in range(start + 1, len(lines)) if lines[n][0] not in " -"), len(lines))

    faults = faults_of(tmp_path, "\n".join(lines[:start] + lines[end:]))

    assert [fault.reason for fault in faults] == [f"'{key}' is missing"]
    assert f"add `{key}:`" in faults[0].mend


def test_an_sop_without_a_category_of_its_own_is_refused(tmp_path):
    text = GOOD.replace("field: category, operator: is,", "field: language, operator: is,")

    faults = faults_of(tmp_path, text)

    assert [(f.line, f.reason) for f in faults] == [
        (7, "`all` does not ask for exactly one category")
    ]


def test_a_sub_type_must_belong_to_the_category(tmp_path):
    condition = "    - {field: sub_type, operator: is, value: dmca_notice}"
    text = GOOD.replace("severity: 3", f"{condition}\nseverity: 3")

    faults = faults_of(tmp_path, text)

    assert [(f.line, f.reason) for f in faults] == [
        (10, "unknown sub-type of privacy 'dmca_notice'")
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "{field: group_id, operator: is, value: Privacy-Office}",
        "{field: certainty, operator: greater_than, value: often}",
        "{field: severity, operator: is, value: bad}",
        "{field: assignee_id, operator: present, value: 3}",
        "{field: sub_type, operator: is}",
        "{field: flags, operator: includes, value: legal_hold vip}",
        "{field: status, operator: less_than, value: done}",
    ],
)
def test_a_condition_that_could_never_be_true_is_refused(tmp_path, condition):
    text = GOOD.replace("severity: 3", f"    - {condition}\nseverity: 3")

    faults = faults_of(tmp_path, text)

    assert [fault.line for fault in faults] == [10]


def test_every_fault_of_every_file_is_collected_in_order(tmp_path):
    two = GOOD.replace("gdpr_dsr", "gone").replace("ts_privacy", "vip")

    faults = faults_of(tmp_path, two, "sop: x")

    assert [(f.file, f.line) for f in faults][:2] == [("0.yaml", 12), ("0.yaml", 14)]
    assert {f.file for f in faults} == {"0.yaml", "1.yaml"}


def test_ids_and_macro_titles_are_unique_over_all_files(tmp_path):
    faults = faults_of(tmp_path, GOOD, f"# the same again\n{GOOD}")

    assert [(f.file, f.line) for f in faults] == [("1.yaml", 2), ("1.yaml", 23)]
    assert "also in 0.yaml" in faults[0].reason


def test_a_review_that_is_due_is_a_warning_only(tmp_path):
    faults = faults_of(tmp_path, GOOD, today=date(2027, 6, 1))

    assert [(f.line, f.level) for f in faults] == [(6, "warning")]
    assert "Privacy Lead" in faults[0].mend


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00broken", b"\x00", b"- a\n- b\n", b"just words", b"a: 1\n---\nb: 2\n"],
)
def test_a_file_that_is_no_sop_is_told_and_never_raises(tmp_path, content):
    (tmp_path / "a.yaml").write_bytes(content)

    faults = lint(tmp_path, today=TODAY)

    assert faults
    assert all(f.file == "a.yaml" and f.line >= 1 for f in faults)


def test_a_folder_without_sops_is_a_fault(tmp_path):
    assert [f.reason for f in lint(tmp_path / "nowhere")] == ["no SOP (*.yaml) is in this folder"]
