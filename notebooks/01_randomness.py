# The notebook 01_randomness.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 1. What is random? Coin flips and Kolmogorov complexity
#
# Someone shows you two sequences of 45 coin flips and says that one of them was made up. You point at the regular one at once. Yet a fair coin makes both with the same probability. So what did you see?
#
# You saw a **short description**. This notebook makes that idea exact, and shows why nobody can compute it and why compressors are still good enough to work with.
#
# You need no more than a little Python. Run the cells from top to bottom. Each cell shows one idea.
#
# On the site: [How it works](../docs/how-it-works/index.md).

# %% [markdown]
# ## Two sequences

# %%
import random

flips = random.Random(45)
regular = "001" * 15
messy = "".join(flips.choice("01") for _ in range(45))

print("regular", regular)
print("messy  ", messy)

# %% [markdown]
# A fair coin gives each sequence of 45 flips with probability $2^{-45}$. Probability does not tell the two apart.

# %%
print(f"probability of either one: {2.0**-45:.2e}")

# %% [markdown]
# ## A description is a program
#
# To describe a string, write a program that prints it. The shorter the program, the simpler the string. For the regular string there is a program that is shorter than the string. For the messy one, we quote it.

# %%
import contextlib
import io


def run(program):
    """Return what a program prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})
    return printed.getvalue().rstrip("\n")


programs = {"regular": 'print("001"*15)', "messy": f'print("{messy}")'}
strings = {"regular": regular, "messy": messy}

for name, program in programs.items():
    assert run(program) == strings[name]
    print(f"{name:8} {len(program):3} characters: {program}")

# %% [markdown]
# The gap widens as the strings grow. The program for the regular string grows only by the digits of a number, and $n$ has about $\log_{10} n$ digits. The program that quotes grows as fast as the string.

# %%
print(f"{'flips':>9} {'regular':>8} {'quoted':>9}   (characters of the program)")
for n in (45, 450, 4_500, 45_000, 450_000):
    short = f'print("001"*{n // 3})'
    quoted = len('print("")') + n
    print(f"{n:9,} {len(short):8} {quoted:9,}")

# %% [markdown]
# ## Kolmogorov complexity
#
# Fix a programming language $U$. The **Kolmogorov complexity** of a string is the length of its shortest program:
#
# $$K_U(x) = \min \{\, |p| : U(p) = x \,\}$$
#
# Two words in that line matter.
#
# * **Shortest.** Any program that prints $x$ proves an *upper bound*: $K_U(x)$ is at most its length. Our two programs are upper bounds, no more. There may be a shorter one that we did not think of.
# * **$U$.** The number depends on the language. The next section shows by how much.
#
# A string is called **random** if it has no program that is much shorter than itself. No coin is needed for that definition.

# %% [markdown]
# ## Does the language matter?
#
# By a constant, and by no more. This is the **invariance theorem**: for any two languages $A$ and $B$ that can run every program, there is a constant $c_{AB}$ with
#
# $$K_A(x) \le K_B(x) + c_{AB} \quad \text{for all strings } x.$$
#
# The proof is one idea. Write, once, an interpreter for $B$ in the language $A$. Let $c_{AB}$ be its length. Now take the shortest $B$-program for $x$ and put the interpreter in front: that is an $A$-program for $x$. The constant does not depend on $x$, because the interpreter does not. It can be large, though, so $K$ says little about *short* strings and much about long ones.
#
# We can watch the constant. Language $B$ is the one of DEFLATE, the compressor in gzip: its "programs" are compressed streams. Language $A$ is Python with some data attached: the first line is the program, what follows is its data.

# %%
from compressclf import Corpus, build_compressor


def run_python(code):
    """Run a program of language A: a line of Python, then data."""
    line, _, data = code.partition(b"\n")
    scope = {"data": data}
    exec(line, scope)
    return scope["out"]


deflate = build_compressor("deflate")
interpreter = b"import zlib;out=zlib.decompress(data,-15)\n"

print(f"{'flips':>7} {'in B':>6} {'in A':>6} {'A - B':>6}   (bytes)")
for n in (45, 450, 4_500, 45_000):
    x = b"001" * (n // 3)
    b_program = deflate.compress(x)
    a_program = interpreter + b_program
    assert run_python(a_program) == x
    print(f"{n:7,} {len(b_program):6} {len(a_program):6} {len(a_program) - len(b_program):6}")

# %% [markdown]
# So every compressor gives an upper bound on $K$. If $C(x)$ is the length of the compressed string, then $K(x) \le C(x) + c$, and $c$ is the length of the decompressor. (DEFLATE itself cannot run every program, so the bound goes one way only.)

# %% [markdown]
# ## Compressors as upper bounds
#
# `codelength` counts the bits of the compressed string. We subtract `overhead_bits`, the bits of the empty string, since they say nothing about the flips.

# %%
names = ["deflate", "lzma", "ppmd", "contextmix"]


def bits(name, text):
    """Return the codelength of a text without what the empty text costs."""
    compressor = build_compressor(name)
    return compressor.codelength(text.encode()) - compressor.overhead_bits


print(f"{'bits of 45 flips':17} {'regular':>8} {'messy':>8}")
for name in names:
    print(f"{name:17} {bits(name, regular):8.0f} {bits(name, messy):8.0f}")

# %% [markdown]
# All of them see that the regular string is simpler. But none comes down to 45 bits for the messy one, though 45 bits are enough to write down 45 flips. We store each flip as a byte, and it takes the compressor some time to learn that only two bytes occur. That is the constant again: 45 flips are a short string.
#
# With 45 000 flips it hardly matters.

# %%
n = 45_000
long_regular = "001" * (n // 3)
long_messy = "".join(flips.choice("01") for _ in range(n))

print(f"{'bits of 45,000':17} {'regular':>8} {'messy':>8} {'messy, a flip':>14}")
for name in names:
    first, second = bits(name, long_regular), bits(name, long_messy)
    print(f"{name:17} {first:8,.0f} {second:8,.0f} {second / n:14.3f}")

# %% [markdown]
# ## Random-looking is not random
#
# Upper bounds can be far too high. The digits of $\pi$ look random to every compressor here: each of ten digits needs $\log_2 10 \approx 3.32$ bits. But a short program prints them.

# %%
pi_program = """s=t=2*10**2009;k=1
while t:t=t*k//(2*k+1);s+=t;k+=1
print(str(s)[:2000])"""

pi = run(pi_program)
print(pi[:50], "...")
print(f"the program: {8 * len(pi_program)} bits")
for name in names:
    print(f"{name:12} {bits(name, pi):6,.0f} bits, {bits(name, pi) / len(pi):.2f} a digit")

# %% [markdown]
# For twice as many digits, write 4009 and 4000 for the two numbers: the program stays as long as it is, and the codelengths double.
#
# The messy coin flips are in the same situation. They came out of a random number generator with the seed 45, so the program in the first cell prints them. We only *believe* that flips of a real coin have no short program. No compressor can show it.

# %% [markdown]
# The picture: codelength against the number of symbols, both axes logarithmic. The regular string stays near the floor. Flips and digits grow in proportion to $n$. The dotted line is the program that prints the 2 000 digits of $\pi$.

# %%
import matplotlib.pyplot as plt

sizes = [50, 100, 200, 500, 1_000, 2_000]
figure, axes = plt.subplots(figsize=(6, 3.2))
for label, text in (("digits of π", pi), ("messy", long_messy), ("regular", long_regular)):
    axes.loglog(sizes, [bits("ppmd", text[:size]) for size in sizes], marker="o", label=label)
axes.axhline(8 * len(pi_program), color="grey", linestyle=":", label="program for π")
axes.set_xlabel("symbols")
axes.set_ylabel("bits (ppmd)")
axes.legend()
plt.show()

# %% [markdown]
# **Your own text:** paste one, a poem or the log of a program. Each number is an upper bound on how complex it is; the smallest is the best that we know.

# %%
my_text = (
    "row row row your boat gently down the stream "
    "merrily merrily merrily merrily life is but a dream"
)
for name in names:
    n_bits = bits(name, my_text)
    print(f"{name:10} {n_bits:6,.0f} bits, {n_bits / len(my_text):.2f} per letter")

# %% [markdown]
# ## Most strings cannot be compressed
#
# There are $2^n$ strings of $n$ bits. How many of them can have a description that is more than $k$ bits shorter? A description is itself a string of bits, and there are only
#
# $$1 + 2 + 4 + \dots + 2^{n-k-1} = 2^{n-k} - 1$$
#
# strings shorter than $n-k$ bits. So **fewer than $2^{-k}$ of all strings can be shortened by more than $k$ bits**, by any method whatsoever. Saving two bytes ($k = 16$): fewer than one string in 65 536.
#
# Let us check on *all* strings of two bytes, with a compressor that has no header: `contextmix`.

# %%
every_pair = Corpus.from_documents([bytes([i, j]) for i in range(256) for j in range(256)])
lengths = build_compressor("contextmix").codelengths(every_pair)

print(f"{len(lengths):,} strings of 16 bits")
print(f"{'k':>3} {'saved more than k':>18} {'their share':>12} {'limit 2^-k':>11}")
for k in range(8):
    count = int((lengths < 16 - k).sum())
    print(f"{k:3} {count:18,} {count / len(lengths):12.5f} {2.0**-k:11.5f}")

# %% [markdown]
# The limit holds in every row, as it must. The compressor bets on what texts look like, so that a few strings win much and most lose a little. The bets balance exactly. For codes that stay decodable when they are written one after another, **Kraft's inequality** says that $\sum_x 2^{-C(x)}$ is at most 1: bits are like a budget, and who gives some strings a short code has to give others a long one.

# %%
print(f"longest code: {lengths.max():.1f} bits")
print(f"sum of 2^-C over all strings: {(2.0**-lengths).sum():.3f}")

# %% [markdown]
# The other compressors have headers, so two bytes are too few for them. Take 2 000 random strings of 64 bytes, which is 512 bits. By the counting argument fewer than one in 256 can be shortened by more than 8 bits. Then take strings with a pattern: one byte, 64 times. All are shortened. They are only 256 of $2^{512}$ strings, but they are of the kind that we meet in life.

# %%
draw = random.Random(1)
noise = Corpus.from_documents([draw.randbytes(64) for _ in range(2_000)])
pattern = Corpus.from_documents([bytes([i]) * 64 for i in range(256)])

print(f"{'saved more than 8 bits':22} {'random':>7} {'pattern':>8}")
for name in ("gzip", "deflate", "bz2", "zstd", "ppmd", "contextmix"):
    compressor = build_compressor(name)
    shares = [(compressor.codelengths(docs) < 512 - 8).mean() for docs in (noise, pattern)]
    print(f"{name:22} {shares[0]:7.0%} {shares[1]:8.0%}")

# %% [markdown]
# ## Nobody can compute K
#
# Consider "the smallest whole number that cannot be named in fewer than twenty words". Count: the phrase has thirteen words, so it names in thirteen words a number that cannot be named in fewer than twenty. That is **Berry's paradox**, and it becomes a proof.
#
# **Claim.** No program computes $K(x)$ for all $x$.
#
# **Proof.** Suppose that there were such a program. Then write this one, for some number $n$:
#
# > go through all strings $x$, from the shortest on; compute $K(x)$; print the first $x$ with $K(x) > n$ and stop.
#
# It does stop, since only finitely many strings have a program of at most $n$ bits. How long is it? The code has some fixed length $c$, and the number $n$ takes about $\log_2 n$ bits. So it is a program of $c + \log_2 n$ bits that prints $x$, hence $K(x) \le c + \log_2 n$. But it printed $x$ *because* $K(x) > n$. For large $n$, $n$ is larger than $c + \log_2 n$, and the two contradict each other. So the program that computes $K$ does not exist. ∎

# %% [markdown]
# What happens when a real compressor stands in for $K$? Here is Berry's program with $C$ of DEFLATE. It runs, and finds a string with $C(x) > n$. There is no contradiction: it only shows that this $C(x)$ is *not* $K(x)$. The program itself is the shorter description. (It calls our compressor; whatever that takes is part of the constant.)

# %%
berry = """import random
from compressclf import build_compressor
C = build_compressor("deflate").codelength
draw, n = random.Random(0), {n}
x = b""
while C(x) <= n: x += draw.randbytes(n // 80)
out = x"""

print(f"{'n':>10} {'C(x)':>11} {'the program':>12}   (bits)")
for n in (10_000, 100_000, 1_000_000):
    program = berry.format(n=n)
    scope = {}
    exec(program, scope)
    print(f"{n:10,} {deflate.codelength(scope['out']):11,.0f} {8 * len(program):12,}")

# %% [markdown]
# One half of $K$ can be had. We can run more and more programs for longer and longer, and whenever one prints $x$ we may have a better upper bound. The bounds fall towards $K(x)$. But we never know when we have arrived, because a program that still runs might yet print $x$.

# %% [markdown]
# ## The useful half: minimum description length
#
# We want to *explain* data, and upper bounds are all we have. The principle of **minimum description length** (MDL) makes the best of it: state a hypothesis $H$, then the data with its help, and take the hypothesis with the smallest total
#
# $$L(H) + L(\text{data} \mid H).$$
#
# Three hypotheses on $n$ coin flips:
#
# * **fair coin**: nothing to state, one bit a flip: $n$ bits;
# * **biased coin**: state the number of ones, $\log_2 (n+1)$ bits; then $n \cdot h(\text{share of ones})$ bits with the entropy $h$;
# * **pattern**: state the period, $\log_2 n$ bits, and one period, a bit a flip.

# %%
from math import log2


def fair(x):
    return len(x)


def biased(x):
    n, p = len(x), x.count("1") / len(x)
    entropy = -sum(q * log2(q) for q in (p, 1 - p) if q > 0)
    return log2(n + 1) + n * entropy


def pattern_code(x):
    n = len(x)
    period = next(p for p in range(1, n + 1) if x == (x[:p] * n)[:n])
    return log2(n) + period


hypotheses = {"fair": fair, "biased": biased, "pattern": pattern_code}
loaded = "".join("1" if flips.random() < 0.1 else "0" for _ in range(45))

print(f"{'bits':8} {'fair':>8} {'biased':>8} {'pattern':>8}   best")
for name, x in (("regular", regular), ("messy", messy), ("loaded", loaded)):
    total = {label: code(x) for label, code in hypotheses.items()}
    row = " ".join(f"{value:8.1f}" for value in total.values())
    print(f"{name:8} {row}   {min(total, key=total.get)}")

# %% [markdown]
# The third string comes from a coin that shows a one in ten flips. Nobody told the code; the bits did.
#
# This is all of compressclf in one line: let every class be a hypothesis, and give a document **the label whose data compresses it best**. The next notebook does that, first with distances.

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution. Add cells below, and use what the notebook has defined.
#
# **1.** `print("...")` takes 54 characters for the messy string. Find a shorter Python program that prints it.
#
# <details><summary>Solution</summary>
#
# Write the number in base 16: four flips a character. Any fixed code of 45 flips must be able to name $2^{45}$ strings, so it cannot do better for all of them.
#
# ```python
# number = int(messy, 2)
# shorter = f"print(f'{{{number:#x}:045b}}')"
# assert run(shorter) == messy
# print(len(shorter), shorter)
# ```
# </details>
#
# **2.** At most how many of the $2^{45}$ strings of 45 flips can have a description of at most 35 bits? Which share is that?
#
# <details><summary>Solution</summary>
#
# There are $1 + 2 + \dots + 2^{35} = 2^{36} - 1$ descriptions of at most 35 bits, so fewer than $2^{36}$ strings, a share below $2^{36-45} = 2^{-9}$, or 0.2 %.
#
# ```python
# assert sum(2**i for i in range(36)) == 2**36 - 1
# assert (2**36 - 1) / 2**45 < 0.002
# ```
# </details>
#
# **3.** Compress a long regular string, and compress the result again, and again. What happens, and which argument of this notebook says that it must?
#
# <details><summary>Solution</summary>
#
# It shrinks at first, then stops and even grows by the header. If every string shrank at each step, two strings would end in the same one: the counting argument.
#
# ```python
# gzip = build_compressor("gzip")
# data, sizes = long_regular.encode(), []
# for _ in range(5):
#     data = gzip.compress(data)
#     sizes.append(len(data))
# assert sizes[1] < sizes[0]
# assert sizes[4] >= sizes[1]
# ```
# </details>
#
# **4.** The string 123456789101112... writes all numbers one after another. Compare the codelength of its first 2 000 digits with the length of a program that prints them.
#
# <details><summary>Solution</summary>
#
# ```python
# program = 'print("".join(map(str,range(1,999)))[:2000])'
# digits = run(program)
# assert len(digits) == 2000
# for name in names:
#     assert bits(name, digits) > 8 * len(program)
# ```
# </details>
#
# **5.** In language $A$, one string has $K_A(x) = 1000$ and another $K_A(y) = 1500$. Both constants of the invariance theorem between $A$ and $B$ are 300. Is $x$ simpler than $y$ in $B$ too?
#
# <details><summary>Solution</summary>
#
# Not certainly. $K_B(x)$ may be up to 1 300 and $K_B(y)$ as low as 1 200. With $K_A(y) > 1600$ it would be certain. Only differences beyond both constants together mean anything in every language.
#
# </details>

# %% [markdown]
# ## To read
#
# * M. Li and P. Vitányi, *An Introduction to Kolmogorov Complexity and Its Applications*, Springer.
# * P. Grünwald, *The Minimum Description Length Principle*, MIT Press, 2007.
# * G. Chaitin, "The Berry Paradox", *Complexity* 1, 1995.
