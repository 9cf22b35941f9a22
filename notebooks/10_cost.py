# The notebook 10_cost.ipynb as a script. `make notebooks` writes it.

# %% [markdown]
# # 10. What accuracy costs: seconds, joules, megabytes
#
# A language model labels your texts better than a compressor does. Sometimes. It also takes longer, needs more memory and heats the room. When is it worth it? And is there a case in which the old, cheap method is simply *better*?
#
# This notebook computes nothing new. It reads the **records** of this project's studies: for each method and data set, what it got right and what that cost. Each number below comes out of these files. So you can ask your own questions of them.
#
# On the site: [Choosing a method](../docs/choosing/index.md).

# %%
from pathlib import Path

import numpy as np

import compressclf.experiments as experiments
from compressclf.experiments.records import Records

folder = Path(experiments.__file__).parent / "results" / "records"
assert folder.exists(), "The records come with the repository: clone it and pip install -e there."
records = Records(folder)

TEXTS = {
    "ag_news", "r8", "r52", "ohsumed", "20news", "clinc150", "dbpedia_small",
    "masakhanews_ibo", "masakhanews_run", "masakhanews_swa", "rw_news",
    "thucnews_titles", "toutiao_zh",
}  # fmt: skip
full = [record for record in records.load("full").values() if record["dataset"] in TEXTS]
one = next(r for r in full if (r["dataset"], r["method"]) == ("r8", "gzip kNN"))
for name in ("dataset", "method", "n_train", "n_test", "value", "peak_memory_mb", "model_bytes"):
    print(f"{name:15} {one[name]}")
print(f"{'cpu_seconds':15} {one['cpu_seconds']}")
print(f"{'energy_joules':15} {one['energy_joules']}")


# %% [markdown]
# `value` is the accuracy. The processor seconds are those of one core, for the last fit and for all test documents; the search for settings is not in them.
#
# To compare methods we take those with results on all 13 sets of texts. Accuracies are averaged. Costs differ by factors, so we take their **geometric mean**, the mean of the logarithms.

# %%
def seconds_of(record):
    """Return processor seconds to fit and to predict 1,000 documents."""
    seconds = record["cpu_seconds"]
    return seconds["fit"] + 1_000 * seconds["predict"] / record["n_test"]


def geometric(values):
    return float(np.exp(np.mean(np.log(values))))


by_method = {}
for record in full:
    by_method.setdefault(record["method"], {})[record["dataset"]] = record
table = {}
for method, of_sets in by_method.items():
    if set(of_sets) == TEXTS:
        rows = list(of_sets.values())
        table[method] = {
            "accuracy": float(np.mean([row["value"] for row in rows])),
            "seconds": geometric([seconds_of(row) for row in rows]),
            "memory": geometric([row["peak_memory_mb"] for row in rows]),
            "model": geometric([row["model_bytes"] / 1e6 for row in rows]),
        }

print(f"{'':18} {'accuracy':>8} {'seconds':>8} {'memory MB':>10} {'model MB':>9}")
for method, row in sorted(table.items(), key=lambda item: -item[1]["accuracy"]):
    print(
        f"{method:18} {row['accuracy']:8.3f} {row['seconds']:8.2f} "
        f"{row['memory']:10.0f} {row['model']:9.2f}"
    )

# %% [markdown]
# `blocks`, `blockcode`, `contextmix`, `ppmd`, `zstd-dict` and the two kNN with gzip and lz77 compress. `SVM`, `LR` and `CNB` are linear models on counts of words or characters, the others are neighbours or small neural networks. All of them learn from the training texts alone; pretrained models come below.
#
# Two things to know before you compare seconds. The records were made on two kinds of machine, and some methods ran on two threads. So a factor of two is not a difference. A factor of ten is.

# %%
machines = sorted({record["cpu"] for record in full if record["method"] in table})
print("machines:", ", ".join(machines))
threads = {method: sorted({r["threads"] for r in by_method[method].values()}) for method in table}
print("methods with two threads:", ", ".join(m for m in sorted(table) if 2 in threads[m]))


# %% [markdown]
# ## The frontier
#
# A method is **dominated** if another one is at least as accurate and costs less. What is left is the Pareto frontier: there, more accuracy has to be paid for. (On the mean of these sets; on a single one the order may differ.)

# %%
def frontier(cost):
    """Return the methods that are not dominated, the cheapest first."""
    best, kept = -1.0, []
    for method in sorted(table, key=lambda m: (table[m][cost], -table[m]["accuracy"])):
        if table[method]["accuracy"] > best:
            best = table[method]["accuracy"]
            kept.append(method)
    return kept


for cost in ("seconds", "memory", "model"):
    print(f"{cost:8}", " < ".join(frontier(cost)))

# %%
import matplotlib.pyplot as plt

COMPRESSORS = {"blocks", "blocks uncorrected", "blockcode", "contextmix", "ppmd", "zstd-dict"}
COMPRESSORS |= {"gzip kNN", "lz77 kNN"}
BELOW = {"blockcode", "char 1-3 SVM", "word LR", "text CNN", "zstd-dict", "gzip kNN"}
figure, axes = plt.subplots(figsize=(7, 4.5), facecolor="white")
for method, row in table.items():
    color = "#e6550d" if method in COMPRESSORS else "#3182bd"
    axes.plot(row["seconds"], row["accuracy"], "o", color=color)
    left = method in {"blocks uncorrected", "BoW kNN"}
    axes.annotate(
        method,
        (row["seconds"], row["accuracy"]),
        (-5 if left else 5, -9 if method in BELOW else 3),
        textcoords="offset points",
        ha="right" if left else "left",
        fontsize=8,
    )
front = frontier("seconds")
axes.plot(
    [table[m]["seconds"] for m in front], [table[m]["accuracy"] for m in front], ":", color="grey"
)
axes.set_xscale("log")
axes.set_xlim(0.15, 500)
axes.set_ylim(0.55, 0.9)  # the two rules that do not read the texts lie below
axes.set_xlabel("processor seconds to fit and to label 1,000 texts")
axes.set_ylabel("mean accuracy on 13 sets")
plt.show()

# %% [markdown]
# *The picture: accuracy against processor time, on a logarithmic axis. Orange: methods that compress. Blue: the others. The dotted line joins the methods that are not dominated. Two rules that do not read the texts (the largest class, and lengths alone) are cheaper and far below.*
#
# "Compression is slow" and "compression is fast" are both true: the orange points lie at both ends. gzip kNN compares a text with every training text. `blocks` counts.
#
# What does one *more* right label cost? Walk along the frontier. Each step buys some right labels in a thousand and takes some seconds.

# %%
from itertools import pairwise

print(f"{'step to':20} {'right labels in 1,000':>22} {'seconds':>9} {'seconds per label':>16}")
for before, after in pairwise(front):
    labels = 1_000 * (table[after]["accuracy"] - table[before]["accuracy"])
    seconds = table[after]["seconds"] - table[before]["seconds"]
    print(f"{after:20} {labels:22.0f} {seconds:9.2f} {seconds / labels:16.4f}")

# %% [markdown]
# ## Joules
#
# The records have a field for energy, read from the processor's own counter where there is one. How many have it?

# %%
measured = sum(record["energy_joules"] != "not measured" for record in full)
print(f"{measured} of {len(full)} records have joules")

# %% [markdown]
# If the answer is 0, the machines had no counter to read, and we say so rather than guess. What one can do is a rough sum. **Put in your own numbers:** the power that a busy core of your machine takes, and how many texts you label in a day.

# %%
watts = 10  # of one busy core; look up your processor
texts_a_day = 100_000

print(f"at {watts} W per core and {texts_a_day:,} texts per day")
for method in ("blocks", "word SVM", "char SVM", "gzip kNN", "ppmd"):
    rows = by_method[method].values()
    seconds = geometric([row["cpu_seconds"]["predict"] / row["n_test"] for row in rows])
    day = seconds * texts_a_day
    print(f"{method:10} {day:9,.0f} core seconds, {day * watts / 3_600:8.2f} watt-hours")

# %% [markdown]
# Energy is power times time, so the ranking is that of seconds. The sum leaves out memory, the power supply and the machine that waits. It is good for factors, not for percents.

# %% [markdown]
# ## Megabytes
#
# A saved model takes space. Is it small or large? Notebook 5 has a yardstick: **minimum description length**. A model explains the labels of the training texts. To send these labels without a model takes $n \log_2 k$ bits at most. A model that is larger than that is, as a description of the labels, a bad bargain.

# %%
print(f"{'':16} {'labels':>10} {'blocks':>12} {'char SVM':>12}   (kilobytes)")
for name in ("r8", "ag_news", "clinc150"):
    some = by_method["blocks"][name]
    label_kb = some["n_train"] * np.log2(some["n_classes"]) / 8 / 1e3
    sizes = [by_method[method][name]["model_bytes"] / 1e3 for method in ("blocks", "char SVM")]
    print(f"{name:16} {label_kb:10,.1f} {sizes[0]:12,.0f} {sizes[1]:12,.0f}")

# %% [markdown]
# The models are hundreds or thousands of times larger than the labels that they explain. So they are not short descriptions of the labels. They hold statistics of the *texts*, because we do not know which of them the next text will need. And they are stored to be read quickly, not to be short.

# %% [markdown]
# ## When does compression win over a pretrained model?
#
# With few labelled texts, a pretrained model has an advantage that no training set gives: it has read before (notebook 6). Sentence encoders turn a text into a vector; logistic regression (LR) does the rest. We compare `blocks`, which starts from nothing, with two encoders: MiniLM, which learnt on English texts, and E5, which learnt on texts in about a hundred languages.

# %%
LANGUAGES = {
    "English": ("ag_news", "r8", "dbpedia_small", "clinc150"),
    "African": ("masakhanews_ibo", "masakhanews_run", "masakhanews_swa", "rw_news"),
    "Chinese": ("thucnews_titles", "toutiao_zh"),
}
few = [record for record in records.load("few-shot").values() if record["dataset"] in TEXTS]


def accuracies(dataset, method, shots):
    """Return the accuracy of each draw of `shots` texts per class, the first five draws."""
    return [
        record["value"]
        for seed in range(5)
        for record in few
        if (record["dataset"], record["method"], record["seed"]) == (dataset, method, seed)
        and record["parameters"] == {"shots": shots, "limit_test": 1_000}
    ]


def mean_of(datasets, method, shots):
    values = [accuracies(dataset, method, shots) for dataset in datasets]
    assert all(len(draws) == 5 for draws in values), (method, shots)
    return float(np.mean(values))


methods = ("blocks", "MiniLM LR", "E5 LR", "blocks + embedding minilm", "blocks + embedding e5")
for shots in (5, 10):
    heading = f"{shots} texts per class"
    print(f"\n{heading:26}" + "".join(f"{name:>10}" for name in LANGUAGES))
    for method in methods:
        line = [mean_of(datasets, method, shots) for datasets in LANGUAGES.values()]
        print(f"{method:26}" + "".join(f"{value:10.3f}" for value in line))

# %% [markdown]
# Read it column by column. In English both encoders are ahead of `blocks`: they knew the language before the first label. In the African languages MiniLM is far *behind* `blocks`. It has not read any Kirundi, and what it knows of English is of no help. Counting the letters of the training texts is better. E5 has read many languages, and is ahead again.
#
# So the question is not "compressor or network?". It is: **has the model read this language?** Pretraining is a prior. It is worth much where it fits and nothing where it does not (notebook 8). The combinations of both (the last two rows) are everywhere about as good as the better of their parts, or better.
#
# And with more labelled texts?

# %%
all_shots = (1, 5, 10, 50)
figure, axes = plt.subplots(figsize=(6, 3.2), facecolor="white")
for (language, datasets), color in zip(
    LANGUAGES.items(), ("#3182bd", "#e6550d", "#31a354"), strict=True
):
    ahead = [
        mean_of(datasets, "blocks", shots) - mean_of(datasets, "MiniLM LR", shots)
        for shots in all_shots
    ]
    axes.plot(all_shots, ahead, "o-", color=color, label=language)
    print(f"{language:8}" + "".join(f"{value:+8.3f}" for value in ahead))
axes.axhline(0, color="grey", linestyle=":")
axes.set_xscale("log")
axes.set_xticks(all_shots, [str(shots) for shots in all_shots])
axes.minorticks_off()
axes.set_xlabel("labelled texts per class")
axes.set_ylabel("blocks minus MiniLM")
axes.legend()
plt.show()

# %% [markdown]
# *The picture: by how much `blocks` is ahead of MiniLM (above the dotted line) or behind (below).*
#
# In English the lead of the pretrained model melts away as labels come in. A prior is worth a number of examples; in the end the data speak for themselves.
#
# What does the advantage cost? The vector of each text has to be computed once, and that is far more work than the rest.

# %%
encoding = list(records.load("encoding").values())
for encoder in ("minilm", "e5"):
    per_text = {
        record["dataset"]: record["cpu_seconds"]["encode"] / record["n_timed"]
        for record in encoding
        if record["method"] == encoder
    }
    print(f"{encoder:7} {1_000 * geometric(list(per_text.values())):6.0f} seconds for 1,000 texts")
of_blocks = [by_method["blocks"][name] for name in per_text]
blocks_seconds = [1_000 * row["cpu_seconds"]["predict"] / row["n_test"] for row in of_blocks]
print(
    f"{'blocks':7} {geometric(blocks_seconds):6.2f} seconds for 1,000 texts, model already fitted"
)

# %% [markdown]
# (The encoders were timed on ten texts of each set, on one thread of a busy machine.)
#
# A rule of thumb from these tables. Few labels, and a language that the encoder has read: pay for the encoder, and add the compressor to it, since that costs next to nothing. A language it has not read, many labels, or millions of texts per day: count.

# %% [markdown]
# ## Exercises
#
# Try each one before you open the solution. All of them are questions to the records.
#
# **1.** Which methods are dominated in seconds *and* in the size of the model, by one and the same method?
#
# <details><summary>Solution</summary>
#
# ```python
# def beats(a, b):
#     better = table[a]["accuracy"] >= table[b]["accuracy"]
#     return better and all(table[a][cost] < table[b][cost] for cost in ("seconds", "model"))
#
#
# dominated = {b: [a for a in table if beats(a, b)] for b in table}
# dominated = {b: some for b, some in dominated.items() if some}
# print(dominated)
# assert "gzip kNN" in dominated
# assert "blocks" not in dominated
# ```
# </details>
#
# **2.** You may spend one second on 1,000 texts, fit included. Which method do you take? With ten seconds?
#
# <details><summary>Solution</summary>
#
# ```python
# def best_within(seconds):
#     affordable = [method for method in table if table[method]["seconds"] <= seconds]
#     return max(affordable, key=lambda method: table[method]["accuracy"])
#
#
# print(best_within(1), best_within(10))
# assert table[best_within(10)]["accuracy"] >= table[best_within(1)]["accuracy"]
# ```
# </details>
#
# **3.** The arithmetic mean of seconds gives another ranking than the geometric one. Why, and for which method is the difference largest?
#
# <details><summary>Solution</summary>
#
# The arithmetic mean belongs to the set with the longest texts. Methods that grow faster than in proportion suffer most.
#
# ```python
# ratio = {
#     method: np.mean([seconds_of(r) for r in by_method[method].values()]) / table[method]["seconds"]
#     for method in table
# }
# print(max(ratio, key=ratio.get))
# assert min(ratio.values()) >= 1
# ```
# </details>
#
# **4.** On how many of the ten sets is `blocks` ahead of MiniLM with five texts per class? With fifty?
#
# <details><summary>Solution</summary>
#
# ```python
# sets = [name for group in LANGUAGES.values() for name in group]
# wins = {
#     shots: sum(mean_of([s], "blocks", shots) > mean_of([s], "MiniLM LR", shots) for s in sets)
#     for shots in (5, 50)
# }
# print(wins)
# assert wins[50] >= wins[5] >= 6
# ```
#
# On all that are not in English, and with fifty also on some that are.
# </details>
#
# **5.** Five draws of five texts differ by luck. How large is the spread of `blocks` on one set, and is the lead over MiniLM on `masakhanews_run` larger?
#
# <details><summary>Solution</summary>
#
# ```python
# draws = np.array(accuracies("masakhanews_run", "blocks", 5))
# rivals = np.array(accuracies("masakhanews_run", "MiniLM LR", 5))
# lead = draws - rivals
# error = lead.std(ddof=1) / len(lead) ** 0.5
# print(draws.std(ddof=1), lead.mean(), error)
# assert lead.mean() > 4 * error
# ```
#
# The draws are the same for both methods, so look at the differences draw by draw.
# </details>

# %% [markdown]
# ## To read
#
# * The project's own reports, which are made from the same records: `experiments/results/cost.md` and `when.md`.
# * R. Schwartz, J. Dodge, N. A. Smith and O. Etzioni, "Green AI", *Communications of the ACM* 63, 2020: report the cost with the accuracy.
# * E. Strubell, A. Ganesh and A. McCallum, "Energy and Policy Considerations for Deep Learning in NLP", *ACL*, 2019.
# * W. Wang and others, "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained Transformers", *NeurIPS*, 2020.
# * L. Wang and others, "Multilingual E5 Text Embeddings: A Technical Report", arXiv:2402.05672, 2024.
