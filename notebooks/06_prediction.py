# The notebook 06_prediction.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 6. Prediction is compression: bits fall as models grow
#
# People who train language models watch a number called the *loss*. People who write compressors watch *bits per byte*. Why do the two curves look alike?
#
# Because they are the same quantity. The loss is the mean of $-\ln p$ of what came next, and divided by $\ln 2$ it is the length of an arithmetic code (notebook 4). So we can start from a table of counts, improve the *prediction* step by step, and watch the file shrink. At the end comes a neural network, and with it the question who pays for its weights.
#
# On the site: [Language models](../docs/how-to/language-models.md).

# %% [markdown]
# ## The text
#
# Some 30 000 bytes of news. Each model reads it from the start, predicts each byte before it sees it, and learns afterwards. A decoder could do the same.

# %%
from math import exp, log, log2

import numpy as np

from compressclf import build_compressor
from compressclf.datasets import load_dataset

news = load_dataset("sample:bbc-news").train.sample(14, seed=6)
text = b"\n".join(news.docs)[:30_000]
print(f"{len(text):,} bytes")
print(text[:160].decode())

# %% [markdown]
# ## Step 1: count what followed
#
# A model of **order k** looks at the last $k$ bytes, and counts which bytes followed them so far. A byte that has not been seen after them still needs a chance, so all counts begin with a little.

# %%
from collections import Counter, defaultdict


def order_k_bits(text, k, start=0.05):
    """Return the bits per byte of a model of order k that learns as it reads."""
    seen = defaultdict(Counter)
    bits = 0.0
    for i, byte in enumerate(text):
        counts = seen[text[max(i - k, 0) : i]]
        p = (counts[byte] + start) / (counts.total() + 256 * start)
        bits -= log2(p)
        counts[byte] += 1
    return bits / len(text)


orders = range(7)
single = [order_k_bits(text, k) for k in orders]
for k in orders:
    print(f"order {k}: {single[k]:.2f} bits per byte")


# %% [markdown]
# More context helps, and then it hurts. A long context says precisely what comes next, *if* it has been seen before. Most of the long ones have not. A model of order 5 spends its life starting again.

# %% [markdown]
# ## Step 2: ask all orders
#
# Let the long context speak where it has something to say, and fall back on the shorter one where it has not. **Prediction by partial matching** (PPM, Cleary and Witten 1984) is built on that. Here is a smooth relative: the prediction of order $k-1$ serves as the starting counts of order $k$.
#
# $$p_k(b) = \frac{n_k(b) + d_k \cdot p_{k-1}(b)}{n_k + d_k}$$
#
# $n_k(b)$ is how often $b$ followed the last $k$ bytes, $n_k$ the sum, and $d_k$ is how many different bytes followed them (Witten and Bell 1991). In a context with many different followers, the next one may well be new.

# %%
class Blend:
    """Orders 0 to k in one prediction."""

    def __init__(self, k=5):
        self.k, self.seen = k, defaultdict(Counter)

    def chance(self, past, byte):
        """Return the probability of a byte after the bytes of `past`."""
        p = 1 / 256
        for k in range(min(self.k, len(past)) + 1):
            counts = self.seen[past[len(past) - k :]]
            different = len(counts) or 1
            p = (counts[byte] + different * p) / (counts.total() + different)
        return p

    def learn(self, past, byte):
        for k in range(min(self.k, len(past)) + 1):
            self.seen[past[len(past) - k :]][byte] += 1


def blend_bits(text, k=5):
    model, bits = Blend(k), 0.0
    for i, byte in enumerate(text):
        past = text[max(i - k, 0) : i]
        bits -= log2(model.chance(past, byte))
        model.learn(past, byte)
    return bits / len(text)


blended = blend_bits(text)
print(f"best single order: {min(single):.2f} bits per byte")
print(f"all orders to 5:   {blended:.2f} bits per byte")


# %% [markdown]
# A large step, with the same counts. Nothing new was *seen*; it was used better.

# %% [markdown]
# ## Step 3: learn whom to trust
#
# The rule above is fixed. **Context mixing** (Mahoney 2005) learns it. Predict single bits, eight per byte. Each context gives a probability $p_i$ that the next bit is 1. Turn it into log-odds, $x_i = \ln \frac{p_i}{1-p_i}$, add these up with weights, and turn the sum back:
#
# $$p = \frac{1}{1 + e^{-\sum w_i x_i}}$$
#
# When the bit is known, move each weight a little in the direction that would have made the bits fewer. That is gradient descent on the codelength, and the gradient is simple: $w_i \leftarrow w_i + \eta \cdot (\text{bit} - p) \cdot x_i$.
#
# If you have met neural networks: this is one neuron, and its loss is our codelength.

# %%
def mixer_bits(text, orders=(1, 2, 3, 4, 5, 6), rate=0.02):
    """Return the bits per byte of a small context mixer, and its weights."""
    counts = {}  # context and known bits of this byte -> [zeros, ones]
    weights = np.full((len(orders) + 2, len(orders) + 1), 0.3).tolist()
    bits, word = 0.0, b""
    for i, byte in enumerate(text):
        contexts = [(k, text[max(i - k, 0) : i]) for k in orders] + [("word", word)]
        known = 1  # the bits of this byte so far, after a leading 1
        for shift in range(7, -1, -1):
            bit = byte >> shift & 1
            slots = [counts.setdefault((context, known), [0.0, 0.0]) for context in contexts]
            met = sum(zeros + ones > 0 for zeros, ones in slots)  # contexts that were seen
            chosen = weights[met]
            inputs = [log((ones + 0.1) / (zeros + 0.1)) for zeros, ones in slots]
            total = sum(w * x for w, x in zip(chosen, inputs, strict=True))
            p = 1 / (1 + exp(-max(-12.0, min(12.0, total))))
            bits -= log2(p if bit else 1 - p)
            step = rate * (bit - p)
            for j, x in enumerate(inputs):
                chosen[j] += step * x
            for slot in slots:
                slot[bit] += 1
                slot[1 - bit] = slot[1 - bit] / 2 if slot[1 - bit] > 1 else slot[1 - bit]
            known = 2 * known + bit
        word = word + bytes([byte]) if chr(byte).isalpha() else b""
    return bits / len(text), weights


mixed, weights = mixer_bits(text)
print(f"all orders to 5:  {blended:.2f} bits per byte")
print(f"context mixer:    {mixed:.2f} bits per byte")


# %% [markdown]
# Some thirty lines, and each of their ideas is in the strongest compressors: several contexts, one set of weights for each situation (here: how many of the contexts were seen before), recent events counting more than old ones. The library's `contextmix` adds more contexts, a match model, a second layer of mixers and a last correction.

# %%
def rate(name):
    return build_compressor(name).codelength(text) / len(text)


library = {name: rate(name) for name in ("gzip", "bz2", "ppmd", "contextmix")}
for name, value in library.items():
    print(f"{name:12} {value:.2f} bits per byte")

# %% [markdown]
# Is it a compressor, or just a sum of logarithms? Both. Here is the code, and the text back from it.

# %%
contextmix = build_compressor("contextmix")
packed = contextmix.encode(text)
print(f"{len(text):,} -> {len(packed):,} bytes, {8 * len(packed) / len(text):.2f} bits per byte")
print("decoded:", contextmix.decode(packed, len(text)) == text)


# %% [markdown]
# ## Step 4: a neural network, from nothing
#
# A neural network can learn contexts that no table has: that some letters behave alike, and that words have kinds. This one sees the last six bytes, each as a short vector, through one hidden layer. It learns on the way, like all the others: 16 bytes are predicted with the present weights, then the weights move.

# %%
def network_bits(text, k=6, size=12, hidden=96, together=16, rate=0.004, seed=3):
    """Return the bits per byte of a network that begins with random weights."""
    draw = np.random.default_rng(seed)
    weights = [
        draw.normal(0, 0.3, (256, size)),
        draw.normal(0, 1 / np.sqrt(k * size), (k * size, hidden)),
        np.zeros(hidden),
        np.zeros((hidden, 256)),
        np.zeros(256),
    ]
    means = [np.zeros_like(w) for w in weights]
    squares = [np.zeros_like(w) for w in weights]
    x = np.frombuffer(bytes(k) + text, np.uint8).astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(x, k)
    nats = 0.0
    for step, at in enumerate(range(0, len(text), together), 1):
        now = x[k + at : k + at + together]
        context = windows[at : at + len(now)]
        table, first, first_bias, second, second_bias = weights
        vectors = table[context].reshape(len(now), -1)
        active = np.tanh(vectors @ first + first_bias)
        scores = active @ second + second_bias
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        nats -= np.log(p[np.arange(len(now)), now]).sum()

        p[np.arange(len(now)), now] -= 1  # the gradient of the scores
        back = (p @ second.T) * (1 - active**2)
        into_table = np.zeros_like(table)
        np.add.at(into_table, context.ravel(), (back @ first.T).reshape(-1, size))
        gradients = [into_table, vectors.T @ back, back.sum(0), active.T @ p, p.sum(0)]
        for w, mean, square, g in zip(weights, means, squares, gradients, strict=True):  # Adam
            mean += 0.1 * (g - mean)
            square += 0.01 * (g * g - square)
            scale = (1 - 0.99**step) ** 0.5 / (1 - 0.9**step)
            w -= rate * scale * mean / (np.sqrt(square) + 1e-8)
    return nats / np.log(2) / len(text)


network = network_bits(text)
print(f"network from nothing: {network:.1f} bits per byte")

# %% [markdown]
# That is poor: hardly better than the best single table. It has tens of thousands of weights to find and sees each byte once. Tables learn a fact from one example; a network needs many. On 30 000 bytes, the table wins.

# %% [markdown]
# ## Step 5: a neural network that has read before
#
# So let the network read something else first. `bytelm` comes with the library: a small recurrent network, trained once on other texts (speeches, plays, books and texts written by a larger language model). In the mixer it becomes one more voice.

# %%
for name in ("bytelm", "contextmix:model=bytelm"):
    library[name] = rate(name)
    print(f"{name:24} {library[name]:.2f} bits per byte")

# %% [markdown]
# Both together are better than each alone: the network knows English, the tables know *this text*, and the weights learn which of the two to trust.

# %%
import matplotlib.pyplot as plt

ladder = {
    "order 0": single[0],
    "best single order": min(single),
    "all orders": blended,
    "our mixer": mixed,
    "contextmix": library["contextmix"],
    "with bytelm": library["contextmix:model=bytelm"],
}
figure, axes = plt.subplots(figsize=(6.5, 3), facecolor="white")
bars = axes.barh(list(ladder), list(ladder.values()), color="#3182bd")
axes.bar_label(bars, fmt="%.2f", padding=-30, color="white")
axes.axvline(library["gzip"], color="grey", linestyle=":")
axes.text(library["gzip"] + 0.03, 5.3, "gzip", color="grey", va="top")
axes.invert_yaxis()
axes.set_xlabel("bits per byte")
plt.show()
assert sorted(ladder.values(), reverse=True) == list(ladder.values())

# %% [markdown]
# *The picture: bits per byte of the same text. Each model predicts better than the one above it. The dotted line is gzip.*

# %% [markdown]
# ## Who pays for the weights?
#
# There is a catch. The decoder of `bytelm` needs its weights, and they are far larger than our text. If we had to send them, it would be a bad bargain. For how long a text would it pay?

# %%
bytelm = build_compressor("bytelm")
saved = library["contextmix"] - library["contextmix:model=bytelm"]
even = 8 * bytelm.model_bytes / saved
print(f"weights: {bytelm.model_bytes:,} bytes")
print(f"saved: {saved:.2f} bits per byte")
print(f"pays for itself after {even / 1e6:.0f} million bytes, if the saving stays as it is")

# %% [markdown]
# It will not stay, since tables learn as well while the text gets longer. This is the reason why contests of compression (Hutter's prize, Mahoney's large text benchmark) count the program too. It is also the difference between "this model compresses well" and "this model *is* a short description": notebook 1 again, where the constant was the length of an interpreter. Delétang and others (2024) measured it for large language models.
#
# For classification the question changes. If the weights are on your disk anyway, they cost nothing new, and the knowledge in them is a gift.

# %% [markdown]
# ## The other direction: let it write
#
# A predictor can be turned round. Draw the next byte with the predicted probabilities, append it, go on. That is decoding, with random bits in place of a code: **every compressor is a generator**.

# %%
from compressclf import Corpus

blend = Blend()
for i, byte in enumerate(text):
    blend.learn(text[max(i - 5, 0) : i], byte)

readable = [10, *range(32, 127)]


def write(chances, start, n_bytes, seed):
    """Return `start` and bytes drawn one after the other."""
    draw, written = np.random.default_rng(seed), start
    for _ in range(n_bytes):
        p = np.array(chances(written))
        written += bytes([readable[draw.choice(len(p), p=p / p.sum())]])
    return written.decode().replace("\n", " ")


one_byte = Corpus.from_documents([bytes([byte]) for byte in readable])


def bytelm_chances(past):
    return 2.0 ** -bytelm.primed(past).bits(one_byte)


start = b"The minister said "
print("order 1:  ", end="")
one = Blend(1)
for i, byte in enumerate(text):
    one.learn(text[max(i - 1, 0) : i], byte)
print(write(lambda past: [one.chance(past[-1:], b) for b in readable], start, 120, 1))
print("\norders to 5:  ", end="")
print(write(lambda past: [blend.chance(past[-5:], b) for b in readable], start, 120, 1))
print("\nbytelm:  ", end="")
print(write(bytelm_chances, start, 120, 1))

# %% [markdown]
# Fewer bits, better English. Language models are the same idea with more weights.

# %% [markdown]
# ## Your own text
#
# Paste something longer, or read a file with `open("my.txt", "rb").read()`.

# %%
my_text = (
    b"Put a few paragraphs of your own here. The more there is, the more the tables can learn. " * 3
)

print(f"order 2                  {order_k_bits(my_text, 2):.2f} bits per byte")
print(f"all orders to 5          {blend_bits(my_text):.2f}")
print(f"our mixer                {mixer_bits(my_text)[0]:.2f}")
for name in ("gzip", "contextmix", "contextmix:model=bytelm"):
    print(f"{name:24} {build_compressor(name).codelength(my_text) / len(my_text):.2f}")

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution.
#
# **1.** A framework reports a loss of 0.75 nats per byte. How many bits per byte is that, and how large would the code of a megabyte be?
#
# <details><summary>Solution</summary>
#
# $0.75 / \ln 2 = 1.08$ bits per byte, so a megabyte becomes about 135 kilobytes.
#
# ```python
# rate_in_bits = 0.75 / log(2)
# assert 1.08 < rate_in_bits < 1.09
# assert 135 < 1_000 * rate_in_bits / 8 < 136
# ```
# </details>
#
# **2.** The *perplexity* of a model is $2^{\text{bits}}$ a symbol. What does it mean? Compute it for order 0 and for `contextmix`.
#
# <details><summary>Solution</summary>
#
# The model is as unsure as if it had to choose among that many equally likely bytes.
#
# ```python
# assert 2 ** single[0] > 20
# assert 2 ** library["contextmix"] < 8
# ```
# </details>
#
# **3.** In the formula of step 2, replace $d_k$ by the constant 1. What happens?
#
# <details><summary>Solution</summary>
#
# It gets worse: with many different followers, new ones are likely, and a constant gives them too little.
#
# ```python
# class Constant(Blend):
#     def chance(self, past, byte):
#         p = 1 / 256
#         for k in range(min(self.k, len(past)) + 1):
#             counts = self.seen[past[len(past) - k :]]
#             p = (counts[byte] + p) / (counts.total() + 1)
#         return p
#
#
# model, constant_bits = Constant(), 0.0
# for i, byte in enumerate(text):
#     constant_bits -= log2(model.chance(text[max(i - 5, 0) : i], byte))
#     model.learn(text[max(i - 5, 0) : i], byte)
# print(constant_bits / len(text))
# assert constant_bits / len(text) > blended
# ```
# </details>
#
# **4.** Two contexts say .8 and .6 for the next bit, and both have the weight 1/2. Compute the mixture in log-odds. Then with the weights 1: why is the result above both?
#
# <details><summary>Solution</summary>
#
# .71 with the weights 1/2, and .86 with the weights 1. If the two witnesses are independent, their evidence adds up; weights below 1 allow for what they share.
#
# ```python
# def mix(w):
#     return 1 / (1 + exp(-w * (log(0.8 / 0.2) + log(0.6 / 0.4))))
#
#
# assert round(mix(0.5), 2) == 0.71
# assert round(mix(1), 2) == 0.86
# ```
# </details>
#
# **5.** Let the mixer learn not at all (`rate=0`), or twenty times as fast. What do you expect?
#
# <details><summary>Solution</summary>
#
# Both are worse. Without learning, all contexts are trusted alike; too fast, and the weights follow every accident.
#
# ```python
# short = text[:8_000]
# usual = mixer_bits(short)[0]
# assert mixer_bits(short, rate=0.0)[0] > usual
# assert mixer_bits(short, rate=0.4)[0] > usual
# ```
# </details>

# %% [markdown]
# ## To read
#
# * J. G. Cleary and I. H. Witten, "Data Compression Using Adaptive Coding and Partial String Matching", *IEEE Transactions on Communications* 32, 1984.
# * I. H. Witten and T. C. Bell, "The Zero-Frequency Problem", *IEEE Transactions on Information Theory* 37, 1991.
# * M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression", Florida Tech. Technical Report CS-2005-16, 2005.
# * G. Delétang and others, "Language Modeling Is Compression", *ICLR*, 2024.
