"""The table of docs/how-to/scikit-learn.md, cell by cell, and its example."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    learning_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.semi_supervised import SelfTrainingClassifier

from compressclf import CodelengthClassifier, CodelengthFeatures, NCDClassifier
from tests.texts import labelled_texts

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "scikit-learn.md"
TEXTS, LABELS = labelled_texts(60, seed=1)
NEW, TRUTH = labelled_texts(20, seed=2)
CODES = np.unique(LABELS, return_inverse=True)[1]
TRUE_CODES = np.unique(TRUTH, return_inverse=True)[1]
SETTINGS = "blocks:lengths=4,damping=1,shorten=0,add=1,own=0"

FORMS = {
    "list of str": list,
    "object array (n,)": lambda texts: np.array(texts, dtype=object),
    "object array (n, 1)": lambda texts: np.array(texts, dtype=object)[:, None],
    "data frame, one column": lambda texts: pd.DataFrame({"text": texts}),
}


def models():
    return CodelengthClassifier(SETTINGS, n_jobs=1)


def neighbours():
    return NCDClassifier(1, n_jobs=1)


def features(column):
    columns = ColumnTransformer([("bits", CodelengthFeatures(SETTINGS, n_jobs=1), column)])
    return make_pipeline(columns, LogisticRegression())


def fitted(estimator):
    def accuracy(X, new):
        estimator.fit(X, CODES)
        return (estimator.predict(new) == TRUE_CODES).mean()

    return accuracy


def frozen(X, new):
    return FrozenEstimator(models().fit(X, CODES)).fit(X, CODES).score(new, TRUE_CODES)


def log_probabilities(X, new):
    logs = cross_val_predict(models(), X, CODES, cv=2, method="predict_log_proba")
    return (logs.argmax(axis=1) == CODES).mean()


def learnt(X, new):
    return learning_curve(models(), X, CODES, train_sizes=[1.0], cv=2)[2].mean()


def important(X, new):
    found = permutation_importance(models().fit(X, CODES), new, TRUE_CODES, random_state=0)
    return float(found.importances_mean[0] > 0.3)  # permuted, a document has another's label


def one_class(X, new):
    tuned = TunedThresholdClassifierCV(models(), cv=2).fit(X, CODES == 0)
    return tuned.score(new, TRUE_CODES == 0)


def self_trained(X, new):
    half = np.where(np.arange(len(CODES)) % 2, CODES, -1)
    return SelfTrainingClassifier(models()).fit(X, half).score(new, TRUE_CODES)


def several_outputs(X, new):
    both = MultiOutputClassifier(models()).fit(X, np.stack([CODES, CODES == 1], axis=1))
    return (both.predict(new) == np.stack([TRUE_CODES, TRUE_CODES == 1], axis=1)).mean()


def chained(X, new):
    chain = ClassifierChain(models()).fit(X, np.stack([CODES == 0, CODES == 1], axis=1))
    return (chain.predict(new)[:, 0] == (TRUE_CODES == 0)).mean()


both = [("models", models()), ("neighbours", neighbours())]
RUNS = {
    "`Pipeline`": fitted(
        make_pipeline(CodelengthFeatures(SETTINGS, n_jobs=1), LogisticRegression())
    ),
    "`FunctionTransformer`": fitted(make_pipeline(FunctionTransformer(), models())),
    "`ColumnTransformer`, column by number": fitted(features([0])),
    "`ColumnTransformer`, column by name": fitted(features("text")),
    "`GridSearchCV`": fitted(GridSearchCV(models(), {"prior": ["uniform", "empirical"]}, cv=2)),
    "`cross_val_predict`": log_probabilities,
    "`learning_curve`": learnt,
    "`TunedThresholdClassifierCV`": one_class,
    "`FrozenEstimator`": frozen,
    "`CalibratedClassifierCV`": fitted(CalibratedClassifierCV(models(), cv=2)),
    "`VotingClassifier`": fitted(VotingClassifier(both, voting="soft")),
    "`StackingClassifier`": fitted(StackingClassifier(both, cv=2)),
    "`StackingClassifier`, passthrough": fitted(StackingClassifier(both, cv=2, passthrough=True)),
    "`OneVsRestClassifier`": fitted(OneVsRestClassifier(models())),
    "`OutputCodeClassifier`": fitted(OutputCodeClassifier(models(), random_state=0)),
    "`MultiOutputClassifier`": several_outputs,
    "`BaggingClassifier`": fitted(BaggingClassifier(models(), n_estimators=3, random_state=0)),
    "`AdaBoostClassifier`": fitted(AdaBoostClassifier(models(), n_estimators=3, random_state=0)),
    "`permutation_importance`": important,
    "`OneVsOneClassifier`": fitted(OneVsOneClassifier(models())),
    "`SelfTrainingClassifier`": self_trained,
    "`ClassifierChain`": chained,
}


def cells():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    heads = [cell.strip() for cell in rows[0].strip("|").split("|")][1:]
    for row in rows[2:]:
        name, *answers = [cell.strip() for cell in row.strip("|").split("|")]
        for head, answer in zip(heads, answers, strict=True):
            yield pytest.param(name, head, answer, id=f"{name}-{head}")


def test_the_table_has_all():
    cases = [case.values for case in cells()]
    assert {(name, head) for name, head, _ in cases} == {(n, f) for n in RUNS for f in FORMS}
    assert {answer for _, _, answer in cases} == {"yes", "no"}


@pytest.mark.parametrize(("name", "form", "answer"), list(cells()))
def test_meta_estimators(name, form, answer):
    X, new = FORMS[form](TEXTS), FORMS[form](NEW)
    if answer == "yes":
        assert RUNS[name](X, new) >= 0.9
        return
    with pytest.raises((ValueError, IndexError)) as error:
        RUNS[name](X, new)
    scikit_learn_says = (
        "Expected 2D array, got 1D array instead|could not convert string to float|"
        "only supported for dataframes|tuple index out of range|same number of dimensions"
    )
    assert re.search(scikit_learn_says, str(error.value))


def test_bagged_neighbours():
    X, new = FORMS["object array (n, 1)"](TEXTS), FORMS["object array (n, 1)"](NEW)
    assert fitted(BaggingClassifier(neighbours(), n_estimators=3, random_state=0))(X, new) >= 0.9


def test_bagged_models_that_take_no_weights():
    X, new = FORMS["object array (n, 1)"](TEXTS), FORMS["object array (n, 1)"](NEW)
    plain = CodelengthClassifier("zstd-dict", calibration=1.0, n_jobs=1)
    with pytest.raises(ValueError, match="The model 'zstd-dict' takes no weights"):
        BaggingClassifier(plain, n_estimators=3, random_state=0).fit(X, CODES)
    drawn = BaggingClassifier(plain, 3, bootstrap=False, max_samples=0.6, random_state=0)
    assert fitted(drawn)(X, new) >= 0.9


def test_the_example_of_the_page():
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {}
    exec(code[1], names)
    assert names["learner"].predict([[4], [5]]).tolist() == [0, 1]
