import json

import pytest

from casebook.taxonomy import taxonomy
from training.starter import STARTER, CorpusFault, read_corpus, twins


def a_row(**changes):
    row = {
        "id": "privacy-0001",
        "category": "privacy",
        "sub_type": "erasure",
        "also": [],
        "flags": [],
        "lang": "en",
        "channel": "chat",
        "subject": "",
        "text": "please forget me entirely",
    }
    return {**row, **changes}


def written_to(folder, *rows, name="privacy.jsonl"):
    (folder / name).write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows))
    return folder


def test_the_shipped_corpus_is_valid():
    rows = read_corpus(STARTER, taxonomy())
    assert {row.category for row in rows} == set(taxonomy().categories)


def test_no_two_shipped_rows_are_nearly_the_same():
    assert twins(read_corpus(STARTER, taxonomy())) == []


def test_a_row_knows_its_labels(tmp_path):
    folder = written_to(tmp_path, a_row(also=["legal_regulatory"]))
    (row,) = read_corpus(folder, taxonomy())
    assert row.labels == {"privacy", "legal_regulatory"}


def test_an_ordinary_row_has_no_label(tmp_path):
    row = a_row(category="general", sub_type="hard_negative", near="privacy")
    (read,) = read_corpus(written_to(tmp_path, row), taxonomy())
    assert read.labels == frozenset()


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (a_row(id="privacy-0002", category="weather"), "category weather"),
        (a_row(id="privacy-0002", sub_type="dmca_notice"), "sub-type dmca_notice"),
        (a_row(id="privacy-0002", flags=["shiny"]), "flags shiny"),
        (a_row(id="privacy-0002", also=["weather"]), "category weather"),
        (a_row(id="privacy-0002", text=""), "text"),
        (a_row(id="privacy-0002", lang="english"), "lang"),
        (a_row(id="privacy-0002", mood="sad"), "mood"),
        (a_row(id="privacy-0002", category="general", also=["privacy"]), "general row"),
        (a_row(), "privacy-0001 is used twice"),
        ("{not json", "not valid JSON"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path, bad, fault):
    with pytest.raises(CorpusFault, match=rf"privacy\.jsonl:2: .*{fault}"):
        read_corpus(written_to(tmp_path, a_row(), bad), taxonomy())


def test_a_fault_does_not_repeat_the_text(tmp_path):
    bad = a_row(text="a secret story", lang="english")
    with pytest.raises(CorpusFault) as caught:
        read_corpus(written_to(tmp_path, bad), taxonomy())
    assert "secret" not in str(caught.value)


def test_an_empty_folder_is_a_fault(tmp_path):
    with pytest.raises(CorpusFault, match="no"):
        read_corpus(tmp_path, taxonomy())


def test_twins_are_found_whatever_their_case(tmp_path):
    first = a_row(text="please delete everything that you know about me at once, thank you")
    second = a_row(id="privacy-0002", text=first["text"].upper())
    third = a_row(id="privacy-0003", text="where is my parcel")
    rows = read_corpus(written_to(tmp_path, first, second, third), taxonomy())

    (pair,) = twins(rows)

    assert (pair.first, pair.second, pair.likeness) == ("privacy-0001", "privacy-0002", 1.0)
