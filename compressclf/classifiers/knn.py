"""k nearest neighbours by compression distance."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from compressclf._lib.executor import check_n_jobs
from compressclf._lib.registry import check_choice
from compressclf.classifiers._base import DocumentClassifier, Predictions
from compressclf.classifiers._callbacks import calls_back
from compressclf.classifiers._preprocessing import Preprocessing
from compressclf.classifiers.state import NeighboursState
from compressclf.compressors.base import Compressor
from compressclf.distances import Coded, Measure
from compressclf.distances.layouts import Layout, build_layout
from compressclf.neighbors import CANDIDATES, TIE_RULES, WEIGHTS, Neighbors, Votes, k_nearest, vote

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from compressclf.documents import Corpus
    from compressclf.neighbors.candidates import NgramCandidates

__all__ = ["NCDClassifier"]


class NCDClassifier(Preprocessing, DocumentClassifier):
    """k nearest neighbours by normalized compression distance, or a similar distance.

    The method of Jiang et al. 2023 with corrected scoring: the test labels do not break ties.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that vote.
    compressor : str or Compressor, default="gzip"
        A spec ``name[:key=value,...]``, as in ``"zstd:level=19"``.
    metric : {"ncd", "cdm", "clm", "cosine", "conditional"}, default="ncd"
        The distance, a function of C(x), C(y) and C(xy); see `compressclf.distances.formulas`.
    weights : {"uniform", "distance"}, default="uniform"
        The weight of a vote: 1, or 1 / distance.
    ties : {"nearest", "random", "smallest"}, default="nearest"
        The tie rule among the classes with the most votes: the class of the nearest neighbour, a
        random one, or the smallest label. Training documents at equal distance are ordered as in
        the training data; with "random", in an order that is drawn once.
    order : {"auto", "xy", "yx"}, default="auto"
        Which document is coded first: the query (x) or the training document (y). "auto" is "yx"
        for ``metric="conditional"`` and else "xy", as published.
    separator : str or bytes, default=" "
        The text between the two.
    symmetrize : {"none", "min", "mean"}, default="none"
        Replace C(xy) by the minimum or the mean of C(xy) and C(yx), at twice the cost.
    subtract_overhead : bool, default=False
        Whether to subtract the bits of the empty document from every codelength.
    layout : str or None, default="auto"
        How two images become one document, a spec such as ``"joint:levels=4"``; see
        `compressclf.distances.layouts`. A layout uses no separator. "auto" is "joint" for training
        images of one size ("pixels" if the compressor is an image codec), "raster" for images of
        several sizes, and None for other documents or with `candidates`. None treats the bytes of
        images as text.
    preprocess : None or str, default=None
        The preprocessing of every image, a spec of `compressclf.documents.preprocessing` such as
        ``"resize:width=32,height=32"`` or ``"deskew"``.
    candidates : None or str, default=None
        None compares a query with all training documents, ``"ngrams"`` only with the 1 % that
        share most n-grams with it (``"ngrams:share=0.02"``: 2 %). This is many times faster;
        distances stay exact, but a neighbour can be missed (`has_nearest`). For a slow
        compressor, ``"ngrams:by=gzip"`` re-ranks the documents that are nearest by gzip. See
        `compressclf.neighbors.candidates`.
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules: -1 is one for each processor.
    random_state : int, RandomState or None, default=None
        The seed for ``ties="random"``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    compressor_ : Compressor
        The compressor that `compressor` describes.
    layout_ : Layout or None
        The layout that `layout` describes or "auto" has chosen.
    preprocess_ : str or None
        The spec of the fitted preprocessing.
    n_candidates_ : int
        Only with `candidates`: number of training documents with which a query is compared.
    n_features_in_ : int
        Only if X had rows and columns: a table of numbers, or one column of documents.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only if X was a data frame: the names of its columns.

    See Also
    --------
    compressclf.pairwise_distances : The distances themselves.

    Examples
    --------
    >>> spam = ["cheap pills, cheap loans", "cheap loans, win cash now", "win cash, cheap pills"]
    >>> ham = ["minutes of the meeting", "the meeting is moved", "notes of the next meeting"]
    >>> clf = NCDClassifier(n_neighbors=1).fit(spam + ham, ["spam"] * 3 + ["ham"] * 3)
    >>> clf.predict(["win cheap cash", "notes and minutes"])
    array(['spam', 'ham'], dtype='<U4')
    """

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        compressor: str | Compressor = "gzip",
        metric: str = "ncd",
        weights: str = "uniform",
        ties: str = "nearest",
        order: str = "auto",
        separator: str | bytes = " ",
        symmetrize: str = "none",
        subtract_overhead: bool = False,
        layout: str | None = "auto",
        preprocess: str | None = None,
        candidates: str | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.compressor = compressor
        self.metric = metric
        self.weights = weights
        self.ties = ties
        self.order = order
        self.separator = separator
        self.symmetrize = symmetrize
        self.subtract_overhead = subtract_overhead
        self.layout = layout
        self.preprocess = preprocess
        self.candidates = candidates
        self.n_jobs = n_jobs
        self.random_state = random_state

    @calls_back
    def fit(self, X: object, y: ArrayLike) -> NCDClassifier:
        """Store the training documents and their codelengths.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.
        y : array-like of shape (n_docs,)
            Their labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or there are fewer documents than neighbours.
        """
        self.check()
        measure = self._built_measure()
        docs, indices = self._training_data(X, y)
        measure = self._fitted(measure, docs)
        self._check_n_neighbors(self.n_neighbors, len(docs), "n_samples")
        rank, seed = np.arange(len(docs), dtype=np.int64), 0
        if self.ties == "random":
            generator = check_random_state(self.random_state)
            generator.shuffle(rank)
            seed = int(generator.randint(2**31))
        self._remember(measure, docs, indices, rank, seed)
        return self

    def kneighbors(
        self,
        X: object = None,
        n_neighbors: int | None = None,
        return_distance: bool = True,
    ) -> Neighbors | NDArray[np.int64]:
        """Find the nearest training documents.

        Parameters
        ----------
        X : sequence of documents, optional
            The queries. By default the training documents, each without itself as a neighbour.
        n_neighbors : int, optional
            Number of neighbours; by default the parameter of the classifier.
        return_distance : bool, default=True
            Whether to return the distances too.

        Returns
        -------
        distances : ndarray of float64, shape (n_queries, n_neighbors)
            The nearest first; only with `return_distance`.
        indices : ndarray of int64, shape (n_queries, n_neighbors)
            Positions in the training data.
        """
        check_is_fitted(self)
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        available = len(self._training.docs) - (X is None)
        self._check_n_neighbors(k, available, "n_samples_fit")
        neighbors = k_nearest(
            self._measure,
            self._training if X is None else self._code(X),
            self._training,
            k,
            rank=self._rank,
            skip_self=X is None,
            candidates=self._candidates,
            n_jobs=self.n_jobs,
        )
        return neighbors if return_distance else neighbors.indices

    def predictions(self, X: object) -> Predictions:
        """Return labels, shares of the vote and ties of the documents X in one pass.

        A document is tied if classes have equally many votes, or if the last neighbour that votes
        and the first that does not are equally far, so that the order of the training data decides.
        """
        check_is_fitted(self)
        self.check()
        self._check_n_neighbors(self.n_neighbors, len(self._training.docs), "n_samples_fit")
        queries = self._code(X)
        k = self.n_neighbors
        one_more = min(k + 1, len(self._training.docs))
        nearest = k_nearest(
            self._measure,
            queries,
            self._training,
            one_more,
            rank=self._rank,
            candidates=self._candidates,
            n_jobs=self.n_jobs,
        )
        voters = Neighbors(nearest.distances[:, :k], nearest.indices[:, :k])
        votes = self._vote(voters, queries)
        tied = votes.tied
        if one_more > k:
            tied = tied | (nearest.distances[:, k - 1] == nearest.distances[:, k])
        return Predictions(self.classes_[votes.winners], votes.shares, tied)

    def has_nearest(self, X: object) -> NDArray[np.bool_]:
        """Return whether the nearest training document is among the candidates.

        Parameters
        ----------
        X : sequence of documents
            The queries, which are compared with all training documents: give a sample.

        Returns
        -------
        ndarray of bool, shape (n_queries,)
            Its mean is the recall@1 of `candidates`.
        """
        check_is_fitted(self)
        queries = self._code(X)

        def nearest(candidates: NgramCandidates | None) -> NDArray[np.float64]:
            return k_nearest(
                self._measure, queries, self._training, 1, candidates=candidates, n_jobs=self.n_jobs
            ).distances[:, 0]

        return np.asarray(nearest(self._candidates) == nearest(None))

    def training_documents(self) -> Corpus:
        """Return the training documents."""
        check_is_fitted(self)
        return self._docs

    def training_counts(self) -> NDArray[np.int64]:
        """Return the number of training documents of each class, in the order of ``classes_``."""
        check_is_fitted(self)
        return np.bincount(self._y, minlength=len(self.classes_))

    def check(self) -> None:
        """Refuse a parameter that is out of range, by a ValueError."""
        self._check_n_neighbors(self.n_neighbors)
        check_n_jobs(self.n_jobs, type(self).__name__)
        for name, known in (("weights", WEIGHTS), ("ties", TIE_RULES)):
            check_choice(name, getattr(self, name), known)
        self._check_preprocess()

    def state(self) -> NeighboursState:
        """Return everything that `fit` set, for `restore`."""
        check_is_fitted(self)
        return NeighboursState(
            docs=self._docs,
            y=self._y,
            rank=self._rank,
            seed=self._seed,
            layout=None if self.layout_ is None else self.layout_.spec,
            preprocess=self.preprocess_,
        )

    def restore(self, classes: NDArray[Any], state: NeighboursState) -> None:
        """Take over the `state` of a fitted classifier with the same parameters."""
        layout = build_layout(state.layout)
        measure = self._fitted(replace(self._built_measure(), layout=layout), state.docs)
        self._check_n_neighbors(self.n_neighbors, len(state.docs), "n_samples")
        self.classes_ = classes
        self._restore_preprocessing(state.preprocess)
        self._remember(measure, state.docs, state.y, state.rank, state.seed)

    def _documents(self, X: object, *, fitting: bool = False) -> Corpus:
        docs = super()._documents(X, fitting=fitting)
        return self._preprocessed(docs, fitting=fitting)

    def _built_measure(self) -> Measure:
        is_auto = isinstance(self.layout, str) and self.layout == "auto"
        return Measure.of(
            metric=self.metric,
            compressor=self.compressor,
            order=self.order,
            separator=self.separator,
            symmetrize=self.symmetrize,
            subtract_overhead=self.subtract_overhead,
            layout=None if is_auto and self.candidates is not None else self.layout,
        )

    def _fitted(self, measure: Measure, docs: Corpus) -> Measure:
        """Return the measure with the layout for these training documents."""
        if self.candidates is not None and measure.layout is not None:
            raise ValueError(
                f"The candidates {self.candidates!r} compare passages of bytes and cannot use a "
                f"layout: leave out candidates or layout."
            )
        return measure.fitted(docs)

    def _remember(
        self,
        measure: Measure,
        docs: Corpus,
        y: NDArray[np.int64],
        rank: NDArray[np.int64],
        seed: int,
    ) -> None:
        """Store the training documents; `rank` and `seed` decide random ties."""
        self._measure, self.compressor_ = measure, measure.compressor
        self.layout_ = measure.layout if isinstance(measure.layout, Layout) else None
        self._docs = docs
        self._y, self._rank, self._seed = y, rank, seed
        self._training = measure.code(docs, n_jobs=self.n_jobs)
        self._candidates = self._propose()
        if self._candidates is not None:
            self.n_candidates_ = self._candidates.n_candidates

    def _propose(self) -> NgramCandidates | None:
        if self.candidates is None:
            return None
        proposer: NgramCandidates = CANDIDATES.build(
            self.candidates, measure=self._measure, training=self._training
        )
        return proposer

    def _code(self, X: object) -> Coded:
        return self._measure.code(self._documents(X), n_jobs=self.n_jobs)

    def _vote(self, neighbors: Neighbors, queries: Coded) -> Votes:
        def draw(query: int, n: int) -> int:
            # A hash of the document: the draw does not depend on batch composition.
            key = self._seed.to_bytes(8, "little")
            digest = hashlib.blake2b(queries.docs[query], digest_size=8, key=key).digest()
            return int.from_bytes(digest, "little") % n

        return vote(
            neighbors,
            self._y,
            len(self.classes_),
            weights=self.weights,
            ties=self.ties,
            draw=draw,
        )

    def _check_n_neighbors(
        self, k: object, available: int | None = None, available_name: str = ""
    ) -> None:
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
            raise ValueError(
                f"The 'n_neighbors' parameter of {type(self).__name__} must be an int >= 1. "
                f"Got {k!r} instead."
            )
        if available is not None and k > available:
            raise ValueError(
                f"Expected n_neighbors <= {available_name}, but n_neighbors = {k}, "
                f"{available_name} = {available}: take fewer neighbours or more training documents."
            )
