"""What a topic's own past tells: a profile of the words in the reports that it found.

A report that a topic is sure of teaches it the words that go with its subject, without anybody labelling anything:
after some reports of the talks "Geneva" and "envoy" speak for them too. The profile is the sum of the vectors of
those reports (Rocchio 1971), each by its score, the older ones fading. An article's **likeness** to it is the cosine
of its vector and the profile's heaviest words, 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import itemgetter

from digest.background import Vector
from digest.model import Profile

TELLING = 60
"""So many words of a profile are compared."""
_KEPT = 150
"""So many are kept, for what may grow."""
_FADING = 0.5 ** (1 / 40)
"""A report counts half after forty others."""


def similarity(vector: Vector, profile: Profile) -> float:
    """The likeness of an article to a profile."""
    return sum(vector.get(word, 0.0) * share for word, share in telling(profile))


NOTHING_LEARNED = Profile({}, 0)


def taught(profile: Profile, vector: Vector, weight: float) -> Profile:
    """The profile after one more report. One of negative weight is an example of what is not meant."""
    sums = {word: value * _FADING for word, value in profile.words.items()}
    for word, value in vector.items():
        sums[word] = sums.get(word, 0.0) + weight * value
    if len(sums) > _KEPT:
        sums = dict(sorted(sums.items(), key=lambda each: abs(each[1]), reverse=True)[:_KEPT])
    return Profile(sums, profile.reports + (weight > 0))


def untaught(profile: Profile, vector: Vector, weight: float) -> Profile:
    """The profile as if one report had not taught it: its words are taken away at the weight that they began with.

    As that fades, and the article may have been rewritten since, it is too little rather than too much that is left.
    """
    if profile.reports < 2:
        return NOTHING_LEARNED
    left = {word: value - weight * vector.get(word, 0.0) for word, value in profile.words.items()}
    return Profile(left, profile.reports - 1)


def telling(profile: Profile) -> Iterator[tuple[str, float]]:
    """The words that are compared, each with its share in a vector of length 1, the heaviest first."""
    heaviest = sorted(profile.words.items(), key=itemgetter(1), reverse=True)[:TELLING]
    length = math.sqrt(sum(value * value for _, value in heaviest if value > 0))
    return ((word, value / length) for word, value in heaviest if value > 0)
