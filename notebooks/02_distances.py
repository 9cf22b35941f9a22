# The notebook 02_distances.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 2. Distances from a compressor: NCD and gzip kNN by hand
#
# The first notebook said that a compressor measures how simple a string is. This one turns that into a *distance* between two texts, and the distance into a classifier. There is no training and there are no word lists. First we do everything by hand, and then we check that the library gets the same numbers.
#
# On the site: [Distances](../docs/how-it-works/distances.md).

# %% [markdown]
# ## Counting bits
#
# $C(x)$ is the codelength of $x$: how many bits the compressed text takes. gzip writes whole bytes, so all its codelengths are multiples of 8.

# %%
from compressclf import build_compressor

gzip = build_compressor("gzip")
x = "the striker scored a late goal and the fans sang all night"
y = "the keeper let in a late goal and the fans went home"
z = "the bank raised its rates and the price of shares fell"

for name, text in (("x", x), ("y", y), ("z", z)):
    print(f"C({name}) = {gzip.codelength(text.encode()):.0f} bits for {8 * len(text)} bits of text")


# %% [markdown]
# ## What two texts share
#
# Now compress two texts, one after the other. When gzip comes to the second one, it has already read the first. Whatever they share costs little the second time.
#
# $C(xy)$ is the codelength of both. $C(xy) - C(x)$ is what $y$ costs once $x$ is known. Compare it with what $y$ costs alone.

# %%
def C(*texts):
    """Return the bits of texts with a space between them."""
    return gzip.codelength(" ".join(texts).encode())


print(f"y alone {C(y):.0f} bits, after x {C(x, y) - C(x):.0f} bits")
print(f"z alone {C(z):.0f} bits, after x {C(x, z) - C(x):.0f} bits")


# %% [markdown]
# Both are cheaper after $x$: gzip spends 160 bits on its header and trailer just once, and all three texts are English. But the other sentence on football gets a larger discount than the one on the bank.

# %% [markdown]
# ## The normalized compression distance
#
# Long texts share more bits than short ones, so we have to divide by something. Cilibrasi and Vitányi (2005) proposed
#
# $$\mathrm{NCD}(x, y) = \frac{C(xy) - \min(C(x), C(y))}{\max(C(x), C(y))}$$
#
# Read it like this: take the larger of the two texts. Which part of it is *news* to someone who knows the smaller one? Near 0: none of it. Near 1: all of it.

# %%
def ncd_by_hand(a, b):
    both, first, second = C(a, b), C(a), C(b)
    print(f"({both:.0f} - {min(first, second):.0f}) / {max(first, second):.0f}", end=" = ")
    return (both - min(first, second)) / max(first, second)


print(f"{ncd_by_hand(x, y):.4f}   NCD(x, y), football and football")
print(f"{ncd_by_hand(x, z):.4f}   NCD(x, z), football and bank")

# %% [markdown]
# The library has the same numbers.

# %%
from compressclf import ncd

print(f"{ncd(x, y):.4f} {ncd(x, z):.4f}")

# %% [markdown]
# ## Classify by hand
#
# Six sentences with a label, one without. We sort the six by their distance from the one, and let the nearest three vote.

# %%
train = [
    ("sport", "the striker scored a late goal and the fans sang all night"),
    ("sport", "the keeper saved a penalty and the team won the cup final"),
    ("sport", "the coach of the team blamed the referee for the late penalty"),
    ("business", "the bank raised its rates and the price of shares fell"),
    ("business", "profits at the bank fell as interest rates rose again"),
    ("business", "the company cut jobs as the price of oil rose again"),
]
query = "the referee gave the team a late penalty"

ranking = sorted((ncd(query, text), label, text) for label, text in train)
for distance, label, text in ranking:
    print(f"{distance:.4f} {label:9} {text}")

# %%
from collections import Counter

votes = Counter(label for _, label, _ in ranking[:3])
print(votes, "->", votes.most_common(1)[0][0])

# %% [markdown]
# That is the whole method: **k nearest neighbours** (kNN) with NCD. `NCDClassifier` does it in the manner of scikit-learn, with `fit` and `predict`.

# %%
from compressclf import NCDClassifier

labels, texts = zip(*train, strict=True)
classifier = NCDClassifier(n_neighbors=3).fit(list(texts), list(labels))
print(classifier.predict([query])[0])

# %% [markdown]
# **Your own text:** write a sentence on sport or on money. Which of the six is the nearest, and does it have the right label?

# %%
my_text = "the shares of the club fell after a late goal"

for distance, label, text in sorted((ncd(my_text, text), label, text) for label, text in train)[:3]:
    print(f"{distance:.4f} {label:9} {text}")
print("->", classifier.predict([my_text])[0])

# %% [markdown]
# ## Real texts
#
# The sample `bbc-news` has 2 225 articles in five topics (Greene and Cunningham 2006). We take 200 to learn from and 100 others to test with.

# %%
from compressclf.datasets import hold_out, load_dataset

bbc = load_dataset("sample:bbc-news").train
learn, test = hold_out(bbc, test_size=0.2, seed=0)
learn, test = learn.sample(200, seed=0), test.sample(100, seed=0)

print(f"{len(learn.docs)} articles to learn from, {len(test.docs)} to test with")
print(sorted(Counter(learn.labels.tolist()).items()))

# %%
from compressclf.reports.evaluation import evaluate

gzip_knn = NCDClassifier(n_neighbors=3).fit(learn.docs, learn.labels)
result = evaluate(test.labels, gzip_knn.predict(test.docs))
low, high = result.accuracy_ci95
print(f"accuracy {result.accuracy:.2f}, 95 % interval {low:.2f} to {high:.2f}")

# %% [markdown]
# A number alone says little. Compare it with two simple rules: always say the largest class; and a "compressor" that does not compress at all (`identity`), so that the distance sees nothing but the lengths of the articles.

# %%
largest = Counter(learn.labels.tolist()).most_common(1)[0][0]
lengths_only = NCDClassifier(n_neighbors=3, compressor="identity").fit(learn.docs, learn.labels)

print(f"largest class  {(test.labels == largest).mean():.2f}")
print(f"lengths only   {(lengths_only.predict(test.docs) == test.labels).mean():.2f}")
print(f"gzip           {result.accuracy:.2f}")

# %% [markdown]
# So gzip found something, and it is not the length.

# %% [markdown]
# ## NCD is not quite a distance
#
# A distance in the sense of mathematics has rules. With a real compressor they break, some a little and some badly. Let us look at 30 articles, with all 900 distances between them.

# %%
import numpy as np

from compressclf import pairwise_distances

articles = learn.docs[:30]
d = pairwise_distances(articles, articles)

print(f"distance to itself is not 0:    {np.diag(d).min():.3f} to {np.diag(d).max():.3f}")
print(f"d(x, y) differs from d(y, x):   {(d != d.T).sum() / (30 * 29):.0%} of the pairs")
print(f"by how much, at most:           {np.abs(d - d.T).max():.3f}")

# %% [markdown]
# ## How far back a compressor sees
#
# gzip looks for repetitions in the last 32 KiB, its **window**. In a text that is longer than the window, it cannot see that the second half repeats the first. So let us compute NCD$(x, x)$, which ought to be near 0, for random bytes of growing length.

# %%
import matplotlib.pyplot as plt

noise = np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8).tobytes()
sizes = [1_000, 3_000, 10_000, 20_000, 30_000, 33_000, 40_000, 60_000, 100_000]
figure, axes = plt.subplots(figsize=(6, 3.2))
for name in ("gzip", "bz2", "xz", "zstd"):
    to_itself = [ncd(noise[:size], noise[:size], compressor=name) for size in sizes]
    axes.plot(sizes, to_itself, marker="o", label=name)
    print(f"{name:5} " + " ".join(f"{value:.2f}" for value in to_itself))
axes.set_xscale("log")
axes.set_xlabel("bytes of x")
axes.set_ylabel("NCD(x, x)")
axes.legend()
plt.show()

# %% [markdown]
# Beyond 32 KiB, gzip says that a text has nothing in common with itself. xz and zstd have larger windows. bz2 does not point back: it sorts a whole block of 900 000 bytes, and a repetition saves it less. **Choose a compressor whose window holds both texts.** The compressor says how far it sees:

# %%
for name in ("gzip", "bz2", "xz", "zstd"):
    print(f"{name:5} {build_compressor(name).window:10,} bytes")

# %% [markdown]
# The window also breaks the last rule of a distance, the **triangle inequality**: a detour is never shorter, $d(x, z) \le d(x, y) + d(y, z)$. Take 34 000 random bytes for $x$ and for $z$, and let $y$ be their last 30 000. To gzip, $x$ is far from itself and near to its own end. So NCD is a good measure of likeness, but not a metric, and search methods that need a metric are not safe with it.

# %%
x_long, y_long = noise[:34_000], noise[4_000:34_000]
direct = ncd(x_long, x_long, symmetrize="min")
detour = ncd(x_long, y_long, symmetrize="min") + ncd(y_long, x_long, symmetrize="min")
print(f"direct {direct:.2f}, with a detour {detour:.2f}")

# %% [markdown]
# ## One model per class
#
# kNN compares a query with every training text. That is slow, and each single text is short. The idea of the first notebook suggests another way, **minimum description length**: let each class be one hypothesis. Put all training texts of a class together, and ask what the query costs after them:
#
# $$\text{label of } x = \arg\min_c \; C(x \mid c), \qquad C(x \mid c) = C(\text{texts of } c \text{, then } x) - C(\text{texts of } c)$$
#
# The compressor has to remember the whole class, so the window matters. With 15 articles, most classes have more than 32 KB.

# %%
from compressclf import Corpus

topics = sorted(set(learn.labels))
by_topic = []
for topic in topics:
    rows = np.flatnonzero(learn.labels == topic)[:15]
    by_topic.append(b" ".join(learn.docs.take(rows)))
classes = Corpus.from_documents(by_topic)
for topic, length in zip(topics, classes.lengths, strict=True):
    print(f"{topic:13} {length / 1000:.0f} KB")

# %%
queries = test.take(range(0, 100, 2))
for name in ("gzip", "ppmd"):
    compressor = build_compressor(name)
    bits = compressor.conditional_codelengths(queries.docs, classes, separator=b" ")
    predicted = np.array(topics)[bits.argmin(axis=1)]
    print(f"{name}: accuracy {(predicted == queries.labels).mean():.2f}")

# %% [markdown]
# Here are the bits of some queries with `ppmd`, which remembers everything. The smallest number of each row gives the label.

# %%
print(" " * 14 + " ".join(f"{topic:>13}" for topic in topics))
for row, label in zip(bits[::12], queries.labels[::12], strict=True):
    print(f"{label:13} " + " ".join(f"{value:13,.0f}" for value in row))

# %% [markdown]
# `CodelengthClassifier` is the library's own form of this idea: one model per class, made for the purpose. It learns from the same 200 articles as gzip kNN above.

# %%
from compressclf import CodelengthClassifier

class_models = CodelengthClassifier().fit(learn.docs, learn.labels)
print(f"gzip kNN      {result.accuracy:.2f}")
print(f"class models  {(class_models.predict(test.docs) == test.labels).mean():.2f}")

# %% [markdown]
# With 100 test articles these numbers are rough; look at the interval above. But the order of the two is what you will find on most data sets. Both decide by the same sentence: **the label whose data compresses $x$ best is the label of $x$.**

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution.
#
# **1.** Compute by hand: $C(x) = 100$, $C(y) = 80$, $C(xy) = 120$. What is the NCD? What would it be if the two had nothing in common, and what if $y$ were a part of $x$ and the compressor perfect?
#
# <details><summary>Solution</summary>
#
# $(120 - 80) / 100 = 0.4$. With nothing in common, $C(xy) = 180$ and the NCD is $(180 - 80)/100 = 1$. With $y$ inside $x$, $C(xy) = C(x) = 100$ and the NCD is $(100 - 80)/100 = 0.2$. That is not 0: the larger text holds news.
#
# ```python
# from compressclf.distances import FORMULAS
#
# assert FORMULAS["ncd"](100, 80, 120) == 0.4
# assert FORMULAS["ncd"](100, 80, 180) == 1.0
# assert FORMULAS["ncd"](100, 80, 100) == 0.2
# ```
# </details>
#
# **2.** Write NCD kNN for $k = 1$ in five lines, with `C` from above, and compare it with `NCDClassifier(1)` on the six sentences, each as a query with the other five for training.
#
# <details><summary>Solution</summary>
#
# ```python
# def distance(a, b):
#     return (C(a, b) - min(C(a), C(b))) / max(C(a), C(b))
#
#
# for i, (_, text) in enumerate(train):
#     others = train[:i] + train[i + 1 :]
#     nearest = min(others, key=lambda row: distance(text, row[1]))[0]
#     y_others, x_others = zip(*others, strict=True)
#     knn = NCDClassifier(1).fit(list(x_others), list(y_others))
#     assert knn.predict([text])[0] == nearest
# ```
# </details>
#
# **3.** The order matters: $C(xy) \ne C(yx)$. Fit `NCDClassifier` with `symmetrize="min"` on the BBC articles. On how many of the 100 queries does the label change?
#
# <details><summary>Solution</summary>
#
# ```python
# both_ways = NCDClassifier(n_neighbors=3, symmetrize="min").fit(learn.docs, learn.labels)
# changed = (both_ways.predict(test.docs) != gzip_knn.predict(test.docs)).sum()
# print(changed)
# assert changed <= 10
# ```
#
# A few at most: the two orders differ by a few bytes, which decides only between neighbours that are about equally near.
# </details>
#
# **4.** Reverse all letters of every article, in training and test. What do you expect of the accuracy of gzip kNN? Try it.
#
# <details><summary>Solution</summary>
#
# About the same. gzip looks for repeated strings, and a repetition stays one when both sides are reversed. It has no idea of words.
#
# ```python
# mirrored = NCDClassifier(n_neighbors=3).fit([doc[::-1] for doc in learn.docs], learn.labels)
# mirrored_accuracy = (mirrored.predict([doc[::-1] for doc in test.docs]) == test.labels).mean()
# print(mirrored_accuracy)
# assert abs(mirrored_accuracy - result.accuracy) <= 0.1
# ```
# </details>
#
# **5.** In "one model per class", one class has ten times as many training texts as the others. What can go wrong, with gzip and with a compressor that remembers everything?
#
# <details><summary>Solution</summary>
#
# gzip sees the last 32 KiB of each class only, so the extra texts are forgotten. With a long memory, the big class offers more strings to refer to and wins too often. The library's models correct for that; with a plain compressor, take equally much text of each class.
#
# </details>

# %% [markdown]
# ## To read
#
# * M. Li, X. Chen, X. Li, B. Ma and P. Vitányi, "The Similarity Metric", *IEEE Transactions on Information Theory* 50, 2004.
# * R. Cilibrasi and P. Vitányi, "Clustering by Compression", *IEEE Transactions on Information Theory* 51, 2005.
# * D. Benedetto, E. Caglioti and V. Loreto, "Language Trees and Zipping", *Physical Review Letters* 88, 2002.
