# %% [markdown]
# # A network that writes, and how far it is from the best possible
#
# Train a character model, let it write, and judge it in bits against counting and against its source's entropy.
#
# ## What you will be able to do
#
# - turn any text into training data, without leaking the test into it;
# - train a character model and write with it: train, seed, predict, feed back, repeat;
# - say in bits per character, or in perplexity, how good it is, against what, and in which context;
# - do all of it with a text of your own.
#
# **Time:** about 75 minutes. **You need:** lesson 05 (LSTM) and lesson 07 (truncated backpropagation,
# carried state).

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from rnncourse import plots, training

plots.use_style()
SEED = 0

# %% [markdown]
# ## The question
#
# A network that has read a text can say which character is likely to come next. Ask it again and
# again, each time handing it its own last answer, and it writes. How would you know whether it
# writes *well*? Looking at the output is not enough: you need a number, something simple to beat,
# and the knowledge of how good anyone could be. This lesson gives you all three.
#
# To read another text, change the first line of the next cell, and nothing else: `"python-docs"`,
# `"stdlib"`, or the path of a file of your own.

# %%
TEXT = "harbour"

from rnncourse.data.text import Vocabulary, load, split

corpus = load(TEXT, size=400_000, seed=SEED)
print(corpus.source)
print(corpus.text[:400])

# %% [markdown]
# `harbour` is a source of small stories written for this course. A grammar draws them at random,
# so you never run out of them, and the grammar's probabilities are known, so the best possible
# score is known too. No real text offers that.
#
# ## A text is a row of numbers
#
# The *vocabulary* is the list of the $V$ different characters. Each character becomes its place
# in that list, its *token*, so that a text is a row of whole numbers $x_1, x_2, \dots$ from 0 to
# $V - 1$. Before anything else, the text is cut into three parts: one to learn
# from, one to choose by (*validation*), one to report on (*test*). They are contiguous pieces:
# sentences drawn at random would leave each test sentence between two training sentences.

# %%
vocab = Vocabulary.of(corpus.text)
parts = split(corpus.text, (0.9, 0.05, 0.05))
train, valid, test = (torch.as_tensor(vocab.encode(part)) for part in parts)
V = len(vocab)
print(f"V = {V} characters; {len(train)} to learn from, {len(valid)} and {len(test)} held out")
print(corpus.text[:8], "->", train[:8].tolist())

# %% [markdown]
# ## The answer is the question, one step later
#
# What should follow character $t$? Character $t+1$. So inputs and targets are one row of tokens,
# read twice: the targets start one place further on. To learn from many places at once, the row
# is cut into $B$ streams which the network reads side by side, $T$ characters at each step of the
# training. A batch is two arrays of shape $(T, B)$, time first.

# %%
from rnncourse.training import stateful_batches

x, y = next(stateful_batches(train, batch=32, chunk=64))
print("x", tuple(x.shape), " y", tuple(y.shape))
print("stream 0 reads   ", repr(vocab.decode(x[:24, 0].numpy())))
print("stream 0 predicts", repr(vocab.decode(y[:24, 0].numpy())))
assert torch.equal(x[1:], y[:-1])

# %% [markdown]
# The next batch goes on where this one stops, in every stream. That is what lets the state be
# carried from batch to batch (lesson 07): the network has always read the whole text so far.
#
# ## A good model is short of surprise
#
# The model gives every possible next character a probability. Write $p(x_t \mid x_1, \dots, x_{t-1})$
# for the one that it gives $x_t$ when it has read what stands before. When the true character gets
# probability $p$, its *surprise* is $-\log_2 p$ bits: 0 when the model was sure, 1 for a coin
# toss, 10 for one in a thousand. The mean over a text of $N$ characters,
#
# $$\text{bits per character} = -\frac{1}{N}\sum_{t=1}^{N} \log_2 p(x_t \mid x_1, \dots, x_{t-1}),$$
#
# is also the length of the best code the model allows (Shannon 1948). PyTorch's cross-entropy
# uses $\ln$ and gives *nats*; one bit is $\ln 2 \approx 0.693$ nats. The *perplexity*,
# $2^{\text{bits}}$, is the number of faces of a fair die that is as hard to guess.

# %%
from rnncourse.metrics import bits_per_character, perplexity

blind = np.log(V)
print(f"knowing nothing: {bits_per_character(blind):.2f} bits, perplexity {perplexity(blind):.0f}")
if corpus.entropy_rate:
    print(f"knowing the grammar: {corpus.entropy_rate:.3f} bits per character")

# %% [markdown]
# The second figure is the *entropy rate* of the source. It is computed from the grammar, and no
# model of any kind can stay below it on a long text: what the grammar leaves to chance cannot be known.
#
# ## Counting is a strong baseline
#
# Before any network, count. An *$n$-gram model* looks at the last $n-1$ characters and predicts
# what followed them in the training text; where it has seen little, it mixes in what followed the
# last $n-2$, and so on down (here by the rule of Kneser and Ney).
#
# **Guess first:** does looking further back always help?

# %%
from rnncourse.ngrams import KneserNey

orders = list(range(1, 11))
counted = [KneserNey(n).fit(train.numpy(), V) for n in orders]
ngram = [table.bits_per_character(test.numpy()) for table in counted]
memory = [table.bits_per_character(train[:20_000].numpy()) for table in counted]
best = min(ngram)
print("n   ", *[f"{n:5d}" for n in orders])
print("bits", *[f"{bits:5.2f}" for bits in ngram])

# %%
# alt: Bits per character against n. On the training text the line keeps falling; on the test text it stops falling near n = 8 and stays above the entropy rate.
fig, ax = plt.subplots()
plots.lines(ax, {"on the test text": ngram, "on the text it counted": memory}, x=orders)
if corpus.entropy_rate:
    plots.reference(ax, corpus.entropy_rate, "best possible", where=0.3, side="below")
ax.set(xlabel="n: characters looked at, the new one included", ylabel="bits per character", ylim=(0.2, None),
       title="A longer context stops helping, except by memory")
plt.show()

# %% [markdown]
# Read the upper line first: a network that does not beat its lowest point has learnt less than a
# table. Then the gap: a score on text that was learnt from measures memory. Such *leakage* also
# hides in subtler forms, for example in a text that repeats itself.

# %%
from rnncourse.data.text import repeated

assert memory[-1] < best - 0.1
share = repeated(parts[0], parts[2], length=100)
print(f"{share:.1%} of the test text lies in passages of 100 characters seen in training")

# %% [markdown]
# ## Five steps write a text
#
# The model is the LSTM of lesson 05 between two tables. An *embedding* gives each character a
# vector of $D$ numbers, the LSTM turns them into a state $h_t$ of $H$ numbers, and the output
# layer scores the $V$ characters: $\text{logits}_t = h_t W_y + b_y$ $(B, V)$, with $W_y$ $(H, V)$ and
# $b_y$ $(V,)$. The softmax of the scores is $p(x_{t+1} \mid x_1, \dots, x_t)$.

# %%
from rnncourse.models import CharModel

torch.manual_seed(SEED)
model = CharModel(V, kind="lstm", hidden=256)
logits, state = model(x)
print("logits", tuple(logits.shape), "= (T, B, V)")

# %% [markdown]
# To write with it: **train** it, **seed** it with a beginning, **predict** the next character,
# **feed back** the one you drew, **repeat**. Four of the five are these lines; the state is what
# carries everything read so far.

# %%
def write(model, beginning, length, rng):
    """Continue `beginning` by `length` characters, each drawn as the model predicts."""
    written = list(vocab.encode(beginning))
    logits, state = model(torch.tensor(written)[:, None])               # seed
    for _ in range(length):                                              # repeat
        p = torch.softmax(logits[-1, 0].double(), dim=0).detach().numpy()     # predict
        written.append(rng.choice(V, p=p))
        logits, state = model(torch.tensor([[written[-1]]]), state)     # feed back
    return vocab.decode(written)


beginning = parts[2][:8]
print(write(model, beginning, 150, np.random.default_rng(SEED)))

# %% [markdown]
# Untrained, it draws noise: every character is about as likely as any other. The missing step is
# the first.
#
# ## Half a minute of reading beats every table
#
# Training minimises the mean surprise by truncated backpropagation with the state carried, as in
# lesson 07. Every hundred steps the run stops to measure itself on the validation text and to
# write a little.
#
# **Guess first:** you saw the best the tables can do. Does the network get below it in half a
# minute, and how close to the best possible?

# %% tags=["nbval-ignore-output"]
from rnncourse.training import Recipe, evaluate

samples = {}


def watch(history):
    samples[len(history.losses)] = write(model, beginning, 200, np.random.default_rng(SEED))


recipe = Recipe(steps=800, batch=32, chunk=64, rate=1.2e-2, interval=100, seed=SEED)
history = training.train(model, train, recipe, valid_tokens=valid, watch=watch)
trained = bits_per_character(evaluate(model, test, streams=16))

# %%
# alt: The validation curve falls below the line of the best n-gram after a few hundred steps and ends just above the best possible.
fig, ax = plt.subplots()
ax.plot(history.steps, np.array(history.losses) / np.log(2), color="0.8", label="each batch")
ax.plot(history.valid_steps, np.array(history.valid) / np.log(2), "o-", label="validation")
plots.reference(ax, best, "best n-gram")
if corpus.entropy_rate:
    plots.reference(ax, corpus.entropy_rate, "best possible", side="below")
ax.set(xlabel="steps of training", ylabel="bits per character", ylim=(0.4, 2.4),
       title="The network passes the table and nears the source")
ax.legend(loc="upper center")
plt.show()

# %% tags=["nbval-ignore-output"]
print(f"best n-gram {best:.2f}, this network {trained:.2f} bits per character on the test text")

# %%
if corpus.entropy_rate:                               # harbour; of another text you cannot know
    assert trained < 0.97 * best
    assert corpus.entropy_rate < trained < 1.5 * corpus.entropy_rate

# %% [markdown]
# The network is below every table, and above the source, where it must stay. It can use what lies
# further back than a table looks: a name that decides *he* or *she*, a quotation that is still open.
#
# ## What is learnt, in order: letters, words, sentences
#
# The same beginning and the same random draws, continued during the training:

# %% tags=["nbval-ignore-output"]
for step in (100, 300, 800):
    print(f"--- after {step} steps ---\n{samples[step]}\n")

# %% [markdown]
# How much of it is made of real words? A number again: the share of written words that stand
# somewhere in the training text.

# %%
import re


def real_words(text):
    known = set(re.findall(r"[A-Za-z]+", parts[0]))
    words = re.findall(r"[A-Za-z]+", text)
    return np.mean([word in known for word in words])


shares = [real_words(samples[step]) for step in (100, 800)]
assert shares[0] < shares[1]
if corpus.entropy_rate:
    assert shares[0] < 0.8 and shares[1] > 0.9

# %% [markdown]
# ## A state that is thrown away costs bits
#
# The score above carries the state through the whole test text. Set it back to zero every $k$
# characters, as a model that reads fixed windows does, and the network starts blind each time.
#
# **Guess first:** what does a reset every 16 characters cost? Every 256?

# %%
every = [4, 16, 64, 256]
reset = [bits_per_character(evaluate(model, test, reset_every=k)) for k in every]
assert all(np.diff(reset) < 0) and reset[-1] > trained

# %%
# alt: Bits per character fall as the state is reset less often, and are lowest when it is carried.
fig, ax = plt.subplots()
ax.plot(every, reset, "o-", label="state reset")
plots.reference(ax, trained, "state carried", side="below")
plots.reference(ax, best, "best n-gram")
ax.set(xscale="log", xlabel="characters between two resets", ylabel="bits per character", ylim=(0.5, None),
       title="The same network, with its past and without")
ax.set_xticks(every, every)
ax.minorticks_off()
ax.legend()
plt.show()

# %% [markdown]
# One network, several scores: a figure in bits means nothing without its context policy. Reset
# often enough, it falls behind the table, though not one weight has changed.
#
# ## Writing costs the same at every character
#
# The state after character $t$ holds all the network knows of the first $t$ characters. So the
# next prediction needs one step, however long the text. Running the whole text again gives the
# same scores, to rounding, and costs $t$ steps: for a thousand characters, half a million steps
# instead of a thousand.

# %%
ids = test[:200][:, None]
again, _ = model(ids)                                # the whole text at once
state, one_by_one = None, []
for t in range(len(ids)):
    logits, state = model(ids[t:t + 1], state)       # one step, with the state carried
    one_by_one.append(logits[0])
assert torch.allclose(torch.stack(one_by_one), again, atol=1e-4)

# %% [markdown]
# The package's `generate` does the same, with a choice of ways to draw (lesson 09), and in NumPy,
# where the loop is several times faster. It gives the same text for the same random numbers.

# %%
from rnncourse.generate import NumpyGenerator, generate

slow = generate(model, vocab, beginning, 100, rng=np.random.default_rng(SEED))
fast = NumpyGenerator(model, vocab).generate(beginning, 100, rng=np.random.default_rng(SEED))
assert fast == slow

# %% [markdown]
# ## A model trained longer is at hand
#
# The package ships a larger network, trained for longer by the same recipe on `harbour` and
# `python-docs`. It writes at once, in both styles, depending on how you begin.

# %%
from rnncourse import checkpoint

shipped = checkpoint.load("harbour-docs")
writer = NumpyGenerator(shipped.model, shipped.vocab)

# %% tags=["nbval-ignore-output"]
for start in ("At dawn Klara took the ", "The for statement is used to "):
    print(start + writer.generate(start, 300, rng=np.random.default_rng(SEED)), "\n")

# %% [markdown]
# On stories it has never seen, from a seed of their own, the longer training takes it from the
# scores above to within a tenth of the best possible.

# %%
fresh = load("harbour", size=50_000, seed=SEED + 1000)
tokens = torch.as_tensor(shipped.vocab.encode(fresh.text))
patient = bits_per_character(evaluate(shipped.model, tokens, streams=4))
assert fresh.entropy_rate < patient < 1.15 * fresh.entropy_rate

# %% [markdown]
# `python-docs` is real text, the half megabyte behind Python's `help()`, and its entropy rate is
# known to nobody. There tables are the only measure. The network was not trained on the last tenth.
#
# **Guess first:** tables that look at 6 and at 10 characters, and the network. In which order?

# %%
docs = load("python-docs").text
known = set(shipped.vocab.chars)                     # another Python's docs may hold a stranger
learnt, held_out = split("".join(c for c in docs if c in known), (0.9, 0.1))
a, b = shipped.vocab.encode(learnt), shipped.vocab.encode(held_out)
tables = {n: KneserNey(n).fit(a, len(shipped.vocab)).bits_per_character(b) for n in (6, 10)}
net = bits_per_character(evaluate(shipped.model, torch.as_tensor(b), streams=4))
copied = repeated(learnt, held_out, length=50)
assert net < 0.96 * tables[6] and tables[10] < tables[6] and copied > 0.1

# %% tags=["nbval-ignore-output"]
print(f"6-gram {tables[6]:.2f}, 10-gram {tables[10]:.2f}, network {net:.2f} bits per character")
print(f"{copied:.0%} of the held-out tenth lies in passages of 50 characters seen in training")

# %% [markdown]
# The long table comes close, and the second line says why: reference text repeats itself, and a
# table that looks at ten characters copies what it has read. Here is leakage that no split by
# place prevents. Measure it before you praise a score, your own network's included.

# %% [markdown]
# ## Now your own text
#
# Change `TEXT` in the second cell to a path, for example `"my_letters.txt"`, and run all cells.
# 100 KB of text is a start, 400 KB is what the lesson reads at most (`size`). There is no entropy
# rate then, and the line to beat is the table's: the print below the learning curve tells you
# whether the network did. `python-docs` is hard to beat in half a minute, as you now know why. If
# the network stays above the line while its validation curve still falls, give it more `steps`. If the
# curve turns up again, it learns your text by heart: fewer steps, or more text.
#
# ## Common mistakes
#
# - **Targets not shifted**, or shifted the wrong way. The loss goes to zero within seconds, since
#   the answer is in the input; the text it writes repeats one character.
# - **The state fed back, the character not** (or the reverse). Scores stay plausible and the text
#   does not hang together.
# - **Dropout left on** while writing or measuring: call `model.eval()`. `generate` and `evaluate`
#   do it for you.
# - **A score on text that was trained on**, or a table fitted on the test text. Both look like
#   progress.
# - **Nats called bits**, or perplexity per character compared with perplexity per word.
# - **No baseline.** A falling loss curve shows that something is learnt, not that it is more than
#   counting learns.
#
# ## Summary
#
# - Predict the next character, draw it, feed it back with the state: that is a text generator.
# - Its measure is bits per character on text it never saw, between the best table above it and
#   the source's entropy rate below it.
# - The carried state is what it has and a table has not: it is worth bits, and it makes each
#   character cost the same.
#
# ## Exercises
#
# The graded exercises of this lesson, in `exercises/`, will ask for the shifted targets, both
# measures, and a writer that carries its state.
#
# ## Quiz
#
# The questions of this lesson will ask about the five steps, perplexity, baselines and leakage.
#
# ## Sources
#
# - C. E. Shannon, *A Mathematical Theory of Communication*, Bell System Technical Journal 27,
#   1948: entropy rate and optimal codes.
# - S. F. Chen and J. Goodman, *An Empirical Study of Smoothing Techniques for Language Modeling*,
#   Computer Speech and Language 13, 1999: the Kneser-Ney rule and its relatives.
# - I. Sutskever, J. Martens and G. Hinton, *Generating Text with Recurrent Neural Networks*,
#   ICML 2011.
# - A. Graves, *Generating Sequences With Recurrent Neural Networks*, 2013, arXiv 1308.0850.
# - A. Karpathy, J. Johnson and L. Fei-Fei, *Visualizing and Understanding Recurrent Networks*,
#   2015, arXiv 1506.02078.
#
# ## Where to go next
#
# The model is trained; how it draws is still yours to choose. Try
# `generate(..., choose=decoding.choose(temperature=0.5))` with `from rnncourse import decoding`.
# The lesson on decoding, which comes next in the course, is about nothing else.
