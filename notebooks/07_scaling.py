# The notebook 07_scaling.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 7. Scaling laws: straight lines on log paper, and what two texts share
#
# Papers on large language models show one kind of picture again and again: the loss against the amount of training data, on paper with two logarithmic axes, and the points lie on a line. Why a line? And can I see one on my own laptop?
#
# You can, in half a minute. On the way we meet an inequality on which all of this project rests, $K(X, Y) \le K(X) + K(Y) + c$, and test it with real compressors. In the end the two turn out to belong together.
#
# On the site: [Few documents](../docs/how-to/few-documents.md).

# %% [markdown]
# ## What a line on log paper means
#
# Take $y = a \, n^{-b}$. Then $\log y = \log a - b \log n$, a line with the slope $-b$. In words: **each doubling of $n$ multiplies $y$ by the same factor $2^{-b}$**. That is all. Linear growth, such as "ten more examples, one error fewer", would be a curve.

# %%
import numpy as np


def slope_and_start(n, y):
    """Return b and a of the line y = a * n^b, by least squares on the logarithms."""
    b, log_a = np.polyfit(np.log(n), np.log(y), 1)
    return b, np.exp(log_a)


n = np.array([10, 100, 1_000])
print(f"y = 5 / sqrt(n): slope {slope_and_start(n, 5 / np.sqrt(n))[0]:.2f}")
print(f"each doubling multiplies y by {2**-0.5:.2f}")

# %% [markdown]
# ## Errors of a classifier
#
# The nearest neighbour on handwritten digits, with 25 to 1,400 images to learn from. Each point is the mean of 20 draws, since a single one depends on luck.

# %%
from compressclf.datasets import load_dataset

digits = load_dataset("sample:digits").train
vectors = digits.docs.array().reshape(len(digits.docs), -1).astype(float)
labels = digits.labels


def error_of_nearest(n_train, draw):
    """Return the share of wrong labels among 300 images, with n_train others to learn from."""
    order = draw.permutation(len(vectors))
    test, train = order[:300], order[300 : 300 + n_train]
    products = vectors[test] @ vectors[train].T
    distances = (vectors[train] ** 2).sum(axis=1) - 2 * products
    return (labels[train][distances.argmin(axis=1)] != labels[test]).mean()


draw = np.random.default_rng(7)
sizes = np.array([25, 50, 100, 200, 400, 800, 1_400])
errors = np.array([np.mean([error_of_nearest(size, draw) for _ in range(20)]) for size in sizes])
b_digits, a_digits = slope_and_start(sizes, errors)
for size, error in zip(sizes, errors, strict=True):
    print(f"{size:5} images: {error:.3f} wrong, the line says {a_digits * size**b_digits:.3f}")
print(f"slope {b_digits:.2f}: each doubling multiplies the errors by {2**b_digits:.2f}")

# %% [markdown]
# ## Bits of a new text
#
# Now a compressor. It reads $n$ bytes of news, and then a new text of 60 000 bytes. How many bits per byte does the new text take? By notebook 6 this *is* the loss of a language model, here of a very old-fashioned one.

# %%
from compressclf import Corpus, build_compressor

news = load_dataset("sample:bbc-news").train
shuffled = news.docs.take(np.random.default_rng(0).permutation(len(news.docs)))
everything = b"\n".join(shuffled)
new, past = everything[:60_000], everything[60_000:]
ppmd = build_compressor("ppmd:order=5,memory=512")


def bits_after(n_bytes):
    """Return the bits per byte of the new text after the last n bytes of the past."""
    before = past[len(past) - n_bytes :]
    return (ppmd.codelength(before + new) - ppmd.codelength(before)) / len(new)


amounts = 2 ** np.arange(15, 23)
rates = np.array([bits_after(n_bytes) for n_bytes in amounts])
for n_bytes, rate in zip(amounts, rates, strict=True):
    print(f"{n_bytes:9,} bytes read: {rate:.3f} bits per byte")

# %% [markdown]
# (We begin at 32 KB. The new text has 60 KB and teaches the compressor on the way, so that with less past than that the past would hardly matter.)
#
# Each doubling helps, and each helps a little less. Does it follow a line? We hide the last three points, draw a line through the others, and see what it promises for the hidden ones. A law that has not predicted anything is only a drawing.

# %%
seen = slice(0, 5)
b_line, a_line = slope_and_start(amounts[seen], rates[seen])


def fit_with_floor(n, y):
    """Return c, a, b of y = c + a * n^b, for the c with the smallest squares of the logarithms."""
    best = (np.inf, 0.0, 0.0, 0.0)
    for c in np.arange(0, y.min(), 0.01):  # every hundredth of a bit
        b, a = slope_and_start(n, y - c)
        misfit = (np.log((c + a * n**b) / y) ** 2).sum()
        best = min(best, (misfit, c, a, b))
    return best[1:]


c_floor, a_floor, b_floor = fit_with_floor(amounts[seen].astype(float), rates[seen])
print(f"line:        {a_line:.1f} * n^{b_line:.3f}")
print(f"with floor:  {c_floor:.2f} + {a_floor:.1f} * n^{b_floor:.3f}")
print(f"\n{'bytes':>9} {'measured':>9} {'line':>7} {'with floor':>11}")
for n_bytes, rate in zip(amounts[5:].astype(float), rates[5:], strict=True):
    with_floor = c_floor + a_floor * n_bytes**b_floor
    print(f"{n_bytes:9,.0f} {rate:9.3f} {a_line * n_bytes**b_line:7.3f} {with_floor:11.3f}")
    assert a_line * n_bytes**b_line < with_floor < rate

# %%
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), facecolor="white")
left.loglog(sizes, errors, "o", color="#3182bd")
left.loglog(sizes, a_digits * sizes**b_digits, color="#3182bd")
left.set_xlabel("training images")
left.set_ylabel("share of errors")
far = np.array([amounts[0], amounts[-1]], float)
right.loglog(amounts[seen], rates[seen], "o", color="#3182bd", label="used for the line")
right.loglog(amounts[5:], rates[5:], "o", color="#e6550d", label="hidden")
right.loglog(far, a_line * far**b_line, color="#3182bd")
right.set_xlabel("bytes read")
right.set_ylabel("bits per byte")
right.set_yticks([2, 2.5, 3], ["2", "2.5", "3"])
right.minorticks_off()
right.legend()
figure.tight_layout()
plt.show()

# %% [markdown]
# *The picture: errors on digits (left) and bits per byte of a new text (right), both axes logarithmic. The hidden points were not used for the line.*
#
# A line on log paper goes down for ever, and bits cannot: even a perfect reader is surprised now and then. So people fit $c + a\,n^{-b}$, where $c$ is what remains with infinite data, about the entropy of the source (Kaplan and others 2020; Hoffmann and others 2022). Here both formulas promised too much for the hidden points, and the one with a floor came nearer. But its $c$ lies far outside the data: look how different the two formulas are, and how little the points tell them apart.

# %% [markdown]
# ## Where could a line come from?
#
# A toy world helps (Hutter 2021). It consists of facts. Fact number $i$ comes up with the probability $p_i \sim i^{-(1+\alpha)}$, a few often, very many rarely. (Zipf found such laws in the frequencies of words.) You know a fact once you have seen it. After $n$ observations, the chance that the next one is *new* to you is
#
# $$\sum_i p_i (1 - p_i)^n \;\sim\; n^{-\alpha / (1 + \alpha)}.$$
#
# No neural network is needed for a scaling law. A world with a long tail is enough.

# %%
alpha = 1.0
p = np.arange(1, 1_000_001) ** -(1 + alpha)
p /= p.sum()
seen_so_far = 2 ** np.arange(4, 15)
unknown = np.array([(p * (1 - p) ** k).sum() for k in seen_so_far])
print(f"toy world: slope {slope_and_start(seen_so_far, unknown)[0]:.3f}")
print(f"theory:          {-alpha / (1 + alpha):.3f}")

# %% [markdown]
# And the real news? How many words of the new text have not occurred in the last $n$ bytes?

# %%
new_words = new.lower().split()
share_unknown = np.array(
    [
        np.mean([word not in known for word in new_words])
        for known in (set(past[len(past) - n_bytes :].lower().split()) for n_bytes in amounts)
    ]
)
b_words, a_words = slope_and_start(amounts, share_unknown)
print(f"after {amounts[0]:9,} bytes {share_unknown[0]:.0%} of the words are unknown")
print(f"after {amounts[-1]:9,} bytes {share_unknown[-1]:.0%}")
fits = np.exp(np.abs(np.log(a_words * amounts**b_words / share_unknown)).max()) - 1
print(f"slope {b_words:.2f}; no point is further than {fits:.0%} from the line")

# %% [markdown]
# ## Two things together
#
# Now the inequality. $K(x, y)$ is the length of the shortest program that prints both $x$ and $y$. Then
#
# $$K(x, y) \le K(x) + K(y) + c.$$
#
# The proof is a program: run the program for $x$, then the one for $y$, print both. $c$ is the length of that piece of glue, and the same for all $x$ and $y$. (It must be clear where the first program ends. Programs that say so themselves form a prefix code, as in notebook 4. Without that, the end costs another $\log$.)
#
# The inequality holds for any two things. It is *strict*, by a lot, exactly if they have something in common:
#
# $$I(x : y) = K(x) + K(y) - K(x, y)$$
#
# is the **information that they share**. Do real compressors obey? We put $C(xy)$ for $K(x, y)$, take all pairs of 40 articles, and look for the largest $c$ that is needed. The bits of an empty text are subtracted, so that a header saved does not count as something shared.

# %%
articles = shuffled[:40]
topics = news.labels[np.random.default_rng(0).permutation(len(news.docs))][:40]
pairs = ~np.eye(40, dtype=bool)

print(f"{'':7} {'c in bits':>10} {'shared bits: smallest':>22} {'median':>7} {'largest':>8}")
shared = {}
for name in ("gzip", "bz2", "xz", "zstd", "ppmd"):
    compressor = build_compressor(name)
    empty = compressor.overhead_bits
    alone = compressor.codelengths(articles) - empty
    together = compressor.joint_codelengths(articles, articles) - empty
    shared[name] = alone[:, None] + alone - together
    values = shared[name][pairs]
    needed = max(0.0, -values.min())
    print(
        f"{name:7} {needed:10.0f} {values.min():22.0f} {np.median(values):7.0f} {values.max():8.0f}"
    )

# %% [markdown]
# On real articles all share something, if only the English language. The inequality is in danger when there is *nothing* to share, and a compressor carries habits of the first text into the second. Here are four documents that have nothing in common: an article, noise, zeros, and the article backwards.

# %%
noise = np.random.default_rng(1).bytes(2_000)
zeros = bytes(2_000)
article = articles[0][:2_000]
strange = Corpus.from_documents([article, noise, zeros, article[::-1]])
for name in ("gzip", "bz2", "xz", "zstd", "ppmd", "contextmix"):
    compressor = build_compressor(name)
    empty = compressor.overhead_bits
    alone = compressor.codelengths(strange) - empty
    together = compressor.joint_codelengths(strange, strange) - empty
    excess = (together - alone[:, None] - alone).max()
    print(f"{name:10} C(xy) - C(x) - C(y) is at most {excess:5.0f} bits, {excess / 16_000:5.1%}")

# %% [markdown]
# For such pairs the constant is not constant, and for gzip and zstd it is not small: they describe both texts by one table of codes, which fits neither. xz adapts quickly and pays next to nothing. On texts of one kind, where one compares texts in earnest, no constant was needed at all. NCD (notebook 2) is the shared information, turned round and divided by a length. Cilibrasi and Vitányi (2005) call a compressor *normal* if it obeys this and a few other rules up to a term like $\log n$.
#
# Do articles on one topic share more?

# %%
same = (topics[:, None] == topics) & pairs
other = topics[:, None] != topics
for name in ("gzip", "ppmd"):
    print(
        f"{name:5} same topic {shared[name][same].mean():5.0f} shared bits, "
        f"other topic {shared[name][other].mean():5.0f}"
    )

# %% [markdown]
# **Your own two texts:**

# %%
first = b"A rolling stone gathers no moss, and a watched pot never boils."
second = b"People who say that a watched pot never boils have not watched for long enough."


def shared_bits(x, y, name="ppmd"):
    """Return C(x) + C(y) - C(xy), without what the empty text takes."""
    compressor = build_compressor(name)
    cost = compressor.codelength
    return cost(x) + cost(y) - cost(x + y) - compressor.overhead_bits


print(f"{shared_bits(first, second):.0f} bits shared")

# %% [markdown]
# ## Both at once
#
# Let $x$ be $n$ bytes of news and $y$ the $n$ bytes after them. What do they share? If the bits per byte fall like $c + a\,n^{-b}$, then a text of $n$ bytes takes about $L(n) = c\,n + a'\,n^{1-b}$ bits, and
#
# $$I(x : y) \approx 2 L(n) - L(2n) = a' (2 - 2^{1-b}) \, n^{1-b}.$$
#
# The floor $c$ has cancelled! So what past and future share grows along a line on log paper, with the slope $1 - b$, and nobody has to guess the floor. Hilberg (1990) saw such a law in Shannon's numbers on English.

# %%
blocks = 2 ** np.arange(10, 20)
together = []
for size in blocks:
    starts = range(0, min(len(past), 8 * 2 * size) - 2 * size + 1, 2 * size)
    values = [shared_bits(past[s : s + size], past[s + size : s + 2 * size]) for s in starts]
    together.append(np.mean(values))
together = np.array(together)
b_shared, a_shared = slope_and_start(blocks, together)
for size, value in zip(blocks, together, strict=True):
    print(f"{size:8,} bytes and the next: {value:9,.0f} bits shared, {value / size:.3f} per byte")
print(
    f"slope {b_shared:.2f}, hence b = {1 - b_shared:.2f}; the fit with a floor had {-b_floor:.2f}"
)

# %% [markdown]
# (The two values of $b$ differ. A floor is hard to fit, and the two experiments are not quite the same: here the text that has been read and the new one grow together.)
#
# What two texts share grows with their length, but more slowly than the texts: per byte it falls. That is a scaling law, told by the inequality. Of $n$ bytes, an amount that grows like $n^{1-b}$ can be *learnt* for the future. The rest is news that helps nobody later.

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution.
#
# **1.** An error of 8 % with 1,000 examples, 4 % with 8,000. What is $b$ if it is a line? What does it promise for 64,000, and for which number of examples 1 %?
#
# <details><summary>Solution</summary>
#
# The data grew by 8, the error fell by 2: $b = \log 2 / \log 8 = 1/3$. 64,000 promise 2 %, and 512,000 promise 1 %.
#
# ```python
# b, a = slope_and_start([1_000, 8_000], [0.08, 0.04])
# assert abs(b + 1 / 3) < 1e-9
# assert abs(a * 64_000**b - 0.02) < 1e-9
# assert abs(a * 512_000**b - 0.01) < 1e-9
# ```
# </details>
#
# **2.** Draw 200 points of $y = 2 + 3\,n^{-1/2}$ for $n$ from 100 to 1,000. Can you see on log paper that it is not a line?
#
# <details><summary>Solution</summary>
#
# Hardly: a line fits it to about one part in a hundred, and yet it would fall below 2 in the end. A good fit within the data says nothing about the floor.
#
# ```python
# n_points = np.linspace(100, 1_000, 200)
# y_points = 2 + 3 / np.sqrt(n_points)
# b, a = slope_and_start(n_points, y_points)
# assert np.abs(a * n_points**b / y_points - 1).max() < 0.02
# assert a * 1e9**b < 2
# ```
# </details>
#
# **3.** What should $I(x : x)$ be? What is it for `ppmd` and for `bz2`, on an article?
#
# <details><summary>Solution</summary>
#
# $K(x)$: a text shares everything with itself. `ppmd` comes near to that; `bz2`, which sorts, does not.
#
# ```python
# for name, least in (("ppmd", 0.8), ("bz2", 0.0)):
#     compressor = build_compressor(name)
#     alone = compressor.codelength(articles[0]) - compressor.overhead_bits
#     share = shared_bits(articles[0], articles[0], name) / alone
#     print(name, round(share, 2))
#     assert least < share <= 1
# assert share < 0.8
# ```
# </details>
#
# **4.** $I(x : y)$ is symmetric for $K$ (up to a logarithm). How asymmetric is it for `ppmd` on the 40 articles?
#
# <details><summary>Solution</summary>
#
# ```python
# difference = np.abs(shared["ppmd"] - shared["ppmd"].T)[pairs]
# print(np.median(difference), np.median(shared["ppmd"][pairs]))
# assert np.median(difference) < 0.25 * np.median(shared["ppmd"][pairs])
# ```
#
# Small beside what is shared, as a rule.
# </details>
#
# **5.** In the toy world, make the tail shorter ($\alpha = 3$). What happens to the slope, and what does that say about worlds in which few things matter?
#
# <details><summary>Solution</summary>
#
# The slope comes close to $-3/4$: such a world is learnt faster. (No tail at all would give an exponential: a curve that bends down on log paper.)
#
# ```python
# steep = np.arange(1, 1_000_001) ** -4.0
# steep /= steep.sum()
# left_over = np.array([(steep * (1 - steep) ** k).sum() for k in seen_so_far])
# assert abs(slope_and_start(seen_so_far, left_over)[0] + 0.75) < 0.05
# ```
# </details>

# %% [markdown]
# ## To read
#
# * J. Kaplan and others, "Scaling Laws for Neural Language Models", arXiv:2001.08361, 2020.
# * J. Hoffmann and others, "Training Compute-Optimal Large Language Models", *NeurIPS*, 2022.
# * M. Hutter, "Learning Curve Theory", arXiv:2102.04074, 2021.
# * W. Hilberg, "Der bekannte Grenzwert der redundanzfreien Information in Texten – eine Fehlinterpretation der Shannonschen Experimente?", *Frequenz* 44, 1990.
# * W. Bialek, I. Nemenman and N. Tishby, "Predictability, Complexity, and Learning", *Neural Computation* 13, 2001.
# * R. Cilibrasi and P. Vitányi, "Clustering by Compression", *IEEE Transactions on Information Theory* 51, 2005.
# * M. Li and P. Vitányi, *An Introduction to Kolmogorov Complexity and Its Applications*, 4th ed., Springer, 2019.
