# The notebook 08_no_free_lunch.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 8. No free lunch, and why real data can be compressed
#
# Notebook 1 proved that almost no string can be compressed. Yet nearly every file on a computer gets smaller. And if almost nothing has a pattern, how can a machine learn anything from examples?
#
# First we make the paradox as sharp as we can: over *all* possible worlds, every method is as bad as guessing. Then we destroy the pattern in real data, piece by piece, and watch who suffers. What breaks a method tells you what it had bet on.
#
# On the site: [What is known before](../docs/how-it-works/priors.md).

# %% [markdown]
# ## All worlds together
#
# Take images of handwritten digits, with 200 to learn from and eight to test with. Suppose that we know nothing about the world. Then all ways to label the eight images with 0 or 1 are possible: $2^8 = 256$ worlds. We try three methods in all of them.

# %%
from itertools import product

import numpy as np

from compressclf.datasets import load_dataset

digits = load_dataset("sample:digits").train
images = digits.docs.array()[..., 0]
labels = digits.labels.astype(int)
print(images.shape, "greys from", images.min(), "to", images.max())


def nearest(train_images, train_labels, queries):
    """Return the label of the nearest training image, by the sum of squares."""
    a = queries.reshape(len(queries), -1).astype(float)
    b = train_images.reshape(len(train_images), -1).astype(float)
    distances = (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)
    return train_labels[distances.argmin(axis=1)]


even = labels % 2
few = slice(200, 208)
guesses = {
    "nearest neighbour": nearest(images[:200], even[:200], images[few]),
    "farthest class": 1 - nearest(images[:200], even[:200], images[few]),
    "always 0": np.zeros(8, int),
}
worlds = np.array(list(product([0, 1], repeat=8)))
print(f"{'':18} {'all 256 worlds':>15} {'our world':>10}")
for name, guess in guesses.items():
    everywhere, here = (worlds == guess).mean(), (even[few] == guess).mean()
    print(f"{name:18} {everywhere:15.3f} {here:10.3f}")

# %% [markdown]
# One half each, to the last digit. The proof is short. A method has made its eight guesses before the world is chosen. Each guess is right in exactly half of the worlds. So no method can be better than another one *on average over all worlds*. That is the **no free lunch theorem** (Schaffer 1994, Wolpert 1996). It is the counting argument of notebook 1 in another dress: most strings of labels have no pattern, so most cannot be predicted.
#
# In our world the nearest neighbour is far better than its opposite. So our world is not an average one. In what way is it special?

# %% [markdown]
# ## Labels as data
#
# Send somebody the *labels* of 600 images. She has the images already. Without a pattern, each label takes $\log_2 10$ bits. With one, go through the images in turn; predict the label from the images and labels so far; send the label with an arithmetic coder (notebook 4).
#
# Our prediction: the nearest image of each class so far, at the squared distance $d_c$, gives $p_c \sim 2^{-d_c/T}$. We do not know the best $T$, so we mix several, weighted by how well they have predicted. One of them is infinite and gives all classes the same chance. It is our insurance: whatever happens, we lose no more than $\log_2$ of the number of temperatures, once.

# %%
TEMPERATURES = np.array([10.0, 30.0, 100.0, 300.0, np.inf])


def label_bits(images, labels):
    """Return the bits of each label, given all images and the labels before."""
    flat = images.reshape(len(images), -1).astype(float)
    log_weights, bits = np.zeros(len(TEMPERATURES)), []
    for i, label in enumerate(labels):
        squares = ((flat[:i] - flat[i]) ** 2).sum(axis=1)
        distances = np.array([squares[labels[:i] == c].min(initial=2_000) for c in range(10)])
        chances = 2.0 ** -((distances - distances.min())[:, None] / TEMPERATURES)
        chances /= chances.sum(axis=0)
        weights = 2.0 ** (log_weights - log_weights.max())
        bits.append(-np.log2(chances[label] @ weights / weights.sum()))
        log_weights += np.log2(chances[label])
    return np.array(bits)


n = 600
shuffle = np.random.default_rng(8)
random_labels = shuffle.integers(10, size=n)
costs = {
    "true labels": label_bits(images[:n], labels[:n]),
    "random labels": label_bits(images[:n], random_labels),
}
print(f"{n} labels without a pattern: {n * np.log2(10):.0f} bits")
for name, bits in costs.items():
    print(f"{name:14} {bits.sum():6.0f} bits, the last hundred {bits[-100:].mean():.2f} each")

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 3.2), facecolor="white")
axes.plot([0, n], [0, n * np.log2(10)], ":", color="grey", label="$\\log_2 10$ bits each")
for (name, bits), color in zip(costs.items(), ("#3182bd", "#e6550d"), strict=True):
    axes.plot(bits.cumsum(), color=color, label=name)
axes.set_xlabel("labels sent")
axes.set_ylabel("bits so far")
axes.legend()
plt.show()

# %% [markdown]
# *The picture: the bits of all labels so far. The true labels bend away from the line: each image makes the next ones cheaper. The random labels stay on it.*
#
# To learn is to bend the curve. Note what does *not* tell the two apart: the nearest neighbour has every training label right, true or random, since each image is its own neighbour. Zhang and others (2017) showed the same for large neural networks, which learn random labels by heart. Fit says nothing; the codelength of labels that were predicted *before* they were seen does.

# %%
for name, some in (("true", labels[:n]), ("random", random_labels)):
    known = (nearest(images[:n], some, images[:n]) == some).mean()
    new = (nearest(images[: n // 2], some[: n // 2], images[n // 2 : n]) == some[n // 2 :]).mean()
    print(f"{name:6} labels: {known:.0%} right on known images, {new:.0%} on new ones")

# %% [markdown]
# ## Destroy the pattern in images
#
# Two ways to scramble images. **One permutation**: move the pixels of all images in the same manner. **Own permutations**: each image in a manner of its own.

# %%
order = shuffle.permutation(64)
flat = images.reshape(-1, 64)
versions = {
    "original": images,
    "one permutation": flat[:, order].reshape(-1, 8, 8),
    "own permutations": shuffle.permuted(flat, axis=1).reshape(-1, 8, 8),
}
figure, axes = plt.subplots(1, 6, figsize=(7, 1.7), facecolor="white")
for column, (version, number) in enumerate((v, i) for v in versions for i in (0, 10)):
    axes[column].imshow(versions[version][number], cmap="gray_r")
    axes[column].set_title(version if number == 0 else "", fontsize=9, loc="left")
    axes[column].axis("off")
plt.show()

# %% [markdown]
# *The picture: two zeros, three times. After one permutation people no longer see a digit, but the two zeros still resemble each other. With own permutations they do not.*
#
# Now two codes of pixels. Both are adaptive (notebook 5): counts begin at 1/2 and grow.
#
# * **neighbours** predicts a pixel from the ones to its left and above. It bets that neighbours are alike.
# * **places** predicts a pixel from its place in the image. It bets that images are alike, place by place.

# %%
from scipy.special import gammaln


def adaptive_bits(contexts, symbols, width=17, start=0.5):
    """Return the bits of symbols whose counts, in each context, begin at `start`."""
    _, context = np.unique(contexts, return_inverse=True)
    n_contexts = context.max() + 1
    counts = np.bincount(width * context + symbols, minlength=width * n_contexts)
    counts = counts.reshape(n_contexts, width)
    logs = gammaln(counts + start).sum() - counts.size * gammaln(start)
    logs += (gammaln(width * start) - gammaln(counts.sum(axis=1) + width * start)).sum()
    return -logs / np.log(2)


def by_neighbours(images):
    wide = np.pad(images.astype(int), ((0, 0), (1, 0), (1, 0)))
    left, above = wide[:, 1:, :-1] // 4, wide[:, :-1, 1:] // 4
    return adaptive_bits((5 * left + above).ravel(), images.astype(int).ravel()) / images.size


def by_places(images):
    places = np.broadcast_to(np.arange(64).reshape(8, 8), images.shape)
    return adaptive_bits(places.ravel(), images.astype(int).ravel()) / images.size


print(f"{'bits per pixel':17} {'neighbours':>10} {'places':>8}")
for name, some in versions.items():
    print(f"{name:17} {by_neighbours(some):10.2f} {by_places(some):8.2f}")

# %% [markdown]
# Each code suffers exactly where its bet is lost. One permutation breaks up neighbours and leaves `places` as it was, to the last bit. Own permutations take the places away too.
#
# Classifiers have bets as well. The nearest neighbour adds up squares place by place, so one permutation changes nothing. The model `motion` lets the parts of one image move by a pixel or two to match another one, which makes sense only if neighbouring pixels belong together.

# %%
from compressclf import CodelengthClassifier

print("accuracy with 30 images to learn from, mean of five draws")
print(f"{'':17} {'nearest neighbour':>18} {'motion':>7}")
draws = [shuffle.permutation(len(images)) for _ in range(5)]
for name, some in versions.items():
    right = []
    for rows in draws:
        learn, query = rows[:30], rows[1_000:1_300]
        near = nearest(some[learn], labels[learn], some[query])
        motion = CodelengthClassifier("motion").fit(some[learn], labels[learn])
        right.append([near == labels[query], motion.predict(some[query]) == labels[query]])
    near, moved = np.mean(right, axis=(0, 2))
    print(f"{name:17} {near:18.3f} {moved:7.3f}")

# %% [markdown]
# With few examples, `motion` is the better one where its bet is won. Where the bet is lost, its freedom does harm: it can now move parts that do not belong together. (With hundreds of examples the two come close to each other. A good bet is worth most when data are few.) There is no better classifier *as such*; there is one that fits the world. Convolutional networks make a similar bet.

# %% [markdown]
# ## Destroy the pattern in texts
#
# The same news three times: as it is, with the words of it shuffled, and with all letters shuffled.

# %%
from compressclf import build_compressor

news = b"\n".join(load_dataset("sample:bbc-news").train.sample(25, seed=8).docs)
news_words = news.split(b" ")
shuffle.shuffle(news_words)
news_letters = np.frombuffer(news, np.uint8).copy()
shuffle.shuffle(news_letters)
texts = {
    "original": news,
    "words shuffled": b" ".join(news_words),
    "letters shuffled": news_letters,
}

print(f"{'bits per byte':17}" + "".join(f"{name:>12}" for name in ("gzip", "ppmd", "contextmix")))
for name, some in texts.items():
    rates = [
        build_compressor(c).codelength(bytes(some)) / len(news)
        for c in ("gzip", "ppmd", "contextmix")
    ]
    print(f"{name:17}" + "".join(f"{rate:12.2f}" for rate in rates))
counts = np.bincount(news_letters)
share = counts[counts > 0] / len(news)
print(f"entropy of single letters: {-(share * np.log2(share)).sum():.2f}")

# %% [markdown]
# Shuffled letters cost about what their frequencies cost. (gzip is above that: it looks for repetitions and finds none worth having.) Shuffled words keep most of what a compressor of this kind knows, since it knows spelling better than grammar.

# %% [markdown]
# **Your own text:** paste one, and see what the order of its words is worth to a compressor.

# %%
my_text = "the more we know the less we fear and the less we fear the more we ask " * 10

my_words = my_text.split(" ")
shuffle.shuffle(my_words)
for name, some in (("as it is", my_text), ("words shuffled", " ".join(my_words))):
    bits = build_compressor("contextmix").codelength(some.encode())
    print(f"{name:15} {bits / len(some.encode()):.2f} bits per byte")

# %% [markdown]
# ## Why is our world not an average one?
#
# Nobody knows for certain. But there is a good guess: things are made by *processes*, and processes are short programs. Hands, pens, grammars and laws of physics cannot produce any string whatsoever with equal ease.
#
# Try it with the smallest programs there are. An **elementary cellular automaton** (Wolfram 1983) is a row of cells, black or white. Each cell looks at itself and its two neighbours and takes its next colour from a table of eight bits. So there are 256 programs. We start each with one black cell, let it draw 64 rows of 64 cells, and compress the drawing. For comparison: 256 drawings by the toss of a coin, which is the average over all worlds.

# %%
from compressclf import Corpus


def automaton(rule, size=64):
    """Return the drawing of a rule from 0 to 255, shape (size, size)."""
    table = np.array([rule >> i & 1 for i in range(8)], np.uint8)
    rows = [np.zeros(size, np.uint8)]
    rows[0][size // 2] = 1
    while len(rows) < size:
        row = rows[-1]
        rows.append(table[4 * np.roll(row, 1) + 2 * row + np.roll(row, -1)])
    return np.array(rows)


def drawing_bits(drawings):
    """Return the bits of drawings of 64 x 64 cells, by contextmix on their bits."""
    packed = [np.packbits(drawing).tobytes() for drawing in drawings]
    return build_compressor("contextmix").codelengths(Corpus.from_documents(packed))


drawings = [automaton(rule) for rule in range(256)]
made = drawing_bits(drawings)
tossed = drawing_bits(shuffle.integers(2, size=(256, 64, 64), dtype=np.uint8))
print(f"a drawing has {64 * 64} bits")
for name, bits in (("short programs", made), ("coin", tossed)):
    print(f"{name:15} median {np.median(bits):5.0f}, below half {(bits < 2048).mean():4.0%}")

# %% [markdown]
# Almost everything that a short program makes is simple, also to a compressor that knows nothing of cellular automata. That is the idea of **Solomonoff** (1964) and **Levin** (1974): if nature draws its program by chance, bit by bit, then a string $x$ comes up with a probability of about $2^{-K(x)}$. Simple strings are frequent. In such a world the bet on the shortest description is the right one (Goldblum and others 2024 discuss it for neural networks).
#
# But look at the exceptions.

# %%
hardest = [int(rule) for rule in np.argsort(-made)[:4]]
print("hardest rules:", hardest)
print("their bits:   ", [round(made[rule]) for rule in hardest])
print("rules 0, 90, 110, 30:", [round(made[rule]) for rule in (0, 90, 110, 30)])

figure, axes = plt.subplots(1, 4, figsize=(7, 2), facecolor="white")
for axis, rule in zip(axes, (0, 90, 110, 30), strict=True):
    axis.imshow(drawings[rule], cmap="gray_r", interpolation="nearest")
    axis.set_title(f"rule {rule}: {made[rule]:.0f} bits", fontsize=9)
    axis.set_xticks([])
    axis.set_yticks([])
plt.show()

# %% [markdown]
# *The picture: drawings of four rules, each made by a program of eight bits and one loop. To the compressor they range from nothing to thousands of bits.*
#
# Rule 30 is the digits of $\pi$ again: a tiny program that a compressor does not find. $C(x)$ is an upper bound on $K(x)$ and never more than that. What we *call* random depends on the bets we are able to make.

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution.
#
# **1.** Three classes instead of two, and four test images. What is the mean accuracy over all worlds?
#
# <details><summary>Solution</summary>
#
# 1/3, for each method.
#
# ```python
# three = np.array(list(product([0, 1, 2], repeat=4)))
# for guess in ([0, 0, 0, 0], [0, 1, 2, 0], [2, 2, 1, 1]):
#     assert abs((three == guess).mean() - 1 / 3) < 1e-12
# ```
# </details>
#
# **2.** Turn all images into negatives (16 − grey). Which of the two pixel codes and of the two classifiers change?
#
# <details><summary>Solution</summary>
#
# `places` and the nearest neighbour do not change at all: they only ask whether greys are equal or how far apart they are. `neighbours` changes a little, since its contexts are rounded down to multiples of four and the frame outside the image stays 0.
#
# ```python
# negative = 16 - images
# assert abs(by_places(negative) - by_places(images)) < 1e-9
# assert abs(by_neighbours(negative) - by_neighbours(images)) < 0.2
# same = nearest(negative[learn], labels[learn], negative[query])
# assert (same == nearest(images[learn], labels[learn], images[query])).all()
# ```
# </details>
#
# **3.** Replace each letter by another one, always the same (a cipher of Caesar's kind, with a random table). What does gzip say?
#
# <details><summary>Solution</summary>
#
# Nearly the same: repetitions remain, and frequencies have only changed their names. A language model would be lost, for it has bet on English.
#
# ```python
# table = np.random.default_rng(3).permutation(256).astype(np.uint8)
# cipher = table[np.frombuffer(news, np.uint8)].tobytes()
# gzip = build_compressor("gzip")
# assert abs(gzip.codelength(cipher) / gzip.codelength(news) - 1) < 0.02
# bytelm = build_compressor("bytelm")
# assert bytelm.codelength(cipher[:5_000]) > 2 * bytelm.codelength(news[:5_000])
# ```
# </details>
#
# **4.** Make half of the labels wrong. Does the curve of labels bend? Where does it lie?
#
# <details><summary>Solution</summary>
#
# It bends a little and lies in between. A label that is random half of the time keeps a good part of its bits, however much we learn.
#
# ```python
# noisy = np.where(shuffle.random(n) < 0.5, random_labels, labels[:n])
# noisy_bits = label_bits(images[:n], noisy).sum()
# print(noisy_bits)
# assert costs["true labels"].sum() < noisy_bits < costs["random labels"].sum()
# ```
# </details>
#
# **5.** Our code of labels has an insurance. How many bits can the random labels cost more than $600 \log_2 10$? Check it.
#
# <details><summary>Solution</summary>
#
# $\log_2 5 \approx 2.3$ bits: the mixture gives at least 1/5 of the probability that the infinite temperature gives. The proof is one line, $\frac15 \sum_T P_T \ge \frac15 P_\infty$.
#
# ```python
# assert costs["random labels"].sum() <= n * np.log2(10) + np.log2(5) + 1e-6
# ```
# </details>

# %% [markdown]
# ## To read
#
# * C. Schaffer, "A Conservation Law for Generalization Performance", *ICML*, 1994.
# * D. H. Wolpert, "The Lack of A Priori Distinctions between Learning Algorithms", *Neural Computation* 8, 1996.
# * C. Zhang, S. Bengio, M. Hardt, B. Recht and O. Vinyals, "Understanding Deep Learning Requires Rethinking Generalization", *ICLR*, 2017.
# * R. J. Solomonoff, "A Formal Theory of Inductive Inference", *Information and Control* 7, 1964.
# * L. A. Levin, "Laws of Information Conservation and Aspects of the Foundation of Probability Theory", *Problems of Information Transmission* 10, 1974.
# * S. Wolfram, "Statistical Mechanics of Cellular Automata", *Reviews of Modern Physics* 55, 1983.
# * M. Goldblum, M. Finzi, K. Rowan and A. G. Wilson, "The No Free Lunch Theorem, Kolmogorov Complexity, and the Role of Inductive Biases in Machine Learning", *ICML*, 2024.
