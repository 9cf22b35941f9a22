# The notebook 09_video.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 9. Images as video: one digit predicted from another
#
# A film has 25 pictures per second, and yet an hour of it fits on a small stick. The trick is old: each picture is *predicted* from the one before, and only what has changed is stored. Now take images that are not a film at all, 1,797 digits written by many hands. Can one digit be predicted from another? And does the best predictor know what the digit *is*?
#
# We build a small video codec for them, with real bits that a decoder could read, and let it classify.
#
# On the site: [Motion](../docs/evidence/motion.md).

# %% [markdown]
# ## An image alone
#
# The images have 8 x 8 pixels and 17 greys. We fit everything to 300 of them and look at 300 others. First a code without any prediction: each place in the image has its own table of how often each grey occurred there.

# %%
import numpy as np

from compressclf.datasets import load_dataset

digits = load_dataset("sample:digits").train
images = digits.docs.array()[..., 0].astype(int)
order = np.random.default_rng(9).permutation(len(images))
train, test = images[order[:300]], images[order[300:600]]
train_labels, test_labels = digits.labels[order[:300]], digits.labels[order[300:600]]

counts = np.full((8, 8, 17), 0.1)
for image in train:
    counts[np.arange(8)[:, None], np.arange(8), image] += 1
place_bits = -np.log2(counts / counts.sum(axis=2, keepdims=True))
alone = place_bits[np.arange(8)[:, None], np.arange(8), test].sum(axis=(1, 2))
print(f"17 equally likely greys: {64 * np.log2(17):.0f} bits an image")
print(f"a table for each place:  {alone.mean():.0f} bits an image")


# %% [markdown]
# ## An image given another one
#
# Now the decoder has another image $y$. For each pixel of $x$ it looks at the pixel of $y$ in the same place. If that is white, the new one is probably white, and a table says how probably. So there are 17 tables, one for each grey of $y$.
#
# The tables have to be made once, for all. We count in pairs of training images: each one, and the other one that is most similar to it.

# %%
def squares(a, b):
    """Return the sums of squared differences, shape (len(a), len(b))."""
    a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
    return (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)


def table_of(y, x):
    """Return the bits of each grey of x after each grey of y, shape (17, 17)."""
    counts = np.bincount((17 * y + x).ravel(), minlength=17 * 17).reshape(17, 17) + 0.1
    return -np.log2(counts / counts.sum(axis=1, keepdims=True))


among = squares(train, train)
np.fill_diagonal(among, among.max() + 1)
partner = train[among.argmin(axis=1)]
still_table = table_of(partner, train)

# the bits of each test image given each training image
still = still_table[train[None], test[:, None]].sum(axis=(2, 3))
same = test_labels[:, None] == train_labels
print("mean bits of an image given")
print(f"  an image of another digit  {still[~same].mean():.0f}")
print(f"  one of the same digit      {still[same].mean():.0f}")
print(f"  the best one of the 300    {still.min(axis=1).mean():.0f}")

# %% [markdown]
# The message must also say *which* image to start from. That takes $\log_2 300 \approx 8$ bits. Even so, the best one beats the code without prediction. An image picked at random does not: a wrong prediction is worse than none.

# %%
naming = np.log2(len(train))
with_name = still.min(axis=1) + naming
print(f"alone {alone.mean():.0f} bits, from the best one {with_name.mean():.0f} bits with its name")
print(f"shorter for {(with_name < alone).mean():.0%} of the images")
assert still[~same].mean() > alone.mean()

# %% [markdown]
# ## Motion
#
# Nobody writes the same digit twice in the same place. If a stroke is one pixel further to the left, the prediction is wrong in many pixels, although hardly anything has changed. Video codecs have had an answer since the 1980s: cut the image into blocks, and for each block send a **motion vector**, which says where in $y$ to look.
#
# Our blocks have 4 x 4 pixels, so there are four. Each may look up to one pixel away in each direction. That makes nine vectors. They have to be sent too, and no motion should be the cheapest. So vectors get a table of bits as well. It depends on which vectors are chosen, and these depend on the table. We begin with equal bits and go round three times.

# %%
VECTORS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]


def moved(images, down, right):
    """Return images whose pixels come from `down` and `right`; the outside is 0."""
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    return wide[:, 1 + down : 9 + down, 1 + right : 9 + right]


def block_bits(x, y, table, price):
    """Return the bits of each block with each vector, shape (n_x, n_y, 9, 4)."""
    bits = np.empty((len(x), len(y), len(VECTORS), 4))
    for v, vector in enumerate(VECTORS):
        costs = table[moved(y, *vector)[None], x[:, None]]
        blocks = costs.reshape(len(x), len(y), 2, 4, 2, 4).sum(axis=(3, 5))
        bits[:, :, v] = blocks.reshape(len(x), len(y), 4) + price[v]
    return bits


def motion_bits(x, y, table, price):
    """Return the bits of each x given each y, vectors included."""
    return block_bits(x, y, table, price).min(axis=2).sum(axis=2)


def compensate(x, y, table, price):
    """Return the numbers of the vectors of the four blocks of x, and y after motion."""
    vectors = block_bits(x[None], y[None], table, price)[0, 0].argmin(axis=0)
    result = np.empty_like(y)
    for block, v in enumerate(vectors):
        rows, columns = slice(4 * (block // 2), None), slice(4 * (block % 2), None)
        result[rows, columns] = moved(y[None], *VECTORS[v])[0][rows, columns]
    return vectors, result


table, price = still_table, np.full(9, np.log2(9))
for _ in range(3):
    found = [compensate(x, y, table, price) for x, y in zip(train, partner, strict=True)]
    table = table_of(np.array([result for _, result in found]), train)
    chosen = np.bincount(np.concatenate([v for v, _ in found]), minlength=9) + 0.5
    price = -np.log2(chosen / chosen.sum())

motion = motion_bits(test, train, table, price)
others = np.delete(price, 4)
print(f"a block without motion pays {price[4]:.2f} bits, with motion {others.min():.1f} or more")
print("mean bits of an image given    still  with motion")
for what, bits in (
    ("an image of another digit", (still[~same].mean(), motion[~same].mean())),
    ("one of the same digit", (still[same].mean(), motion[same].mean())),
    ("the best one of the 300", (still.min(axis=1).mean(), motion.min(axis=1).mean())),
):
    print(f"  {what:26} {bits[0]:7.0f} {bits[1]:12.0f}")

# %%
import matplotlib.pyplot as plt

gain = (still - motion) * same
i, j = np.unravel_index(gain.argmax(), gain.shape)
vectors, compensated = compensate(test[i], train[j], table, price)
panels = {
    "x": test[i],
    "y": train[j],
    "y after motion": compensated,
    "x - y": test[i] - train[j],
    "x - y after motion": test[i] - compensated,
}
figure, axes = plt.subplots(1, 5, figsize=(8, 2), facecolor="white")
for axis, (title, panel) in zip(axes, panels.items(), strict=True):
    residual = title.startswith("x -")
    axis.imshow(panel, cmap="RdBu" if residual else "gray_r", vmin=-16 if residual else 0, vmax=16)
    axis.set_title(title, fontsize=9)
    axis.set_xticks([])
    axis.set_yticks([])
plt.show()
print("vectors of the four blocks (down, right):", [VECTORS[v] for v in vectors])
print(f"bits of x given y: {still[i, j]:.0f} without motion, {motion[i, j]:.0f} with it")


# %% [markdown]
# *The picture: the pair of images of the same digit that gains most. In the differences (right), white is 0; red and blue have to be paid for. Motion has removed most of them.*

# %% [markdown]
# ## The best predictor names the digit
#
# Now the classifier of this project: the label of $x$ is the label of the training image that predicts it in the fewest bits. Is it better than the nearest neighbour by squares, which knows nothing of bits and motion?

# %%
def accuracy(bits):
    return (train_labels[bits.argmin(axis=1)] == test_labels).mean()


print(f"sum of squares       {accuracy(squares(test, train)):.3f}")
print(f"bits without motion  {accuracy(still):.3f}")
print(f"bits with motion     {accuracy(motion):.3f}")

# %% [markdown]
# Asking "how likely is this grey after that one?" already helps: squares treat all differences of one grey alike, the table knows that white stays white. And is it really the *motion* that matters, or its price? Let us make all vectors free.

# %%
free = motion_bits(test, train, table, np.zeros(9))
print(f"bits with free motion {accuracy(free):.3f}")

# %% [markdown]
# With free vectors, an image of the wrong digit can be bent into the right shape for nothing. The bits of the vectors are not a nuisance of the file format. They say how far-fetched an explanation is: minimum description length again. (With 300 test images, a difference of .01 is three images and may be chance.)

# %% [markdown]
# ## All images of a class together
#
# One best image is a narrow basis for a decision. A class has about thirty. There are two ways to use them.
#
# * *Name one*: $\log_2 N_c$ bits for the name, then $\min_y C(x \mid y)$.
# * *Mix all*: give $x$ the mean of the probabilities that the images give, $\frac{1}{N_c} \sum_y 2^{-C(x \mid y)}$. Its code is never longer than the first one, since the mean is at least the largest term divided by $N_c$.

# %%
classes = np.unique(train_labels)


def mixed_bits(bits):
    """Return the bits of each image under each class, all its images mixed; shape (n, 10)."""
    columns = []
    for c in classes:
        some = bits[:, train_labels == c]
        least = some.min(axis=1)
        columns.append(least - np.log2((2.0 ** (least[:, None] - some)).mean(axis=1)))
    return np.array(columns).T


def named_bits(bits):
    columns = [
        bits[:, train_labels == c].min(axis=1) + np.log2((train_labels == c).sum()) for c in classes
    ]
    return np.array(columns).T


named, mixed = named_bits(motion), mixed_bits(motion)
true_class = np.searchsorted(classes, test_labels)
rows = np.arange(len(test))
for name, bits in (("name one", named), ("mix all", mixed)):
    right = (classes[bits.argmin(axis=1)] == test_labels).mean()
    true_bits = bits[rows, true_class].mean()
    print(f"{name}: {true_bits:.1f} bits under the true class, accuracy {right:.3f}")
assert (mixed <= named + 1e-9).all()

# %% [markdown]
# This is a true code: the decoder mixes the same images. And a *wrong* class needs more bits. The difference of bits between the best two classes says how sure we can be:

# %%
two = np.sort(mixed, axis=1)[:, :2]
margin = two[:, 1] - two[:, 0]
right = classes[mixed.argmin(axis=1)] == test_labels
for low, high in ((0, 5), (5, 20), (20, 60), (60, 1_000)):
    some = (margin >= low) & (margin < high)
    print(f"{low:3} to {high:4} bits ahead: {some.sum():3} images, {right[some].mean():.2f} right")

# %% [markdown]
# ## The library's model
#
# The model `motion` goes further. Each *pixel* has a vector of its own, chosen by the 3 x 3 pixels around it. Greys and their slopes count. That is no longer a code, because each pixel is counted nine times and vectors are free; but neighbouring windows overlap, so they cannot tear the image apart. It also takes account of how the strokes are turned, and mixes all images of a class as we did.

# %%
from compressclf import CodelengthClassifier

pixels = train.astype(np.uint8), test.astype(np.uint8)
library = CodelengthClassifier("motion").fit(pixels[0], train_labels)
print(f"our blocks, mixed   {right.mean():.3f}")
print(f"motion              {(library.predict(pixels[1]) == test_labels).mean():.3f}")

# %% [markdown]
# `explain_image` shows why an image got its label: the training image that predicts it best, and the bits of each pixel. Here is the test image about which the library is least sure.

# %%
from compressclf.explain import explain_image

unsure = library.predict_proba(pixels[1]).max(axis=1).argmin()
why = explain_image(library, pixels[1][unsure])
figure, axes = plt.subplots(1, 5, figsize=(8, 2), facecolor="white")
panels = {
    "image": (why.image[..., 0], "gray_r"),
    f"nearest {why.winner.label}": (why.winner.nearest[..., 0], "gray_r"),
    f"bits as {why.winner.label}": (why.winner.bits, "viridis"),
    f"nearest {why.runner_up.label}": (why.runner_up.nearest[..., 0], "gray_r"),
    f"bits as {why.runner_up.label}": (why.runner_up.bits, "viridis"),
}
most = max(why.winner.bits.max(), why.runner_up.bits.max())
for axis, (title, (panel, colours)) in zip(axes, panels.items(), strict=True):
    axis.imshow(panel, cmap=colours, vmin=0, vmax=most if colours == "viridis" else 16)
    axis.set_title(title, fontsize=9)
    axis.set_xticks([])
    axis.set_yticks([])
plt.show()
says = why.winner.label, why.runner_up.label
print(f"labelled {test_labels[unsure]}; the library says {says[0]}, then {says[1]}")

# %% [markdown]
# *The picture: an image, the best predictor from each of the two best classes, and the bits of each pixel under both; yellow pixels are expensive. That is where the decision falls.*

# %% [markdown]
# ## Your own digit
#
# Draw one in 8 lines of 8 characters: a space is white, `.` light, `o` dark and `#` black.

# %%
drawing = """
  .##.
 o#oo#.
     #o
    o#.
   .#o
   #o
  o#...
  #####o
"""

grey = {" ": 0, ".": 5, "o": 11, "#": 16}
lines = [line.ljust(8)[:8] for line in drawing.strip("\n").split("\n")]
mine = np.array([[grey[character] for character in line] for line in lines])
my_bits = mixed_bits(motion_bits(mine[None], train, table, price))[0]
for c in my_bits.argsort()[:3]:
    print(f"{classes[c]}: {my_bits[c]:.0f} bits")
print("the library says", library.predict(mine[None].astype(np.uint8))[0])

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution.
#
# **1.** What do the vectors cost in all, on average over the best predictions? Which share of the blocks moves?
#
# <details><summary>Solution</summary>
#
# ```python
# best = motion.argmin(axis=1)
# vectors_of_best = np.array(
#     [compensate(x, train[y], table, price)[0] for x, y in zip(test, best, strict=True)]
# )
# print(price[vectors_of_best].sum(axis=1).mean(), (vectors_of_best != 4).mean())
# assert 0 < (vectors_of_best != 4).mean() < 0.2
# ```
#
# Few blocks move, so that vectors take little: most blocks pay for "no motion" only.
# </details>
#
# **2.** Vectors up to two pixels: how many are there, and what would one cost if all were equally likely? Is more freedom always better?
#
# <details><summary>Solution</summary>
#
# 25 vectors, 4.6 bits each. Each block can be matched better, but also that of a *wrong* digit. Free motion gains more for wrong digits than for right ones:
#
# ```python
# assert round(np.log2(25), 1) == 4.6
# wrong_gain, right_gain = (still - free)[~same].mean(), (still - free)[same].mean()
# print(wrong_gain, right_gain)
# assert wrong_gain > right_gain > 0
# ```
# </details>
#
# **3.** Is $C(x \mid y)$ the same as $C(y \mid x)$? Compare a 1 given an 8 with an 8 given a 1.
#
# <details><summary>Solution</summary>
#
# They differ. An 8 has more to tell, whatever it is told from. (What $x$ and $y$ *share* is symmetric for Kolmogorov complexity, up to a logarithm; notebook 7.)
#
# ```python
# ones, eights = test[test_labels == "1"], test[test_labels == "8"]
# one_given_eight = motion_bits(ones, eights, table, price).mean()
# eight_given_one = motion_bits(eights, ones, table, price).mean()
# print(one_given_eight, eight_given_one)
# assert abs(one_given_eight - eight_given_one) > 1
# ```
# </details>
#
# **4.** A film of the 300 test images: predict each from the one before, in the order in which they are. Then let each image be predicted from the most similar of all *earlier* ones, and pay for naming it. What is saved?
#
# <details><summary>Solution</summary>
#
# ```python
# film = motion_bits(test, test, table, price)
# in_order = np.array([film[i, i - 1] for i in range(1, 300)])
# picked = np.array([film[i, :i].min() + np.log2(i) for i in range(1, 300)])
# print(in_order.mean(), picked.mean())
# assert picked.mean() < in_order.mean()
# ```
#
# The name of the best earlier image is cheap beside what it saves.
# </details>
#
# **5.** With the mixture of a class, we also have $P(c \mid x) \sim P(c)\,2^{-\text{bits}}$. Is that too sure of itself, as naive Bayes was in notebook 5? Check with a temperature.
#
# <details><summary>Solution</summary>
#
# Yes: neighbouring pixels are not independent, so the differences are too large. A temperature above 1 lowers the log loss.
#
# ```python
# def loss(temperature):
#     weights = 2.0 ** (-(mixed - mixed.min(axis=1, keepdims=True)) / temperature)
#     return -np.log2(weights / weights.sum(axis=1, keepdims=True))[rows, true_class].mean()
#
#
# print([round(float(loss(t)), 2) for t in (1, 2, 4, 8, 16)])
# assert min(loss(2), loss(4), loss(8)) < loss(1)
# ```
# </details>

# %% [markdown]
# ## To read
#
# * J. R. Jain and A. K. Jain, "Displacement Measurement and Its Application in Interframe Image Coding", *IEEE Transactions on Communications* 29, 1981: motion vectors of blocks.
# * D. Keysers, T. Deselaers, C. Gollan and H. Ney, "Deformation Models for Image Recognition", *IEEE Transactions on Pattern Analysis and Machine Intelligence* 29, 2007: the free motion of each pixel.
# * The library's page on the model: `docs/evidence/motion.md`.
