"""A small classifier, and texts that are hard to read."""

import numpy as np

from compressclf import CodelengthClassifier
from tests.hostile_texts import HOSTILE

TRAINING = {
    "sport": [
        "the goal came late in the match",
        "the striker scored a late goal",
        "the keeper saved a penalty in the last match of the season",
        "Timu ya taifa ilishinda mechi ya kirafiki",
    ],
    "business": [
        "shares fell as the bank cut its forecast",
        "the bank raised its profit forecast",
        "the profits of the bank fell for the third year",
        "茶和牛奶的价格上涨了",
    ],
    "weather": [
        "rain in the north and late snow in the hills",
        "the forecast is for rain and then for more rain",
        "naïve forecasts of snow — и дождь",
    ],
}
TEXTS = [
    b"",
    b" ",
    b"g",
    b"the match ended without a goal",
    b"THE BANK CUT ITS PROFIT_FORECAST, 2nd time",
    ("rain " * 300 + "snow").encode(),
    "mechi ya taifa 茶和牛奶 дождь naïve 😀".encode(),
    b"\xff\xfe goal \xe4\xb8 bank \xf0\x9f\x98 \x80\x80 rain\x00",
    *(text.encode("utf-8", "replace") for text in HOSTILE),
]


def taught(labels=tuple(TRAINING), model="blocks", **parameters):
    """Return a classifier fitted to `TRAINING` under other labels."""
    texts = [text for own in TRAINING.values() for text in own]
    y = [label for label, own in zip(labels, TRAINING.values(), strict=True) for _ in own]
    return CodelengthClassifier(model, n_jobs=1, **parameters).fit(texts, y)


def large():
    """Return a classifier with more features than fit a small page, and its documents."""
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefgh "))
    docs = ["".join(rng.choice(letters, 1500, p=[0.3 - 0.1 * c] + [0.1 * (c + 1)] + [0.1] * 6
                               + [0.0])) for c in (0, 1) for _ in range(40)]  # fmt: skip
    classifier = CodelengthClassifier("blocks:lengths=4+6,words=0", n_jobs=1)
    return classifier.fit(docs, [0] * 40 + [1] * 40), docs
