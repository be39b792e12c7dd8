"""Grouping articles into stories."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, NOW, article

from digest.model import Article
from digest.stories import group, keys, normalised

LINK = "https://wire.example/2026/talks"


def test_articles_with_one_link_are_one_story() -> None:
    grouping = group([article(1, "Talks in Doha", canonical=LINK), article(2, "Other words", canonical=LINK)], {})
    assert grouping.members == {1: -1, 2: -1}
    assert grouping.new == 1


def test_articles_with_one_title_are_one_story_whatever_its_case_accents_and_outlet() -> None:
    titles = [
        "Türkiye and Syria hold talks",
        "TURKIYE and Syria: hold talks!",
        "Türkiye and Syria hold talks - The Daily",
    ]
    grouping = group([article(n, title) for n, title in enumerate(titles)], {})
    assert len(set(grouping.members.values())) == 1


def test_different_events_are_different_stories() -> None:
    grouping = group([article(1, "Talks begin in Doha", canonical=LINK), article(2, "Bank raises its rate")], {})
    assert grouping.members == {1: -1, 2: -2}


def test_an_article_joins_the_stored_story_with_its_link_or_title() -> None:
    stored = {f"link {LINK}": (7, NOW - 30 * DAY)}
    assert group([article(1, canonical=LINK)], stored).members == {1: 7}


def test_the_oldest_of_several_stored_stories_takes_the_article() -> None:
    one = article(1, "Talks begin in Doha", canonical=LINK)
    stored = {f"link {LINK}": (9, NOW), "title talks begin in doha": (7, NOW)}
    grouping = group([one], stored)
    assert grouping.members == {1: 7}
    assert {key: value[0] for key, value in grouping.keys.items()} == {f"link {LINK}": 7}


@pytest.mark.parametrize("days, joined", [(2, True), (4, False)])
def test_a_title_stands_for_the_same_event_for_three_days(days: int, *, joined: bool) -> None:
    stored = {"title the weather of tomorrow": (7, NOW - days * DAY)}
    grouping = group([article(1, "The weather of tomorrow")], stored)
    assert (grouping.members[1] == 7) is joined
    assert grouping.keys["title the weather of tomorrow"] == (7 if joined else -1, NOW)


@pytest.mark.parametrize("title", ["Live", "Update", "Weather", ""])
def test_a_title_that_says_nothing_groups_nothing(title: str) -> None:
    assert keys(article(1, title)) == ()
    assert group([article(1, title), article(2, title)], {}).new == 2


def test_a_copy_of_each_kind_is_one_story_in_every_order() -> None:
    wire = article(1, "Syria and Turkey hold talks", canonical=LINK)
    same_title = article(2, "Syria and Turkey hold talks", canonical="https://copy.example/a")
    same_link = article(3, "Ministers sit down together", canonical=LINK)
    for order in permutations([wire, same_title, same_link]):
        assert len(set(group(order, {}).members.values())) == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12), st.randoms(use_true_random=False))
def test_grouping_is_the_same_in_every_order_and_shares_no_key_between_stories(
    made: list[tuple[int, int]], random: object
) -> None:
    batch = [
        article(n, f"Event number {title} of the week", canonical=f"https://x.example/{link}")
        for n, (title, link) in enumerate(made)
    ]
    shuffled: list[Article] = list(batch)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = group(batch, {}), group(shuffled, {})
    assert one == other
    assert set(one.members) == {a.id for a in batch}
    for a in batch:
        for b in batch:
            if set(keys(a)) & set(keys(b)):
                assert one.members[a.id] == one.members[b.id]


@pytest.mark.parametrize(
    "title, plain",
    [
        ("Talks begin | Reuters", "talks begin"),
        ("Talks begin at last | Reuters", "talks begin at last"),
        ("Straße — gesperrt", "strasse gesperrt"),
        ("Coup d'État", "coup d etat"),
    ],
)
def test_normalised_titles(title: str, plain: str) -> None:
    assert normalised(title).startswith(plain)
