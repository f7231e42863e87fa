import json

import pytest

from casebook.taxonomy import taxonomy
from classifier.bundle import MANIFEST, MODEL, BundleRefused, digest_of, load_bundle, read_manifest
from classifier.predictor import TicketPredictor
from tests.classifier.builders import a_ticket
from training.fit import train


def test_the_same_rows_and_seed_give_the_same_bundle(small_corpus, small_bundle, tmp_path):
    folder, digest = small_bundle
    steps = []

    again = train(
        small_corpus, target=tmp_path / "again", progress=lambda *step: steps.append(step)
    )

    assert again == digest
    assert (tmp_path / "again" / MODEL).read_bytes() == (folder / MODEL).read_bytes()
    assert steps[-1][1] == steps[-1][2]


def test_the_time_of_making_is_not_part_of_the_digest(small_bundle):
    folder, digest = small_bundle
    manifest = read_manifest(folder)
    manifest["created_at"] = "2001-01-01T00:00:00+00:00"
    assert digest_of(manifest) == digest


def test_the_manifest_says_what_the_model_was_made_of(small_bundle):
    manifest = read_manifest(small_bundle[0])
    assert set(manifest["digests"]) == {"data", "taxonomy", "lexicon", "code"}
    assert set(manifest["thresholds"]) == set(taxonomy().sensitive)
    assert all(t["suggest"] < t["act"] for t in manifest["thresholds"].values())


def copied(folder, target):
    for path in folder.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    return target


def flip_a_byte(folder):
    data = bytearray((folder / MODEL).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / MODEL).write_bytes(bytes(data))


def edit_a_lexicon(folder):
    path = folder / "lexicon" / "privacy.yaml"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")


def lose_a_file(folder):
    (folder / "lexicon" / "flags.yaml").unlink()


def forge_the_manifest(folder):
    flip_a_byte(folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["thresholds"]["privacy"]["act"] = 0.1
    (folder / MANIFEST).write_text(json.dumps(manifest))


def lose_the_manifest(folder):
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (flip_a_byte, "changed"),
        (edit_a_lexicon, "changed"),
        (lose_a_file, "cannot be read"),
        (forge_the_manifest, "is pinned"),
        (lose_the_manifest, "no readable"),
    ],
)
def test_a_spoilt_bundle_is_refused_before_it_runs(
    small_bundle, tmp_path, monkeypatch, spoil, message
):
    folder, digest = small_bundle
    copy = copied(folder, tmp_path / "copy")
    spoil(copy)
    monkeypatch.setattr("joblib.load", lambda _: pytest.fail("something was unpickled"))

    with pytest.raises(BundleRefused, match=message):
        load_bundle(copy, pinned=digest)


def test_a_manifest_cannot_point_outside(small_bundle, tmp_path):
    copy = copied(small_bundle[0], tmp_path / "copy")
    manifest = json.loads((copy / MANIFEST).read_text())
    manifest["files"]["../outside"] = "0" * 64
    (copy / MANIFEST).write_text(json.dumps(manifest))

    with pytest.raises(BundleRefused, match="does not have"):
        load_bundle(copy, pinned=digest_of(manifest))


def test_the_right_bundle_loads_and_speaks(small_bundle):
    folder, digest = small_bundle
    predictor = TicketPredictor.load(folder, pinned=digest)

    prediction = predictor.predict(a_ticket("Delete my data under article 17 GDPR"))

    assert predictor.digest == prediction.model == digest
    assert prediction.score_of("privacy") is not None
