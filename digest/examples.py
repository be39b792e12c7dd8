"""What an operator's examples change: a topic's profile, its cut and how much each sign of the score counts for it.

An operator shows some reports that a topic should find and some that it should not. The first are taught into its
profile, the second with a negative weight (Rocchio 1971). Besides, an article goes with the example that it is most
like (`Leaning.resemblance`). The weights of the score are the same for all topics; for this one they are moved as far
as its examples ask for and no further: a logistic regression on the examples, in which the common weights are what is
believed beforehand (the maximum a posteriori under a normal prior). One or two examples move little, so that no topic
is made to fit a chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import itemgetter

from digest.background import Vector
from digest.model import Article, Profile
from digest.profiles import NOTHING_LEARNED, taught
from digest.scoring import Leaning, Signs, contributions


@dataclass(frozen=True, kw_only=True, slots=True)
class Examples:
    """Articles that an operator has labelled for a topic."""

    right: tuple[Article, ...]
    wrong: tuple[Article, ...]


RIGHT = 3.0
"""An example weighs as much as three reports that the topic found by itself."""
WRONG = -0.5
_STEPS = 60
_STIFF_BASE = 6.0
"""How strongly it is believed that the cut is right as it is, and ..."""
_STIFF = 40.0
"""... that the weights are: so few examples tell little of which sign misleads."""


def profile_of(shown: Iterable[tuple[Vector, bool]]) -> Profile:
    """What a topic has learned when it has been shown this: what each example is about, and whether it is meant.

    What is meant comes first, in the order given, since what is taught fades.
    """
    profile = NOTHING_LEARNED
    for vector, meant in sorted(shown, key=itemgetter(1), reverse=True):
        profile = taught(profile, vector, RIGHT if meant else WRONG)
    return profile


def leaning(points: Sequence[tuple[Signs, bool]]) -> Leaning:
    """How the weights are moved for a topic, from the signs of its examples and whether each should match.

    Found by Newton's method, coordinate by coordinate: the function is convex.
    """
    if not points:
        return Leaning()
    rows = [(1.0, *(getattr(signs, name) or 0.0 for name in _NAMES)) for signs, _ in points]
    labels = [1.0 if wanted else 0.0 for _, wanted in points]
    sums = [sum(contributions(signs).values()) for signs, _ in points]
    stiff = [_STIFF_BASE, *[_STIFF] * len(_NAMES)]
    moved = [0.0] * len(stiff)
    for _ in range(_STEPS):
        for at, belief in enumerate(stiff):
            slope, bend = belief * moved[at], belief
            for row, label, value in zip(rows, labels, sums, strict=True):
                likely = 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
                slope += (likely - label) * row[at]
                bend += likely * (1 - likely) * row[at] * row[at]
            step = -slope / bend
            moved[at] += step
            sums = [value + step * row[at] for value, row in zip(sums, rows, strict=True)]
    return Leaning(moved[0], dict(zip(_NAMES, moved[1:], strict=True)))


_NAMES = tuple(each.name for each in fields(Signs))
