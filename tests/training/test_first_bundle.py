import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from training import first_bundle
from training.fit import train


@pytest.fixture
def quick_training(monkeypatch, small_corpus):
    calls = []

    def train_small(target, *, progress):
        calls.append(target)
        return train(small_corpus, target=target, progress=progress)

    monkeypatch.setattr(first_bundle, "train_starter", train_small)
    return calls


def quiet(*_):
    pass


def test_the_first_call_trains_and_later_calls_return_at_once(tmp_path, quick_training):
    made = first_bundle.ensure_starter_bundle(tmp_path, progress=quiet)
    started = time.process_time()
    again = first_bundle.ensure_starter_bundle(tmp_path, progress=quiet)

    assert made == again
    assert time.process_time() - started < 0.2
    assert len(quick_training) == 1
    assert [path.name for path in tmp_path.iterdir()] == [made[0].name]


def test_two_at_once_end_with_one_bundle(tmp_path, quick_training):
    barrier = threading.Barrier(2, timeout=30)
    answers = []

    def ensure():
        barrier.wait()
        answers.append(first_bundle.ensure_starter_bundle(tmp_path, progress=quiet))

    threads = [threading.Thread(target=ensure) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(answers) == 2
    assert answers[0] == answers[1]
    assert [path.name for path in tmp_path.iterdir()] == [answers[0][0].name]


def test_a_failed_training_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(target, *, progress):
        target.mkdir()
        raise RuntimeError("out of memory")

    monkeypatch.setattr(first_bundle, "train_starter", fail)

    with pytest.raises(RuntimeError):
        first_bundle.ensure_starter_bundle(tmp_path, progress=quiet)

    assert list(tmp_path.iterdir()) == []


def test_looking_for_the_bundle_does_not_load_scikit_learn():
    code = (
        "import sys, classifier.predictor, training.first_bundle as f\n"
        "f.starter_source_digest()\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    root = Path(first_bundle.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False)
    assert done.returncode == 0
