"""How often the language of a text is told, how often wrongly, and what it costs.

    python benchmarks/languages.py [SHARED_DATA] [--sentences DIR]

Over the bound that the detector's answer must reach (`digest.languages.SURE`): titles with summaries of the captured
feeds, and titles alone; the same with the bound chosen on half of the feeds and scored on the others, twenty times;
and sentences that nobody looked at when the rules were made. These come from the translations of a program, a folder
with LANGUAGE/LC_MESSAGES/*.po anywhere below it: those of Django, say, in 89 languages (`pip download --no-deps
django`, unpacked).
"""

from __future__ import annotations

import argparse
import ast
import csv
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from digest import feeds, languages

BOUNDS = (0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.99)
FEW = 0.005
"""Wrong among the answers, when a bound is chosen."""
SPLITS = 20
BELIED = frozenset({"fa", "es"})
"""Of feeds that say another language."""
UNSPACED = {"zh", "ja", "th", "km", "my"}


class Text(NamedTuple):
    feed: str
    language: str
    text: str
    also: frozenset[str] = frozenset()
    """Answers that are right, too."""


class Score(NamedTuple):
    answered: float
    wrong: float
    mistakes: Counter[str]


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument(
        "data", type=Path, nargs="?", default=Path(__file__).resolve().parents[2] / "shared" / "data"
    )
    options.add_argument("--sentences", type=Path, help="a folder with translations")
    chosen = options.parse_args()
    captured = list(texts_of_feeds(chosen.data / "feeds"))
    table("captured feeds, title and summary", captured)
    table("captured feeds, title alone", [one._replace(text=one.text.partition("\n")[0]) for one in captured])
    halves(captured)
    if chosen.sentences:
        told, known = list(sentences(chosen.sentences)), languages._scripts_of()  # noqa: SLF001 - what it can answer
        table("translated sentences", told)
        table("of these in languages that can be an answer", [one for one in told if one.language in known])
    cost(captured)


def texts_of_feeds(folder: Path) -> Iterator[Text]:
    """Title and summary of each entry, under the language that the index says. Snapshots of a feed are one feed."""
    with (folder / "index.tsv").open(encoding="utf-8") as lines:
        said = {row["file"]: row["language"].rstrip("?")[:2].lower() for row in csv.DictReader(lines, delimiter="\t")}
    for name, language in said.items():
        # Without a word, words that are none, Creole, and a feed that says Kannada and is in English.
        if language and language not in {"la", "gc", "kn"}:
            parsed = feeds.parse((folder / name).read_bytes(), url="https://example.org/feed")
            for entry in parsed.entries:
                yield Text(re.sub(r"\.v\d$", "", name), language, f"{entry.title}\n{entry.summary}", BELIED)


def sentences(folder: Path) -> Iterator[Text]:
    """What a program says in other languages than English, without its variables and marks."""
    for path in sorted(folder.rglob("LC_MESSAGES/*.po")):
        language = {"nb": "no", "nn": "no"}.get(code := path.parts[-3].partition("_")[0].partition("@")[0], code)
        for found in re.finditer(
            r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            said = "".join(ast.literal_eval(line) for line in found[1].strip().splitlines())
            text = " ".join(re.sub(r"%(?:\([^)]*\))?[-#0 +.\d]*[a-zA-Z]|\{[^}]*\}|<[^>]+>|&\w+;", " ", said).split())
            long = len(text) >= 12 if language in UNSPACED else len(text) >= 40 and len(text.split()) >= 5
            if long:
                yield Text(path.name, language, text)


def score(texts: Sequence[Text], bound: float) -> Score:
    """Shares: answered of all, and wrong of the answered; and what was taken for what."""
    languages.SURE = bound
    answers = [(one, found) for one in texts if (found := languages.detect(one.text))]
    wrong = [f"{one.language} for {found}" for one, found in answers if found not in {one.language, *one.also}]
    return Score(len(answers) / len(texts), len(wrong) / max(len(answers), 1), Counter(wrong))


def table(title: str, texts: Sequence[Text]) -> None:
    spoken = Counter(one.language for one in texts)
    print(f"\n{title}: {len(texts)} texts in {len(spoken)} languages")
    print("bound  answered  wrong of these")
    for bound in BOUNDS:
        found = score(texts, bound)
        print(f"{bound:5}  {found.answered:8.1%}  {found.wrong:8.2%}")
    print("at 0.9 taken: " + ", ".join(f"{what} {n}" for what, n in score(texts, 0.9).mistakes.most_common(12)))


def halves(texts: Sequence[Text]) -> None:
    names = sorted({one.feed for one in texts})
    chosen: Counter[float] = Counter()
    scores, fixed = [], []
    for seed in range(SPLITS):
        here = set(random.Random(seed).sample(names, len(names) // 2))
        one, other = ([text for text in texts if (text.feed in here) is side] for side in (True, False))
        bound = next((bound for bound in BOUNDS if score(one, bound).wrong <= FEW), BOUNDS[-1])
        chosen[bound] += 1
        scores.append(score(other, bound))
        fixed.append(score(other, 0.9))
    print(
        f"\nchosen on half of {len(names)} feeds (the least bound with at most {FEW:.1%} wrong), scored on the others"
    )
    print("chosen: " + ", ".join(f"{bound} {times} times" for bound, times in sorted(chosen.items())))
    for name, found in (("as chosen", scores), ("always 0.9", fixed)):
        answered, wrong = (sum(values) / SPLITS for values in ([s.answered for s in found], [s.wrong for s in found]))
        print(f"{name}: {answered:.1%} answered, {wrong:.2%} of these wrong, worst {max(s.wrong for s in found):.2%}")


def cost(texts: Sequence[Text]) -> None:
    begin = time.process_time()
    for one in texts:
        languages.detect(one.text)
    print(f"\n{(time.process_time() - begin) / len(texts) * 1000:.2f} ms of CPU a text")


if __name__ == "__main__":
    main()
