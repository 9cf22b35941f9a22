# The notebook 05_naive_bayes.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 5. One rule with four names: naive Bayes, likelihood, MDL, compression
#
# You have met `argmin` of codelengths in notebook 2. In a course on statistics the same classifier is called naive Bayes and has an `argmax` of probabilities. Are these two methods that happen to work about equally well?
#
# They are one method. This notebook shows it with numbers, first by hand and then against scikit-learn. After that the codelength does something that the likelihood alone cannot: it says **how complex a model should be**, and whether two classes should be one.
#
# On the site: [Class codelengths](../docs/how-it-works/classes.md).

# %% [markdown]
# ## Six sentences
#
# Two classes, three sentences each, and one sentence without a label.

# %%
from collections import Counter
from math import log2, prod

train = {
    "sport": [
        "the striker scored a late goal",
        "the keeper saved a late penalty",
        "the team won the cup",
    ],
    "business": [
        "the bank raised its rates",
        "the price of shares fell",
        "profits at the bank fell",
    ],
}
query = "the bank saved the team"

counts = {label: Counter(" ".join(texts).split()) for label, texts in train.items()}
words = sorted(set().union(*counts.values()))
for label in counts:
    print(f"{label:8} {counts[label].total()} words:", counts[label].most_common(4))
print(len(words), "different words")


# %% [markdown]
# **Naive Bayes** takes each word for an independent draw from the class. To avoid a probability of 0 it adds one to each count (Laplace). Then Bayes' rule gives the class with the largest
#
# $$P(c) \prod_{w \in x} P(w \mid c), \qquad P(w \mid c) = \frac{n_{cw} + 1}{n_c + V},$$
#
# where $V$ is the number of different words.

# %%
def chance(word, label):
    """Return P(word | label)."""
    return (counts[label][word] + 1) / (counts[label].total() + len(words))


prior = {label: 1 / 2 for label in train}
joint = {label: prior[label] * prod(chance(w, label) for w in query.split()) for label in train}
for label in joint:
    print(f"{label:8} {joint[label]:.3e}")
print("naive Bayes says", max(joint, key=joint.get))

# %% [markdown]
# **Compression** asks how many bits the sentence takes with the code of the class. From notebook 4 we know the best length of a code: $-\log_2 P$. So take the logarithm of the line above, with a minus sign.
#
# $$\underbrace{-\log_2 P(c)}_{\text{bits of the label}} + \underbrace{\sum_{w \in x} -\log_2 P(w \mid c)}_{\text{bits of the text, given the label}}$$

# %%
print(f"{'':10}" + " ".join(f"{label:>9}" for label in train))
print(f"{'(label)':10}" + " ".join(f"{-log2(prior[label]):9.2f}" for label in train))
for w in query.split():
    print(f"{w:10}" + " ".join(f"{-log2(chance(w, label)):9.2f}" for label in train))

bits = {
    label: -log2(prior[label]) + sum(-log2(chance(w, label)) for w in query.split())
    for label in train
}
print(f"{'sum':10}" + " ".join(f"{bits[label]:9.2f}" for label in train))
print("the shortest code says", min(bits, key=bits.get))
assert all(abs(bits[label] + log2(joint[label])) < 1e-9 for label in train)

# %% [markdown]
# The logarithm turns a product into a sum and the minus sign turns `max` into `min`. Nothing else happened:
#
# $$\arg\max_c P(c) P(x \mid c) \;=\; \arg\min_c \; L(c) + L(x \mid c)$$
#
# The right side is **minimum description length** (Rissanen 1978): choose the hypothesis that describes the data in the fewest bits, the bits of the hypothesis included. If all classes are equally likely, the label costs the same everywhere. What is left is **maximum likelihood**.
#
# The bits have one advantage for people. They show which word decided.

# %% [markdown]
# ## Against scikit-learn
#
# The same on real articles: 200 to learn from and 100 to test with. Our bits and the log-probabilities of scikit-learn must be the same numbers.

# %%
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from compressclf.datasets import hold_out, load_dataset

learn, test = hold_out(load_dataset("sample:bbc-news").train, test_size=0.2, seed=0)
learn, test = learn.sample(200, seed=0), test.sample(100, seed=0)

vectorizer = CountVectorizer(decode_error="replace")
learn_counts = vectorizer.fit_transform(list(learn.docs))
test_counts = vectorizer.transform(list(test.docs))
topics, labels = np.unique(learn.labels, return_inverse=True)

per_class = np.array(
    [np.asarray(learn_counts[labels == c].sum(axis=0)).ravel() for c in range(len(topics))]
)
word_bits = -np.log2((per_class + 1) / (per_class + 1).sum(axis=1, keepdims=True))
label_bits = -np.log2(np.bincount(labels) / len(labels))
our_bits = label_bits + test_counts @ word_bits.T

naive_bayes = MultinomialNB(alpha=1).fit(learn_counts, learn.labels)
their_bits = -naive_bayes.predict_joint_log_proba(test_counts) / np.log(2)

print(f"bits of {our_bits.size} pairs of article and class")
print(
    f"largest difference below a millionth of a bit: {np.abs(our_bits - their_bits).max() < 1e-6}"
)
nb_right = topics[our_bits.argmin(axis=1)] == test.labels
print(f"accuracy {nb_right.mean():.2f}")

# %% [markdown]
# So whoever runs naive Bayes runs a compressor, one without memory: it codes each word as if the others were not there. The difference between two classes is often called the *log-odds*. It is a difference of codelengths.
#
# **Your own text:**

# %%
my_text = "the minister said that the new phone will be cheap"

my_bits = label_bits + vectorizer.transform([my_text]) @ word_bits.T
for c in my_bits[0].argsort():
    print(f"{topics[c]:14} {my_bits[0][c]:6.1f} bits")


# %% [markdown]
# ## Back from bits to probabilities
#
# $2^{-\text{bits}}$, divided by the sum over the classes, is the probability of the class given the text. Try it on the articles:

# %%
def to_probabilities(bits, temperature=1.0):
    weights = 2.0 ** (-(bits - bits.min(axis=1, keepdims=True)) / temperature)
    return weights / weights.sum(axis=1, keepdims=True)


def log_loss(probabilities):
    """Return the mean of −log2 p(true label): the bits that the labels take."""
    true = np.searchsorted(topics, test.labels)
    return -np.log2(np.maximum(probabilities[np.arange(len(true)), true], 1e-300)).mean()


nb_sure = to_probabilities(our_bits).max(axis=1)
print(f"naive Bayes is sure: {np.median(nb_sure):.6f} is its median probability")
print(
    f"it is right on {nb_right.mean():.0%}, and surer than 0.999 on {(nb_sure > 0.999).mean():.0%}"
)

# %% [markdown]
# It is far too sure. Words are not independent: an article that says `penalty` once will say it again, and the second time it is not news. Naive Bayes counts it as news. So the *differences* of its bits are too large. Dividing all bits by a number $T$, the **temperature**, repairs the probabilities and changes no decision, because the order of the classes stays.

# %%
for temperature in (1, 3, 10, 30, 100):
    loss = log_loss(to_probabilities(our_bits, temperature))
    print(f"T = {temperature:3}   {loss:.2f} bits per label")
print(f"guessing  {np.log2(len(topics)):.2f} bits per label")

# %% [markdown]
# (We look at test articles here to see the effect. To *choose* $T$, use held-out training articles. `CodelengthClassifier` does that.)

# %% [markdown]
# ## A better code is a better classifier
#
# If naive Bayes is a code without memory, then a code that predicts better should make a better classifier, by the same rule. The library's default, `blocks`, counts pieces of text of several lengths as well as words. (Its bits are a score: the pieces overlap, so no decoder could read them.) It also chooses its temperature, on training articles.

# %%
from compressclf import CodelengthClassifier

blocks = CodelengthClassifier("blocks").fit(learn.docs, learn.labels)
blocks_right = blocks.predict(test.docs) == test.labels
print(f"{'words one by one':17} {nb_right.mean():.2f}")
print(f"{'blocks':17} {blocks_right.mean():.2f}")
print(f"labels given blocks: {log_loss(blocks.predict_proba(test.docs)):.2f} bits each")

# %% [markdown]
# With 100 test articles, differences of a few hundredths may be chance. Words alone are strong on this task. That is a lesson too: a code that becomes shorter by equally many bits *for all classes* changes no decision. Only the differences count. Notebook 6 makes better and better codes; try them as class models with `CodelengthClassifier("ppmd")` or `CodelengthClassifier("contextmix")`, which take longer.

# %% [markdown]
# ## What the likelihood cannot do: how complex?
#
# Now take one class and ask for a model of its text. A model of order $k$ predicts each letter from the $k$ letters before. Which $k$ is best? The likelihood always prefers the largest: with more counts it can fit more. It has to be told to stop.
#
# A code cannot cheat like that. The decoder needs the counts as well, and somebody has to pay for them.
#
# * **Two-part code** (Rissanen 1978): first the parameters, then the data. With $n$ letters it is enough to write each parameter to a precision of about $1/\sqrt n$, which takes $\frac12 \log_2 n$ bits. There are $26 \cdot 27^k$ parameters.
# * **Adaptive code** (Dawid 1984, Rissanen 1984): no parameters are sent. Both sides begin with equal counts and learn on the way. Learning is paid for by bad predictions at the start.

# %%
import re

from scipy.special import gammaln


def plain(document):
    """Return a text as numbers: 0 for a space, 1 to 26 for letters."""
    text = re.sub("[^a-z]+", " ", document.decode().lower())
    return np.array([0 if letter == " " else ord(letter) - 96 for letter in text])


def context_counts(x, k):
    """Return how often each letter followed each context of k letters, shape (n_contexts, 27)."""
    context = np.zeros(len(x) - k, np.int64)
    for i in range(k):
        context = 27 * context + x[i : len(x) - k + i]
    _, row = np.unique(context, return_inverse=True)  # only contexts that occur
    n_contexts = row.max() + 1
    return np.bincount(27 * row + x[k:], minlength=27 * n_contexts).reshape(n_contexts, 27)


def data_bits(counts):
    """Return the bits of the letters if the decoder knows the counts."""
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, where=counts > 0, out=np.ones(counts.shape))
    return -(counts * np.log2(share)).sum()


def adaptive_bits(counts, start=0.5):
    """Return the bits of the letters if counts begin at `start` and grow on the way."""
    total, width = counts.sum(axis=1), counts.shape[1]
    logs = gammaln(counts + start).sum(axis=1) - width * gammaln(start)
    logs += gammaln(width * start) - gammaln(total + width * start)
    return -logs.sum() / np.log(2)


articles = [plain(document) for document in learn.docs]
x = np.concatenate(articles)
orders = range(5)
table = {}
for n in (3_000, 30_000, len(x)):
    print(f"\n{n:,} letters: bits per letter")
    print(f"{'k':>3} {'data':>7} {'parameters':>11} {'two parts':>10} {'adaptive':>9}")
    for k in orders:
        counted = context_counts(x[:n], k)
        data, parameters = data_bits(counted) / n, 26 * 27**k / 2 * log2(n) / n
        table[n, k] = data + parameters, adaptive_bits(counted) / n, data
        print(
            f"{k:3} {data:7.2f} {parameters:11.2f} {data + parameters:10.2f} {table[n, k][1]:9.2f}"
        )

# %% [markdown]
# The column `data` is the likelihood: it falls all the way. The two codes have a minimum. It moves to larger $k$ as there is more text to learn from. The adaptive code pays only for contexts that occur, so it is shorter for large $k$, and its best $k$ may be larger.

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 3.2), facecolor="white")
for n, color in zip((3_000, 30_000, len(x)), ("#9ecae1", "#3182bd", "#08306b"), strict=True):
    axes.plot(orders, [table[n, k][1] for k in orders], "o-", color=color, label=f"{n:,} letters")
    axes.plot(orders, [table[n, k][2] for k in orders], ":", color=color)
axes.set_xticks(orders)
axes.set_xlabel("order k of the model")
axes.set_ylabel("bits per letter")
axes.legend(title="adaptive code")
plt.show()

best = {n: min(orders, key=lambda k: table[n, k][1]) for n in (3_000, 30_000, len(x))}
print("best order:", best)

# %% [markdown]
# *The picture: solid lines are the adaptive codes, dotted lines the likelihood of the same counts. The dotted lines keep falling. Each solid line has a lowest point, further to the right the more text there is.*
#
# No validation set was needed. The adaptive code is its own validation: it predicts each letter before it sees it.

# %% [markdown]
# ## One class or two?
#
# Should sports and technology have one model or two? Describe all their articles with one adaptive code of words. Then with two codes, plus one bit per article for its label. Two codes learn two vocabularies, which costs; they predict better, which pays. To see that the gain is not automatic, we split the same articles at random as well.

# %%
both = np.flatnonzero(np.isin(learn.labels, ["sports", "tech"]))


def code_of(rows):
    """Return the bits of all words of some articles."""
    return adaptive_bits(np.asarray(learn_counts[rows].sum(axis=0)))


def gain_of_split(in_first):
    """Return the bits saved by two codes instead of one; the labels are paid for."""
    return code_of(both) - code_of(both[in_first]) - code_of(both[~in_first]) - len(both)


by_topic = gain_of_split(learn.labels[both] == "sports")
shuffle = np.random.default_rng(0)
at_random = [gain_of_split(shuffle.permutation(learn.labels[both] == "sports")) for _ in range(20)]
print(f"split by topic   saves {by_topic:8,.0f} bits")
print(f"split at random  saves {np.mean(at_random):8,.0f} bits (best of 20: {max(at_random):,.0f})")

# %% [markdown]
# A negative number is a loss. The code confirms that the topics are real: their words differ by more than chance, enough to pay for a second vocabulary. No test articles and no accuracy were needed. That is the idea of clustering by compression: the best partition is the one with the shortest description.

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution.
#
# **1.** In the six sentences, which words spoke for sport and by how many bits? Why does `the` hardly matter, though it is the most frequent word?
#
# <details><summary>Solution</summary>
#
# `saved` and `team` spoke for sport, `bank` for business. The frequency of `the` is similar in both classes, so its bits nearly cancel. A word decides by the *ratio* of its probabilities.
#
# ```python
# gain = {w: log2(chance(w, "sport") / chance(w, "business")) for w in query.split()}
# assert min(gain, key=gain.get) == "bank"
# assert gain["saved"] > 0.5 and gain["team"] > 0.5
# assert abs(gain["the"]) < 0.5
# ```
# </details>
#
# **2.** The prior: sport is 9 times as likely as business. How many bits does that add to the difference? After how many equally good words is it forgotten?
#
# <details><summary>Solution</summary>
#
# $\log_2 9 \approx 3.17$ bits, once, however long the text is. If each word speaks for business by one bit, four words are enough.
#
# ```python
# assert 3 < log2(9) < 4
# ```
# </details>
#
# **3.** The adaptive code has a closed form above, with `gammaln`. Check it: code a short text letter by letter, with counts that begin at 1/2. Then shuffle the letters. Does the codelength change at order 0?
#
# <details><summary>Solution</summary>
#
# It does not change: only the counts enter the closed form. The order of the letters matters only to models that look at contexts.
#
# ```python
# def letter_by_letter(x):
#     seen, bits = np.full(27, 0.5), 0.0
#     for letter in x:
#         bits -= log2(seen[letter] / seen.sum())
#         seen[letter] += 1
#     return bits
#
#
# short = x[:500]
# mixed = np.random.default_rng(1).permutation(short)
# assert abs(letter_by_letter(short) - adaptive_bits(context_counts(short, 0))) < 1e-6
# assert abs(letter_by_letter(mixed) - letter_by_letter(short)) < 1e-6
# ```
# </details>
#
# **4.** Naive Bayes freezes its counts while it reads the query. An adaptive coder goes on learning, so a word is cheaper the second time: bits of $x$ = `code_of(class and x) − code_of(class)`. Is that better on the articles? Does it make the classifier less sure of itself?
#
# <details><summary>Solution</summary>
#
# A repeated word costs less and so decides less. The differences between the classes shrink, as they should. The accuracy is about the same.
#
# ```python
# class_rows = [per_class[[c]] for c in range(len(topics))]
# alone = np.array([adaptive_bits(row, start=1) for row in class_rows])
# learning = np.array(
#     [
#         [adaptive_bits(row + document, start=1) for row in class_rows]
#         for document in test_counts.toarray()
#     ]
# )
# learning = label_bits + learning - alone
#
#
# def margin(bits):
#     two = np.sort(bits, axis=1)[:, :2]
#     return np.median(two[:, 1] - two[:, 0])
#
#
# learning_right = topics[learning.argmin(axis=1)] == test.labels
# print(learning_right.mean(), margin(learning), margin(our_bits))
# assert margin(learning) < margin(our_bits)
# assert abs(learning_right.mean() - nb_right.mean()) <= 0.1
# ```
# </details>
#
# **5.** Split the articles on sports at random into two classes of equal size. Does the code advise it? What if all articles were twice as many?
#
# <details><summary>Solution</summary>
#
# It costs bits: the same vocabulary is learnt twice. More articles of the same kind do not help, for there is nothing to gain by the split.
#
# ```python
# sports = np.flatnonzero(learn.labels == "sports")
# half = shuffle.permutation(np.arange(len(sports)) % 2 == 0)
# assert code_of(sports) < code_of(sports[half]) + code_of(sports[~half])
# ```
# </details>

# %% [markdown]
# ## To read
#
# * J. Rissanen, "Modeling by Shortest Data Description", *Automatica* 14, 1978.
# * J. Rissanen, "Universal Coding, Information, Prediction, and Estimation", *IEEE Transactions on Information Theory* 30, 1984.
# * A. P. Dawid, "Statistical Theory: the Prequential Approach", *Journal of the Royal Statistical Society A* 147, 1984.
# * R. E. Krichevsky and V. K. Trofimov, "The Performance of Universal Encoding", *IEEE Transactions on Information Theory* 27, 1981: counts that begin at 1/2.
# * P. D. Grünwald, *The Minimum Description Length Principle*, MIT Press, 2007.
# * A. McCallum and K. Nigam, "A Comparison of Event Models for Naive Bayes Text Classification", *AAAI Workshop on Learning for Text Categorization*, 1998.
