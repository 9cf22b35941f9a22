"""Text sampled from a language model: ``python -m benchmarks.teacher_text MODEL_DIR OUT``.

The training text of the bundled byte model must be free to distribute; a model under a free licence
writes such text. The prompts ask for short texts of many kinds on many subjects, because the byte
model is meant for short texts; other prompts are a few words to continue. Texts in which the chat
model speaks of itself are left out. Blocks are separated by an empty line and appended to OUT, so
the script can be stopped at any time and run again with another seed.
"""

from __future__ import annotations

import math
import random
import re
import time
from pathlib import Path
from typing import Any

import click
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

KINDS = (
    "a news report in three sentences, with names, places and numbers",
    "a news agency item: a headline, then two sentences that begin with the city",
    "the opening of a newspaper article",
    "an entry of an encyclopedia in four sentences",
    "the abstract of a scientific paper",
    "a message to a discussion group",
    "a product review",
    "a short letter",
    "three questions that people ask an assistant, one a line",
    "a paragraph of a novel",
    "a forum post that asks for help",
    "a page of a textbook",
)
SUBJECTS = (
    "elections; a court trial; a football match; a baseball game; a tennis final; the "
    "Olympics; cricket; basketball; a golf tournament; oil prices; the stock market; "
    "quarterly earnings; a company merger; interest rates; unemployment; an airline; a car "
    "maker; retail sales; trade talks; a software company; an internet search engine; "
    "computer viruses; mobile telephones; video games; a space probe; a telescope; stem "
    "cells; a new medicine; heart disease; cancer treatment; an infection; diabetes; "
    "vaccines; climate; a hurricane; an earthquake; wildlife; a river; a mountain village; a "
    "railway; a bridge; a school; a university; a museum; a painter; a composer; an album of "
    "songs; a film; an actor; a poet; a king; a war; a peace treaty; a hostage crisis; a "
    "bombing; police; a prison; immigration; a parliament; the United Nations; a prime "
    "minister; a president; farmers; wheat and grain exports; coffee; gold; shipping; "
    "insurance; a bank; taxes; a strike of workers; housing; a hotel; travel to Africa; a "
    "recipe; gardening; a dog; birds; insects; plants; chemistry; physics; mathematics; "
    "programming; a printer; graphics cards; cryptography; motorcycles; used cars; hockey; "
    "guns; religion; history of a town; an athlete; a racing driver; weather; love; money; "
    "friendship; the sea; a journey; a robbery; a doctor's visit; a bill to pay; a flight "
    "booking; a credit card; an alarm clock; music at home"
).split("; ")
PLACES = (
    "London; New York; Washington; Tokyo; Paris; Berlin; Moscow; Beijing; Baghdad; Jerusalem; "
    "Delhi; Sydney; Lagos; Nairobi; Kigali; Cairo; Rome; Madrid; Toronto; Chicago; San "
    "Francisco; Houston; Boston; Seoul; Mexico; Brazil; Athens; Kabul; Jakarta; a small town"
).split("; ")
STARTS = (
    "{PLACE} - ",
    "{PLACE} (",
    "{place}: {subject}",
    "The ",
    "{Subject} in {place}",
    "{Subject} ",
    "A ",
    "From: ",
    "How ",
    "I ",
    "{place}'s ",
)
CONTINUED = 0.6
CHATTER = re.compile(r"\b(AI|assistant|[Ii]n conclusion|[Hh]ere('s| is))\b")
CANDIDATES = 64
BLANK_LINES = re.compile(r"\n\s*\n")


@click.command()
@click.argument("model_dir", type=click.Path(exists=True, file_okay=False))
@click.argument("out", type=click.Path(dir_okay=False))
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--batch", default=96, show_default=True)
@click.option("--tokens", default=200, show_default=True, help="Largest number of tokens per text.")
@click.option("--temperature", default=0.9, show_default=True)
@click.option(
    "--min-p",
    default=0.05,
    show_default=True,
    help="Least probability of a token, as a share of the likeliest token's.",
)
@click.option("--seed", default=0, show_default=True)
@click.option("-j", "--threads", default=1, show_default=True)
def main(
    model_dir: str,
    out: str,
    minutes: float,
    batch: int,
    tokens: int,
    temperature: float,
    min_p: float,
    seed: int,
    threads: int,
) -> None:
    """Sample texts from the chat model in MODEL_DIR and append them to OUT."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    draw = random.Random(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer: Any = AutoTokenizer.from_pretrained(model_dir, padding_side="left")
    tokenizer.pad_token = tokenizer.eos_token
    model: Any = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.bfloat16)
    model.eval().to(device)
    start, written = time.monotonic(), 0
    while time.monotonic() - start < 60 * minutes:
        drawn = [_prompt(draw) for _ in range(batch)]
        prompts = tokenizer([prompt for prompt, _ in drawn], return_tensors="pt", padding=True)
        rows = _sample(model, prompts.to(device), tokens, temperature, min_p)
        texts = tokenizer.batch_decode(rows, skip_special_tokens=True)
        texts = [start + text for (_, start), text in zip(drawn, texts, strict=True)]
        blocks = [BLANK_LINES.sub("\n", text.strip()) for text in texts if not CHATTER.search(text)]
        with Path(out).open("a", encoding="utf-8") as file:
            written += file.write("".join(block + "\n\n" for block in blocks if block))
        seconds = time.monotonic() - start
        click.echo(f"{written:,} characters, {written / seconds:.0f} per second", err=True)


@torch.inference_mode()
def _sample(model: Any, prompts: Any, tokens: int, temperature: float, min_p: float) -> Any:
    """Return sampled tokens, one row per prompt, padded with the end token."""
    ids, mask = prompts["input_ids"], prompts["attention_mask"]
    end, cache, drawn = model.config.eos_token_id, DynamicCache(config=model.config), []
    ended = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    for _ in range(tokens):
        positions = mask.cumsum(1)[:, -ids.shape[1] :] - 1
        output = model(
            ids,
            attention_mask=mask,
            position_ids=positions.clamp(min=0),
            past_key_values=cache,
            logits_to_keep=1,
        )
        # Only the likeliest tokens can pass `min_p`, and noise for few tokens is drawn quickly.
        logits, likely = output.logits[:, -1].float().topk(CANDIDATES)
        logits = logits / temperature
        logits[logits < logits[:, :1] + math.log(min_p)] = -math.inf
        noise = -torch.empty_like(logits).exponential_().log()
        chosen = likely.gather(1, (logits + noise).argmax(1, keepdim=True))[:, 0]
        chosen = torch.where(ended, end, chosen)
        drawn.append(chosen)
        ended |= chosen == end
        if ended.all():
            break
        ids, mask = chosen[:, None], torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
    return torch.stack(drawn, 1)


def _prompt(draw: random.Random) -> tuple[str, str]:
    """Return a prompt, and the part of it that belongs to the text."""
    subject, place = draw.choice(SUBJECTS), draw.choice(PLACES)
    if draw.random() < CONTINUED:
        start = draw.choice(STARTS).format(
            place=place, PLACE=place.upper(), subject=subject, Subject=subject.capitalize()
        )
        return "<|endoftext|>" + start, start
    wish = f"Write {draw.choice(KINDS)}, about {subject}, in {place}."
    return (
        f"<|im_start|>user\n{wish} Write only the text itself, no title and no comment."
        "<|im_end|>\n<|im_start|>assistant\n"
    ), ""


if __name__ == "__main__":
    main()
