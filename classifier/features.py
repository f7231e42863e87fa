"""Text and cues as numbers: words, letter groups, and what the lexicon found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from casebook.ticket import Ticket
from classifier.cues import Hit, Lexicon
from classifier.text import for_model, read

MAX_WORDS = 30_000
MAX_LETTER_GROUPS = 50_000
# A cue is rarer and surer than any word; TF-IDF rows have length one, so this is its loudness.
CUE_LOUDNESS = 1.0
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One text made ready: as the model reads it, with the cues that hold in it."""

    text: str
    hits: tuple[Hit, ...]

    @property
    def cues(self) -> frozenset[str]:
        """Names of the cues that hold."""
        return frozenset(hit.cue.name for hit in self.hits)


def prepare(text: str, lexicon: Lexicon) -> Prepared:
    """Clean a text and look its cues up."""
    return Prepared(for_model(text), lexicon.find(read(text)))


def prepare_ticket(ticket: Ticket, lexicon: Lexicon) -> Prepared:
    """The same for what the requester of a ticket wrote."""
    return prepare(ticket.text(), lexicon)


def _words(**options: Any) -> Any:  # noqa: ANN401 - scikit-learn is untyped
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - heavy

    return TfidfVectorizer(
        ngram_range=(1, 2),
        max_features=MAX_WORDS,
        sublinear_tf=True,
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a pattern, no password
        **options,
    )


def _letters(**options: Any) -> Any:  # noqa: ANN401
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - heavy

    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(3, 5),
        max_features=MAX_LETTER_GROUPS,
        sublinear_tf=True,
        **options,
    )


class Features:
    """Word and letter-group TF-IDF side by side with one column per cue.

    Columns stand in this order: words, letter groups, cues. `learn` takes vocabulary and rarity
    from texts alone, never from labels.
    """

    def __init__(self, cue_names: Sequence[str]) -> None:
        self.cue_names = tuple(cue_names)

    def learn(self, texts: Sequence[Prepared]) -> Any:  # noqa: ANN401 - scipy is untyped
        """Learn the vocabularies of texts and return their matrix."""
        words, letters = _words(min_df=2), _letters(min_df=3)
        plain = [prepared.text for prepared in texts]
        blocks = [words.fit_transform(plain), letters.fit_transform(plain)]
        self._adopt(words, letters)
        return self._join(blocks, texts)

    def _adopt(self, words: Any, letters: Any) -> None:  # noqa: ANN401 - scikit-learn is untyped
        self.words_, self.letters_ = words, letters
        self.word_names_ = tuple(str(word) for word in words.get_feature_names_out())
        self.cue_columns_ = {name: column for column, name in enumerate(self.cue_names)}

    def __getstate__(self) -> dict[str, Any]:
        # A pickled vectoriser holds a memory address and ties us to one version of scikit-learn.
        return {
            "cue_names": self.cue_names,
            "words": "\n".join(self.word_names_),
            "word_rarity": self.words_.idf_,
            "letters": "\n".join(self.letters_.get_feature_names_out()),
            "letter_rarity": self.letters_.idf_,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.cue_names = state["cue_names"]
        words = _words(vocabulary=state["words"].split("\n"))
        letters = _letters(vocabulary=state["letters"].split("\n"))
        words.idf_, letters.idf_ = state["word_rarity"], state["letter_rarity"]
        self._adopt(words, letters)

    def transform(self, texts: Sequence[Prepared]) -> Any:  # noqa: ANN401 - scipy is untyped
        """A sparse matrix with a row per text."""
        plain = [prepared.text for prepared in texts]
        return self._join([self.words_.transform(plain), self.letters_.transform(plain)], texts)

    def _join(self, blocks: list[Any], texts: Sequence[Prepared]) -> Any:  # noqa: ANN401
        from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415 - heavy

        return hstack([*blocks, csr_matrix(self._cue_rows(texts))]).tocsr()

    def known_words(self, rows: Any) -> npt.NDArray[np.int64]:  # noqa: ANN401 - a scipy matrix
        """How many words and word pairs of the vocabulary each row of `transform` holds."""
        counts: npt.NDArray[np.int64] = rows[:, : len(self.word_names_)].getnnz(axis=1)
        return counts

    def _cue_rows(self, texts: Iterable[Prepared]) -> Matrix:
        rows = [self._cue_row(prepared) for prepared in texts]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.cue_names))

    def _cue_row(self, prepared: Prepared) -> Matrix:
        row = np.zeros(len(self.cue_names))
        for name in prepared.cues:
            column = self.cue_columns_.get(name)
            if column is not None:
                row[column] = CUE_LOUDNESS
        return row
