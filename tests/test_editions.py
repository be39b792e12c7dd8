"""Composing: what an edition holds, in which order, and why the rest is not in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, HOUR, NOW, article, newsletter, story, verdict

from digest import editions
from digest.editions import Brief
from digest.model import Candidate, DueSubscription, Edition, Matched, Story


def brief(max_stories: int = 20, when_empty: str = "skip", language: str = "en") -> Brief:
    return Brief(
        newsletter=newsletter(max_stories=max_stories, when_empty=when_empty),
        topics=(("talks", "Syria Turkey talks"), ("pkk", "PKK")),
        language=language,
        timezone="Europe/Istanbul",
        slot_at=NOW,
        composed_at=NOW,
    )


def compose(*stories: Story, max_stories: int = 20, language: str = "en") -> Edition:
    edition, _ = editions.compose(brief(max_stories, language=language), stories)
    assert edition is not None
    return edition


def due(*, last_slot_at: datetime | None, next_due_at: datetime = NOW) -> DueSubscription:
    return DueSubscription(
        id=1,
        subscriber_id=1,
        address="amal@example.org",
        newsletter="middle-east",
        schedule="daily 07:30",
        timezone="UTC",
        language="en",
        topics=("talks",),
        created_at=NOW - 9 * DAY,
        last_slot_at=last_slot_at,
        next_due_at=next_due_at,
    )


def test_a_new_subscription_begins_with_the_last_day() -> None:
    assert editions.floor(due(last_slot_at=None)) == NOW - 10 * DAY


def test_a_window_reaches_some_days_behind_the_last_slot() -> None:
    assert editions.floor(due(last_slot_at=NOW - DAY)) == NOW - DAY - editions.OVERLAP


def test_a_last_slot_in_the_future_does_not_move_the_window_ahead() -> None:
    """A clock that ran ahead has written it."""
    assert editions.floor(due(last_slot_at=NOW + 300 * DAY)) == NOW - editions.OVERLAP


def test_candidates_are_matches_of_the_topics_in_the_window_that_were_not_sent() -> None:
    candidates = [
        Candidate(story_id=1, topic_id="talks", matched_at=NOW),
        Candidate(story_id=2, topic_id="talks", matched_at=NOW - 2 * HOUR),
        Candidate(story_id=3, topic_id="football", matched_at=NOW),
        Candidate(story_id=4, topic_id="talks", matched_at=NOW),
    ]
    assert editions.eligible(candidates, ["talks"], NOW - HOUR, {4}) == {1}


def test_an_edition_gives_only_the_reasons_of_its_topics() -> None:
    one = article(1)
    both = Story(
        id=1,
        articles=(one,),
        matches=tuple(Matched(article=one, verdict=verdict(t), matched_at=NOW) for t in ("talks", "football")),
    )
    [narrowed] = editions.narrowed([both], ["talks"])
    assert [match.verdict.topic_id for match in narrowed.matches] == ["talks"]


def test_the_best_score_comes_first_then_the_newest() -> None:
    def of(number: int, score: float, age: timedelta) -> Story:
        one = article(number, f"Story {number}", published_at=NOW - age)
        match = Matched(article=one, verdict=verdict(score=score), matched_at=NOW)
        return Story(id=number, articles=(one,), matches=(match,))

    edition = compose(of(1, 0.5, HOUR), of(2, 0.9, HOUR), of(3, 0.9, 20 * HOUR))
    assert [s.story_id for s in edition.stories] == [2, 3, 1]


def test_more_outlets_lift_a_story() -> None:
    many = story(1, *(article(n, feed_id=n) for n in range(1, 5)))
    assert [s.story_id for s in compose(story(2), many).stories] == [1, 2]


def test_what_is_over_the_cap_is_left_out_with_the_reason_and_counted() -> None:
    edition, left_out = editions.compose(brief(max_stories=2), [story(n) for n in range(1, 6)])
    assert edition is not None
    assert (len(edition.stories), edition.left_out) == (2, 3)
    assert set(left_out) == {1, 2, 3, 4, 5} - {s.story_id for s in edition.stories}
    assert all(why.startswith("cap") for why in left_out.values())


def test_an_empty_edition_exists_only_where_it_is_wanted() -> None:
    assert editions.compose(brief(), []) == (None, {})
    edition, _ = editions.compose(brief(when_empty="send"), [])
    assert edition is not None
    assert edition.stories == ()


def test_the_leading_article_is_in_the_readers_language_then_best_then_earliest() -> None:
    turkish = article(1, "Görüşmeler", language="tr", feed_id=1)
    late = article(2, "Talks late", published_at=NOW - HOUR, feed_id=2)
    early = article(3, "Talks early", published_at=NOW - 2 * HOUR, feed_id=3)
    told = story(1, turkish, late, early)
    assert compose(told).stories[0].title == "Talks early"
    assert compose(told, language="tr").stories[0].title == "Görüşmeler"


def test_other_outlets_are_named_once_each() -> None:
    told = story(
        1,
        article(1, feed_id=1),
        article(2, feed_id=2, feed_name="Post"),
        article(3, feed_id=2),
        article(4, feed_id=1),
    )
    [shown] = compose(told).stories
    assert [report.outlet for report in shown.reports] == ["Post"]


def test_a_reason_names_the_topic_and_each_word_once() -> None:
    one = article(1)
    match = Matched(article=one, verdict=verdict(words=("Syria", "talks", "Syria")), matched_at=NOW)
    [shown] = compose(Story(id=1, articles=(one,), matches=(match,))).stories
    assert [(r.topic_name, r.words) for r in shown.reasons] == [("Syria Turkey talks", ("Syria", "talks"))]


def test_a_date_in_the_future_is_told_as_the_time_of_first_sight() -> None:
    [shown] = compose(story(1, article(1, published_at=NOW + 30 * DAY))).stories
    assert shown.published_at == NOW


def test_a_summary_is_made_from_the_text_where_there_is_none_and_kept_short() -> None:
    [shown] = compose(story(1, article(1, text="word " * 500))).stories
    assert 0 < len(shown.summary) <= editions.SUMMARY_LENGTH


@pytest.mark.parametrize(
    "title, summary, text, shown",
    [
        ("Talks resume", "Talks resume", "", ""),
        ("Talks resume", "TALKS RESUME.", "", ""),
        ("Zürich talks resume", "ZURICH talks", "", ""),
        ("Talks resume in Geneva", "Talks resume in…", "", ""),
        ("Talks resume - The Herald", "Talks resume  The Herald", "", ""),
        ("会谈恢复", "会谈恢复", "", ""),
        ("Talks resume", "Talks resume", "Talks resume. The envoys met.", "Talks resume. The envoys met."),
        ("Talks resume", "Talks resume in Geneva.", "", "Talks resume in Geneva."),
        ("会谈恢复", "会谈恢复 特使在日内瓦会面。", "", "会谈恢复 特使在日内瓦会面。"),
        ("Talks resume", "Envoys met.", "", "Envoys met."),
        ("Talks resume", "🎉", "", "🎉"),
    ],
)
def test_a_summary_that_only_says_the_title_again_is_left_out(
    title: str, summary: str, text: str, shown: str
) -> None:
    [told] = compose(story(1, article(1, title, summary=summary, text=text))).stories
    assert told.summary == shown


def test_who_gets_the_same_is_one_audience_and_who_does_not_is_another() -> None:
    one = editions.audience(brief(), [story(1), story(2)])
    assert one == editions.audience(brief(), [story(1), story(2)])
    assert one != editions.audience(brief(), [story(1)])
    assert one != editions.audience(brief(language="tr"), [story(1), story(2)])
    assert one != editions.audience(replace(brief(), timezone="UTC"), [story(1), story(2)])


def test_an_edition_survives_the_store() -> None:
    edition = compose(story(1, article(1, "Türkiye “talks” 🕊", link="https://x.example/?a=1&b=2")), story(2))
    assert editions.from_json(editions.to_json(edition)) == edition


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"topics": [1], "stories": []}', '{"stories": [{}]}'])
def test_what_is_no_edition_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        editions.from_json(text)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 72), st.integers(1, 4)), max_size=12),
    st.integers(1, 5),
    st.randoms(use_true_random=False),
)
def test_an_edition_is_the_same_in_whatever_order_its_stories_come(
    made: list[tuple[float, int, int]], cap: int, random: object
) -> None:
    def of(number: int, score: float, hours: int, outlets: int) -> Story:
        members = [
            article(number * 10 + n, f"Story {number}", feed_id=n, published_at=NOW - hours * HOUR)
            for n in range(outlets)
        ]
        match = Matched(article=members[0], verdict=verdict(score=score), matched_at=NOW)
        return Story(id=number, articles=tuple(members), matches=(match,))

    stories = [of(number, *each) for number, each in enumerate(made, start=1)]
    shuffled = list(stories)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, left = editions.compose(brief(max_stories=cap), stories)
    other, also_left = editions.compose(brief(max_stories=cap), shuffled)
    told = [s.story_id for s in one.stories] if one else []
    assert told == ([s.story_id for s in other.stories] if other else [])
    assert left == also_left
    assert sorted([*told, *left]) == [s.id for s in stories]
