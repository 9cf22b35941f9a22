# The notebook 04_bits.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 4. From surprise to bits: codes, −log2 p and a guessing game
#
# A letter in a file takes eight bits. So how can a text take two bits per letter, and what would *half* a bit be? Nobody can write half a digit.
#
# This notebook answers in three steps. A likely letter gets a short code. The right length of the code is the **surprise**, $-\log_2 p$. And arithmetic coding writes a whole message at once, so that parts of bits add up. At the end you play Shannon's guessing game against the models of this library.
#
# On the site: [Codelengths](../docs/how-it-works/index.md#codelengths).

# %% [markdown]
# ## Twenty questions
#
# I think of one of eight letters, and you may ask questions with the answer yes or no. You halve the rest with each question, and know the letter after three: $\log_2 8 = 3$. Write 1 for yes and 0 for no, and your three answers are a **code** of the letter.
#
# Now suppose that you know me: I choose `e` half of the time, `t` a quarter of the time, and `a` or `o` an eighth of the time each. Then ask first "is it `e`?", and stop if it is.

# %%
p = {"e": 1 / 2, "t": 1 / 4, "a": 1 / 8, "o": 1 / 8}
code = {"e": "0", "t": "10", "a": "110", "o": "111"}

for letter in p:
    print(
        f"{letter}   probability {p[letter]:.3f}   code {code[letter]:3}   {len(code[letter])} bits"
    )
mean = sum(p[letter] * len(code[letter]) for letter in p)
print(f"on average {mean} bits instead of 2")


# %% [markdown]
# No code begins with another one of the list. Such a code is called a **prefix code**, and it needs no commas: read bits until they are a code, write the letter, go on.

# %%
def decode_prefix(bits):
    """Return the letters of a string of bits."""
    letter_of = {bits: letter for letter, bits in code.items()}
    letters, read = "", ""
    for bit in bits:
        read += bit
        if read in letter_of:
            letters, read = letters + letter_of[read], ""
    return letters


message = "teeateeo"
bits = "".join(code[letter] for letter in message)
print(message, "->", bits, "->", decode_prefix(bits))

# %% [markdown]
# ## A budget of codes
#
# Could all four letters get shorter codes? No. A code of $l$ bits uses up a share $2^{-l}$ of all strings of bits, since none of them may begin with it and mean something else. The shares cannot add up to more than 1. That is **Kraft's inequality** (1949):
#
# $$\sum_x 2^{-l(x)} \le 1$$
#
# Our code spends exactly 1: it has nothing left.

# %%
for letter, word in code.items():
    print(f"{letter}   2^-{len(word)} = {2.0 ** -len(word)}")
print(f"sum {sum(2.0 ** -len(word) for word in code.values())}")

# %% [markdown]
# So a code of length $l$ is a claim: "this letter has the probability $2^{-l}$". Turn it round, and a letter with the probability $p$ should have the length
#
# $$-\log_2 p.$$
#
# Shannon (1948) showed that no code does better on average. The number is the **surprise** at the letter in bits, and the mean surprise, $H = -\sum_x p(x) \log_2 p(x)$, is the **entropy**.

# %%
from math import log2

for what, chance in [
    ("the sun rises", 0.999_999),
    ("a fair coin: heads", 1 / 2),
    ("a die: six", 1 / 6),
    ("a birthday: today", 1 / 365),
    ("twenty heads in a row", 2.0**-20),
]:
    print(f"{what:22} p = {chance:<10.7f} surprise {-log2(chance):9.6f} bits")

# %% [markdown]
# ## What a wrong belief costs
#
# You use the code above, but I choose the four letters equally often. The code is then right for your belief $q$ and wrong for the truth $p$. The price is exact: the mean code takes $-\sum p \log_2 q$ bits, which is never less than the entropy. The difference is called the **Kullback-Leibler divergence**.

# %%
truth = dict.fromkeys(p, 1 / 4)
entropy = -sum(truth[x] * log2(truth[x]) for x in truth)
paid = -sum(truth[x] * log2(p[x]) for x in truth)
print(f"entropy {entropy:.2f} bits, paid {paid:.2f} bits, too much {paid - entropy:.2f} bits")

# %% [markdown]
# Keep this sentence; notebooks 5 and 6 are built on it. **Who predicts better needs fewer bits.**

# %% [markdown]
# ## Whole bits are too coarse
#
# In English, `u` after `q` is nearly certain. Its surprise may be 0.02 bits, yet a prefix code cannot give it less than one bit. Here is a biased coin, with heads 99 times in 100:

# %%
heads = 0.99
coin_entropy = -heads * log2(heads) - (1 - heads) * log2(1 - heads)
print(f"entropy of the coin    {coin_entropy:.3f} bits per flip")
print("prefix code            1.000 bits per flip")

# %% [markdown]
# The way out is to code the whole message with one number. That is **arithmetic coding** (Rissanen 1976, Pasco 1976; Witten, Neal and Cleary 1987 made it popular).
#
# 1. Begin with the interval from 0 to 1.
# 2. Divide it among the letters, each with a share as large as its probability.
# 3. Keep the share of the letter that came, and divide *that* one for the next letter.
#
# At the end a small interval is left. Its width is the product of all probabilities, and any number inside names the message.

# %%
from fractions import Fraction

shares = {"e": Fraction(1, 2), "t": Fraction(1, 4), "a": Fraction(1, 8), "o": Fraction(1, 8)}


def narrow(message):
    """Return the interval after each letter, as (low, width)."""
    low, width = Fraction(0), Fraction(1)
    steps = [(low, width)]
    for letter in message:
        for other, share in shares.items():
            if other == letter:
                break
            low += width * share
        width *= shares[letter]
        steps.append((low, width))
    return steps


steps = narrow("tea")
for letter, (low, width) in zip(" tea", steps, strict=True):
    print(f"{letter}   from {low!s:>7} to {low + width!s:>7}   width {width}")

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 2.8), facecolor="white")
for row, (low, width) in enumerate(steps):
    start = low
    for (letter, share), color in zip(
        shares.items(), ("#9ecae1", "#a1d99b", "#fdd0a2", "#dadaeb"), strict=True
    ):
        size = width * share
        axes.barh(-row, float(size), left=float(start), height=0.7, color=color, edgecolor="black")
        if size > 0.02:
            axes.text(float(start + size / 2), -row, letter, ha="center", va="center")
        start += size
axes.set_yticks([0, -1, -2, -3], ["start", "after t", "after te", "after tea"])
axes.set_xlabel("the interval from 0 to 1")
plt.show()

# %% [markdown]
# *The picture: each row divides the interval that the row above has left. After "tea" a thin interval remains, and a number in it stands for the word.*
#
# How many binary digits does it take to name a number in the last interval? About $-\log_2$ of its width. The width is $\frac14 \cdot \frac12 \cdot \frac18 = 2^{-6}$, so it takes six bits: the surprises of the three letters, added up. Here the prefix code takes six as well, because the probabilities are powers of one half. For the coin they are not.
#
# `compressclf.coding.reference` does the same in whole numbers. A letter is given by the start and the size of its share, in units of $2^{-\text{precision}}$.

# %%
from compressclf.coding import reference

flips = ([0] * 99 + [1]) * 10  # 1,000 flips, 10 of them tails
sizes = [round(0.99 * 2**16), 2**16 - round(0.99 * 2**16)]
heads_share, tails_share = (0, sizes[0], 16), (sizes[0], sizes[1], 16)
packed = reference.encode([tails_share if flip else heads_share for flip in flips])
surprise = -sum(log2(sizes[flip] / 2**16) for flip in flips)

print(f"surprise of all flips {surprise:.1f} bits")
print(f"arithmetic code       {8 * len(packed)} bits")
print("prefix code           1000 bits")
print("decoded correctly:", reference.decode(packed, [sizes] * 1_000) == flips)

# %% [markdown]
# That is half the answer to the question at the top. Nobody writes down half a bit. But a thousand flips together take the *sum* of their surprises, and only the end is rounded to whole bytes. (The code may even be a little shorter than the sum: the decoder is told for free how many flips there are and where the file ends.)

# %% [markdown]
# ## The probabilities may change at every letter
#
# The coder asks for the shares before each letter, and does not care where they come from. So let a model look at what came before. The decoder runs the same model on the letters that it has decoded already. Our first model counts which letter followed which.

# %%
import numpy as np

from compressclf.coding.symbols import Decoder, Encoder, integer_frequencies

ALPHABET = " abcdefghijklmnopqrstuvwxyz"


class LetterAfterLetter:
    """Counts of each letter after each letter; all begin with 1/10."""

    def __init__(self):
        self.counts = np.full((27, 27), 0.1)
        self.last = 0

    def frequencies(self):
        return integer_frequencies(self.counts[self.last])

    def learn(self, symbol):
        self.counts[self.last, symbol] += 1
        self.last = symbol


def pack(text):
    model, coder = LetterAfterLetter(), Encoder()
    for symbol in map(ALPHABET.index, text):
        coder.put(model.frequencies(), symbol)
        model.learn(symbol)
    return coder.finish()


def unpack(data, n_letters):
    model, coder, text = LetterAfterLetter(), Decoder(data), ""
    for _ in range(n_letters):
        symbol = coder.take(model.frequencies())
        model.learn(symbol)
        text += ALPHABET[symbol]
    return text


# %% [markdown]
# **Your own text:** replace the rhyme. Small letters and spaces only, since that is all our alphabet has.

# %%
my_text = (
    "there was an old lady who swallowed a fly i do not know why she swallowed the fly "
    "there was an old lady who swallowed a spider that wriggled and jiggled inside her "
    "she swallowed the spider to catch the fly i do not know why she swallowed the fly"
)
packed = pack(my_text)
assert unpack(packed, len(my_text)) == my_text
print(f"{len(my_text)} letters: {8 * len(packed) / len(my_text):.2f} bits per letter")
print(f"27 equally likely letters would take {log2(27):.2f}")

# %% [markdown]
# ## Shannon's guessing game
#
# How many bits per letter does *English* have? In 1951 Shannon let people guess. They saw a text up to some letter and guessed the next one until they were right. He wrote down the number of guesses.
#
# His argument is beautiful. Suppose you had an identical twin who guesses exactly as you do. Then the numbers of guesses would be enough: your twin could read the text from them. So the text has no more information than the numbers. Most of these are 1, and a list of ones is cheap.
#
# Now it is your turn. Below are the ends of twelve texts. What comes next? A `_` is a space.

# %%
import re

from compressclf import Corpus, build_compressor
from compressclf.datasets import hold_out, load_dataset

learn, test = hold_out(load_dataset("sample:bbc-news").train, test_size=0.2, seed=0)
learn, test = learn.sample(150, seed=0), test.sample(100, seed=0)


def plain(document):
    """Return a text in 27 symbols: small letters and spaces."""
    return re.sub("[^a-z]+", " ", document.decode().lower()).strip()


places = np.random.default_rng(4).integers(200, 500, size=100)
passages = [plain(document) for document in test.docs]
contexts = [text[place - 100 : place] for text, place in zip(passages, places, strict=True)]
answers = "".join(text[place] for text, place in zip(passages, places, strict=True))

for number, context in enumerate(contexts[:12]):
    print(f"{number:2} ...{context[-60:].replace(' ', '_')}")

# %% [markdown]
# Write your guesses into the list, best guess first, as many as you like for each text. `"st"` means: first `s`, then `t`. If none of yours is right, the game goes on with the most frequent letters of English, in their order. As long as the list is empty, it plays with these alone.

# %%
my_guesses = ["", "", "", "", "", "", "", "", "", "", "", ""]

train_text = " ".join(plain(document) for document in learn.docs)
by_frequency = sorted(ALPHABET, key=lambda letter: -train_text.count(letter))


def guesses_needed(order, answer):
    """Return how many guesses it takes; `order` has the letters, the best one first."""
    return list(dict.fromkeys(order)).index(answer) + 1


mine = [
    guesses_needed([*guesses.replace("_", " "), *by_frequency], answer)
    for guesses, answer in zip(my_guesses, answers, strict=False)
]
print("the most frequent letters:", "".join(by_frequency[:10]).replace(" ", "_"))
print("guesses you needed:", mine)

# %% [markdown]
# ## The models play
#
# A model can play as well: it guesses the letters in the order of their probability. To ask a compressor for the probability of a letter, measure the bits of the context followed by each of the 27 letters. The probability is $2^{-\text{bits}}$, divided by the sum of all 27.
#
# * `letters`: the frequencies of the letters, whatever came before.
# * `two letters`: counts of what followed the last two letters in 150 training articles.
# * `contextmix`: many contexts mixed, after the same articles. Notebook 6 builds a small one.
# * `bytelm`: the small neural network that comes with the library. It was trained on other texts, before, and sees the 100 letters only.

# %%
from collections import Counter, defaultdict

letters = [letter.encode() for letter in ALPHABET]
following = defaultdict(Counter)
for first, second, third in zip(train_text, train_text[1:], train_text[2:], strict=False):
    following[first + second][third] += 1


def from_bits(bits):
    """Return probabilities, shape (n, 27)."""
    weights = 2.0 ** -(bits - bits.min(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def from_counts(counters):
    counts = np.array([[counter[letter] + 0.1 for letter in ALPHABET] for counter in counters])
    return counts / counts.sum(axis=1, keepdims=True)


players = {
    "letters": from_counts([Counter(train_text)] * 100),
    "two letters": from_counts([following[context[-2:]] for context in contexts]),
}

# %%
primed = build_compressor("contextmix").primed(train_text.encode())
longer = [context.encode() + letter for context in contexts for letter in letters]
after_contexts = Corpus.from_documents([context.encode() for context in contexts])
after_letters = build_compressor("bytelm").joint_codelengths(
    after_contexts, Corpus.from_documents(letters)
)
players["contextmix"] = from_bits(primed.bits(Corpus.from_documents(longer)).reshape(100, 27))
players["bytelm"] = from_bits(after_letters)

# %%
true = np.array([ALPHABET.index(answer) for answer in answers])
ranks = {
    name: (q > q[np.arange(100), true][:, np.newaxis]).sum(axis=1) + 1
    for name, q in players.items()
}

print("guesses needed, text by text")
print(f"{'you':12}" + "".join(f"{n:4}" for n in mine))
for name in players:
    print(f"{name:12}" + "".join(f"{n:4}" for n in ranks[name][:12]))
print(f"{'it was':12}" + "".join(f"{letter:>4}" for letter in answers[:12].replace(" ", "_")))

# %% [markdown]
# Twelve letters are luck. On all 100 places:

# %%
surprise_of = {name: -np.log2(q[np.arange(100), true]) for name, q in players.items()}

print(f"{'':12} {'right at once':>14} {'mean guesses':>13} {'bits per letter':>15}")
for name in players:
    right, n_guesses = (ranks[name] == 1).mean(), ranks[name].mean()
    print(f"{name:12} {right:14.0%} {n_guesses:13.1f} {surprise_of[name].mean():15.2f}")

by_guesses = sorted(players, key=lambda name: ranks[name].mean())
assert by_guesses == sorted(players, key=lambda name: surprise_of[name].mean())


# %% [markdown]
# The players come in the same order by guesses and by bits: who needs fewer guesses needs fewer bits. The last column is the mean surprise. An arithmetic coder with this model would need that many bits per letter.
#
# Shannon could not ask people for probabilities. He showed that the guesses alone give limits. Let $q_i$ be the share of letters that took $i$ guesses. The entropy lies between
#
# $$\sum_i i\,(q_i - q_{i+1}) \log_2 i \qquad\text{and}\qquad -\sum_i q_i \log_2 q_i .$$
#
# For people who saw 100 letters he found 0.6 and 1.3 bits per letter. Here are the limits for our players; with 100 places they are rough.

# %%
def shannon_limits(needed):
    """Return the lower and the upper limit in bits per letter."""
    q = np.bincount(needed, minlength=29)[1:] / len(needed)
    i = np.arange(1, len(q))
    lower = (i * (q[:-1] - q[1:]) * np.log2(i)).sum()
    upper = -(q[q > 0] * np.log2(q[q > 0])).sum()
    return lower, upper


for name in players:
    print("{:12} {:.2f} to {:.2f}".format(name, *shannon_limits(ranks[name])))

# %% [markdown]
# ## Where a text surprises
#
# Surprise is not spread evenly. Here is a sentence and the bits of each of its letters by `bytelm`. **Put your own sentence in.**

# %%
sentence = "The cat sat on the mat and the dog sat on the xylophone."
letter_bits = build_compressor("bytelm").primed(b"").byte_bits(sentence.encode())

figure, axes = plt.subplots(figsize=(7.5, 2.6), facecolor="white")
axes.bar(range(len(letter_bits)), letter_bits, color="#3182bd")
axes.set_xticks(range(len(letter_bits)), list(sentence.encode().decode("latin-1")))
axes.set_ylabel("bits")
plt.show()
print(f"{letter_bits.sum():.0f} bits in all, {letter_bits.mean():.2f} a letter")

# %% [markdown]
# *The picture: tall bars at the beginnings of words, low ones where the rest of the word is clear. The start of the unusual word is the most expensive place.*

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution.
#
# **1.** Four letters with the probabilities 0.4, 0.3, 0.2 and 0.1. Find the best prefix code, its mean length, and the entropy.
#
# <details><summary>Solution</summary>
#
# Huffman's rule (1952): join the two least likely letters to one, and again, until one is left. Here 0.1 + 0.2 = 0.3, then 0.3 + 0.3 = 0.6, then 0.6 + 0.4. The lengths are 1, 2, 3, 3 and the mean is 1.9 bits; the entropy is a little smaller.
#
# ```python
# four, lengths = [0.4, 0.3, 0.2, 0.1], [1, 2, 3, 3]
# mean_length = sum(q * length for q, length in zip(four, lengths, strict=True))
# assert abs(mean_length - 1.9) < 1e-12
# assert sum(2.0**-length for length in lengths) == 1
# assert 1.84 < -sum(q * log2(q) for q in four) < 1.85
# ```
# </details>
#
# **2.** Code "oat" by hand: what is the last interval, and how many bits name a number in it?
#
# <details><summary>Solution</summary>
#
# `o` keeps $[7/8, 1)$, `a` keeps $[7/8 + 6/64, 7/8 + 7/64)$, and `t` keeps the third quarter of that. The width is $\frac18 \cdot \frac18 \cdot \frac14 = 2^{-8}$: eight bits.
#
# ```python
# low, width = narrow("oat")[-1]
# assert width == Fraction(1, 256)
# assert low == Fraction(7, 8) + Fraction(6, 64) + Fraction(1, 128)
# oat = [(7, 1, 3), (6, 1, 3), (2, 1, 2)]
# assert len(reference.encode(oat)) == 1
# ```
# </details>
#
# **3.** Does the order of the letters in the list matter to an arithmetic coder?
#
# <details><summary>Solution</summary>
#
# Not for the length: the width of the last interval is a product of probabilities. The number itself changes.
#
# ```python
# first = reference.encode([(0, sizes[0], 16)] * 99 + [(sizes[0], sizes[1], 16)])
# second = reference.encode([(sizes[1], sizes[0], 16)] * 99 + [(0, sizes[1], 16)])
# assert first != second
# assert abs(len(first) - len(second)) <= 1
# ```
# </details>
#
# **4.** Be the twin. Write a function that turns a text into numbers of guesses, with the order of `two letters` for the guesses, and one that turns the numbers back into the text.
#
# <details><summary>Solution</summary>
#
# ```python
# def order_after(context):
#     return sorted(ALPHABET, key=lambda letter: (-following[context][letter], letter))
#
#
# def to_numbers(text):
#     return [order_after(text[i - 2 : i]).index(text[i]) + 1 for i in range(2, len(text))]
#
#
# def from_numbers(start, numbers):
#     text = start
#     for number in numbers:
#         text += order_after(text[-2:])[number - 1]
#     return text
#
#
# numbers = to_numbers(passages[0])
# assert from_numbers(passages[0][:2], numbers) == passages[0]
# assert numbers.count(1) > len(numbers) / 4
# ```
# </details>
#
# **5.** A model says that the next letter has probability 0. It comes all the same. What is the surprise, and what does that mean for a model that is used as a code?
#
# <details><summary>Solution</summary>
#
# $-\log_2 0$ is infinite: the letter has no share of the interval, so it cannot be coded. A model for coding gives everything a positive probability. `integer_frequencies` keeps a little for each symbol.
#
# ```python
# kept = integer_frequencies([1.0, 0.0])
# assert kept[1] > 0
# assert 10 < -log2(kept[1] / kept.sum()) < 20
# ```
# </details>

# %% [markdown]
# ## To read
#
# * C. E. Shannon, "A Mathematical Theory of Communication", *Bell System Technical Journal* 27, 1948.
# * C. E. Shannon, "Prediction and Entropy of Printed English", *Bell System Technical Journal* 30, 1951.
# * D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", *Proceedings of the IRE* 40, 1952.
# * J. Rissanen, "Generalized Kraft Inequality and Arithmetic Coding", *IBM Journal of Research and Development* 20, 1976.
# * I. H. Witten, R. M. Neal and J. G. Cleary, "Arithmetic Coding for Data Compression", *Communications of the ACM* 30, 1987.
# * T. M. Cover and R. C. King, "A Convergent Gambling Estimate of the Entropy of English", *IEEE Transactions on Information Theory* 24, 1978: people who bet money on letters.
