"""`explain`: why an article is in a digest, or the first reason why it is not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from records import DAY, HOUR, NOW, TALKS, newsletter, subscription
from smtpserver import Act, Script, smtp_server
from world import World, world_on_copy

from digest import schedule
from digest.cli import main
from digest.pipeline import explaining
from digest.scoring import Signs, contributions
from digest.settings import DeliverySettings, Smtp, Topic
from digest.store import subscriptions

POLL = NOW
SLOT = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
"""07:30 in Istanbul."""
NEWS = "Syria and Turkey open talks in Amman"
LINK = "https://wire.example/syria-and-turkey-open-talks-in-amman"
FIRST = "in the edition of 2026-11-20 04:30 UTC"


@pytest.fixture
def here(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    with world_on_copy(tmp_path, sqlite_template, feeds=("wire", "post")) as made:
        yield made


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """One article was sent, one does not match. Not to be changed: tests share it."""
    with world_on_copy(tmp_path_factory.mktemp("settled"), sqlite_template, feeds=("wire", "post")) as made:
        sent(made, NEWS, "Turkey and Greece resume talks")
        yield made


def watched(here: World, **fields: Any) -> None:
    """The topic with other fields."""
    here.change(topics=(replace(TALKS, **fields),))


def explained(
    here: World, reference: str = LINK, at: datetime = SLOT + HOUR, *, topic: str = "talks", by: str | None = None
) -> explaining.Explanation:
    """The explanation of the newest article with that id or link."""
    with here.room(at) as room:
        return explaining.explain(room, reference, topics=[topic], subscriber=by)[0]


def fate(here: World, reference: str = LINK, at: datetime = SLOT + HOUR, **asked: Any) -> str:
    """What it says of the only newsletter that has the topic."""
    (told,) = explained(here, reference, at, **asked).fates
    return told


def reason(here: World, reference: str = LINK) -> str:
    """Why it does not match."""
    found = explained(here, reference)
    assert not found.verdict.matched
    assert found.fates == ()
    return found.verdict.reason


def sent(here: World, *titles: str, **fields: Any) -> None:
    """These titles are published, polled and sent."""
    here.publish(POLL, *(titles or (NEWS,)), **fields)
    here.once(POLL)
    here.once(SLOT)


# --- in it ----------------------------------------------------------------------------------------------------------


def test_an_article_that_was_sent_is_in_an_edition_with_its_evidence(here: World) -> None:
    sent(here)
    found = explained(here)
    assert found.verdict.matched
    title = found.article.entry.title
    assert [title[e.start : e.end] for e in found.verdict.evidence] == ["Syria", "Turkey", "talks"]
    assert found.fates == (f"middle-east: {FIRST}: accepted",)


def test_another_report_of_a_story_names_the_one_that_heads_it(here: World) -> None:
    here.publish(POLL, NEWS, feed="post")
    sent(here)
    told = {e.article.feed_name: e.fates[0] for e in explanations(here, "1") + explanations(here, "2")}
    assert told["Wire"].endswith(f"{FIRST}: accepted")
    assert f"{FIRST} as another report of “{NEWS}” (Wire, article " in told["Post"]


def test_a_report_that_does_not_match_but_stands_below_one_that_does_is_told_of(here: World) -> None:
    here.publish(POLL, "Foreign ministers meet", feed="post", link=LINK)
    sent(here)
    (post,) = [e for e in explanations(here, LINK) if e.article.feed_name == "Post"]
    assert not post.verdict.matched
    assert f"as another report of “{NEWS}”" in post.fates[0]


def test_a_copy_that_was_too_late_for_one_edition_is_in_a_later_one(here: World) -> None:
    evening = subscription("jo@example.org", schedule=schedule.parse("daily 18:00"))
    here.change(newsletters=(newsletter(subscription(), evening),))
    sent(here)
    here.publish(SLOT + HOUR, NEWS, feed="post")
    here.once(SLOT + HOUR)
    here.once(datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
    link, now = "https://post.example/syria-and-turkey-open-talks-in-amman", SLOT + DAY / 2
    assert fate(here, link, now, by="amal@example.org").startswith("middle-east: not shown, duplicate of ")
    expected = "middle-east: in the edition of 2026-11-20 15:00 UTC as another report of "
    assert fate(here, link, now, by="jo@example.org").startswith(expected)
    assert fate(here, link, now).startswith(expected)


def test_a_topic_that_has_nothing_to_do_with_the_story_tells_of_no_edition(here: World) -> None:
    here.change(topics=(TALKS, Topic(id="greece", name="Greece", watch=("Greece",))))
    sent(here)
    assert explained(here, topic="greece").fates == ()


def test_an_article_that_came_in_time_waits_for_the_next_slot(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    assert fate(here, at=POLL) == "middle-east: waits for the next edition, due 2026-11-20 04:30 UTC"


# --- not in it ------------------------------------------------------------------------------------------------------


def test_a_missing_term_is_named(here: World) -> None:
    sent(here, "Turkey and Greece resume talks")
    told = reason(here, "https://wire.example/turkey-and-greece-resume-talks")
    assert told.startswith("the score 0.")
    assert told.endswith(" is below the cut 0.50: no word of the article stands for “Syria”")


def test_what_excludes_an_article_is_named(here: World) -> None:
    watched(here, exclude=("Amman",))
    sent(here)
    assert reason(here) == "excluded by “Amman” in the title"


@pytest.mark.parametrize(
    "fields, cut",
    [
        ({"exclude": ("Amman",)}, 0.5),
        ({"exclude": ("Amman",), "threshold": "strict"}, 0.75),
        ({"watch": (), "query": "syria greece", "threshold": 0.9}, 0.9),
        ({"watch": (), "query": "syria greece"}, None),
    ],
)
def test_the_cut_is_told_whatever_the_reason(here: World, fields: dict[str, Any], cut: float | None) -> None:
    watched(here, **fields)
    sent(here)
    assert explained(here).cut == explained(here).as_json(LINK)["cut"] == cut


def test_a_feed_out_of_scope_is_named_with_the_scope(here: World) -> None:
    watched(here, feeds=("post",))
    sent(here)
    assert reason(here) == "the feed “Wire” is not among post"


def test_a_language_out_of_scope_is_named(here: World) -> None:
    watched(here, languages=("tr",))
    sent(here)
    assert reason(here) == "language en is not among tr"


def test_what_was_old_at_first_sight_is_held(here: World) -> None:
    here.publish(POLL - 3 * DAY, NEWS)
    here.once(POLL)
    here.once(SLOT)
    assert "first_sight" in fate(here)
    assert fate(here).startswith("not announced: ")


def test_a_story_over_the_cap_was_left_out_and_waits_for_the_next_edition(here: World) -> None:
    here.change(newsletters=(newsletter(max_stories=1),))
    here.publish(POLL - HOUR, "Talks of Syria with Turkey end in Aleppo")
    sent(here)
    told = fate(here, "https://wire.example/talks-of-syria-with-turkey-end-in-aleppo")
    assert told == (
        "middle-east: left out on 2026-11-20 04:30 UTC, cap: over max_stories (1) of an edition; "
        "waits for the next edition, due 2026-11-21 04:30 UTC"
    )


def test_a_copy_that_came_later_is_a_duplicate_of_what_was_sent_on_a_date(here: World) -> None:
    sent(here)
    here.publish(SLOT + HOUR, NEWS, feed="post")
    here.once(SLOT + HOUR)
    told = fate(here, "https://post.example/syria-and-turkey-open-talks-in-amman", SLOT + 2 * HOUR)
    assert told.startswith(f"middle-east: not shown, duplicate of “{NEWS}” (Wire, article ")
    assert told.endswith(f"already {FIRST}: accepted")


def test_a_subscriber_who_had_it_from_another_newsletter_is_told_which(here: World) -> None:
    later = newsletter(
        subscription(newsletter="evening", schedule=schedule.parse("daily 18:00")),
        id="evening",
        title="Evening",
        schedule=schedule.parse("daily 18:00"),
    )
    here.change(newsletters=(newsletter(), later))
    sent(here)
    fates = explained(here, by="amal@example.org").fates
    assert fates == (f"middle-east: {FIRST}: accepted", f"evening: {FIRST} of middle-east: accepted")


def test_without_a_subscriber_each_newsletter_answers_for_itself(here: World) -> None:
    later = newsletter(
        subscription("jo@example.org", newsletter="evening", schedule=schedule.parse("daily 18:00")), id="evening"
    )
    here.change(newsletters=(newsletter(), later))
    sent(here)
    assert explained(here).fates == (
        f"middle-east: {FIRST}: accepted",
        "evening: waits for the next edition, due 2026-11-20 15:00 UTC",
    )


def test_a_match_older_than_the_window_is_told_with_both_times(here: World) -> None:
    later = (subscription(), subscription("new@example.org"))
    sent(here)
    here.change(newsletters=(newsletter(*later),))
    here.once(SLOT + 3 * DAY)
    told = fate(here, at=SLOT + 3 * DAY, by="new@example.org")
    assert told == (
        "middle-east: not sent, matched on 2026-11-20 04:00 UTC, before the window of the next edition "
        "(2026-11-20 04:30 UTC)"
    )


def test_a_refused_delivery_counts_as_not_sent(here: World) -> None:
    with smtp_server(Script(acts=(Act(at="RCPT", say="550 5.1.1 no such user"),))) as server:
        smtp = Smtp(host="127.0.0.1", port=server.port, connections=1, per_second=1000)
        here.change(delivery=DeliverySettings(transport="smtp", smtp=smtp))
        sent(here)
    assert fate(here) == (
        "middle-east: refused on 2026-11-20 04:30 UTC; waits for the next edition, due 2026-11-21 04:30 UTC"
    )


def test_a_topic_that_was_changed_after_the_article_was_looked_at_is_told(here: World) -> None:
    watched(here, watch=("Amman",))
    here.publish(POLL, "Syria and Turkey in talks")
    here.once(POLL)
    watched(here, watch=TALKS.watch)
    told = fate(here, "https://wire.example/syria-and-turkey-in-talks", POLL)
    assert "did not match the topic as it was" in told
    assert "the last 7 days" in told


def test_an_address_that_nobody_has_is_told(here: World) -> None:
    sent(here)
    assert fate(here, by="no@example.org") == "not sent: nobody with the address no@example.org was ever subscribed"


def test_a_subscriber_of_something_else_is_not_subscribed(here: World) -> None:
    other = newsletter(subscription("jo@example.org", newsletter="other", topics=()), id="other", topics=())
    here.change(newsletters=(newsletter(), other))
    sent(here)
    assert fate(here, by="jo@example.org") == "middle-east: not sent, jo@example.org is not subscribed to it"


def test_a_topic_that_the_subscription_does_not_have_is_the_reason(here: World) -> None:
    here.change(newsletters=(newsletter(subscription(), subscription("jo@example.org", topics=())),))
    sent(here)
    assert fate(here, by="JO@example.org") == "middle-east: not sent, the subscription does not have the topic"


def test_a_subscriber_who_left_before_the_slot_is_told_so(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    with here.room(POLL) as room, room.database.write() as tx:
        assert subscriptions.leave(tx, "amal@example.org", None, POLL) == 1
    here.once(SLOT)
    assert fate(here, by="amal@example.org") == "middle-east: not sent, amal@example.org has left it"
    assert fate(here) == "middle-east: not sent, it has no subscribers"


def test_a_subscriber_who_was_taken_out_is_told_so(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.change(newsletters=(newsletter(subscription("jo@example.org")),))
    here.once(SLOT)
    assert (
        fate(here, by="amal@example.org")
        == "middle-east: not sent, amal@example.org was taken out of newsletters.yaml"
    )


def test_a_topic_of_no_newsletter_is_in_no_digest(here: World) -> None:
    here.change(topics=(TALKS, Topic(id="amman", name="Amman", watch=("Amman",))))
    sent(here)
    assert fate(here, topic="amman") == "in no digest: no newsletter has the topic amman"


# --- which article --------------------------------------------------------------------------------------------------


def explanations(here: World, reference: str) -> list[explaining.Explanation]:
    with here.room(SLOT + HOUR) as room:
        return explaining.explain(room, reference, topics=["talks"])


@pytest.mark.parametrize(
    "reference",
    [LINK, f"{LINK}?utm_source=rss&utm_medium=feed", f"http://www.{LINK.removeprefix('https://')}/#top"],
)
def test_an_article_is_found_by_id_by_link_and_by_a_link_with_tracking(settled: World, reference: str) -> None:
    assert [e.article.entry.title for e in explanations(settled, reference)] == [NEWS]


@pytest.mark.parametrize("reference", [LINK, f"{LINK}?utm_source=x", f"{LINK}?fbclid=y"])
def test_an_article_whose_own_link_has_tracking_is_found_by_clean_and_other_links(
    here: World, reference: str
) -> None:
    sent(here, link=f"{LINK}?utm_source=x")
    assert [e.article.entry.title for e in explanations(here, reference)] == [NEWS]


def test_an_article_is_found_by_its_id(settled: World) -> None:
    (found,) = explanations(settled, LINK)
    assert [e.article for e in explanations(settled, str(found.article.id))] == [found.article]


def test_articles_that_share_a_link_are_all_explained(here: World) -> None:
    here.publish(POLL, NEWS, feed="post", link=LINK)
    sent(here)
    assert sorted(e.article.feed_name for e in explanations(here, LINK)) == ["Post", "Wire"]


@pytest.mark.parametrize(
    "reference", ["0", "77", "9" * 40, "٤", "", "https://wire.example/", "http://[", "\x00", "'"]
)
def test_what_is_no_article_finds_none(settled: World, reference: str) -> None:
    assert explanations(settled, reference) == []


# --- many at once, and the command ----------------------------------------------------------------------------------


def configured(place: Path, here: World) -> Path:
    """A configuration folder for the database of `here`."""
    place.mkdir()
    (place / "digest.yaml").write_text(f"database: {here.settings.database}\n")
    (place / "feeds.yaml").write_text(f"feeds:\n  - {{url: {here.server.url('/wire')}, name: Wire}}\n")
    (place / "topics.yaml").write_text("topics:\n  talks: Syria Turkey talks\n  greece: Greece\n")
    (place / "newsletters.yaml").write_text(
        "newsletters:\n  middle-east: {title: M, topics: [talks], subscribers: [amal@example.org]}\n"
    )
    return place


@pytest.fixture
def folder(tmp_path: Path, settled: World) -> Path:
    return configured(tmp_path / "config", settled)


def run(folder: Path, *words: str | Path) -> Result:
    options = ["--config", str(folder), "--now", (SLOT + HOUR).isoformat()]
    return CliRunner().invoke(main, ["explain", *map(str, words), *options])


def test_a_score_is_told_in_its_parts_for_and_against_the_largest_first(folder: Path) -> None:
    told = run(folder, LINK).stdout.splitlines()
    begin = told.index("  what counted:") + 1
    end = next(number for number, line in enumerate(told) if " together: " in line)
    parts = [(float(line[4:9]), line[9:]) for line in told[begin:end]]
    values = [value for value, _ in parts]
    assert values[:-1] == sorted(values[:-1], reverse=True)
    assert values[-2] > 0 > values[-1]
    assert parts[-1][1] == "  what every article has to make up for"
    assert "  how much of the phrase is there, rare words first of all" in [text for _, text in parts]
    assert told[end].endswith(" together: the score 0.97; the cut 0.50 is at +0.00")
    assert float(told[end][4:9]) == pytest.approx(sum(values), abs=0.01 * len(values))
    assert float(told[end][4:9]) == pytest.approx(math.log(0.97 / 0.03), abs=0.2)


def test_every_part_of_a_score_has_its_words() -> None:
    signs = Signs(*[0.5] * len(fields(Signs)))
    assert contributions(signs).keys() == explaining.SIGNS.keys()
    assert max(len(f"    +0.00  {said}") for said in explaining.SIGNS.values()) <= 80


@pytest.mark.parametrize("cut", [0.0, 1.0])
def test_a_cut_that_all_or_none_are_over_has_no_place(settled: World, cut: float) -> None:
    found = explained(settled)
    *_, last = replace(found, verdict=replace(found.verdict, cut=cut)).weighed()
    assert last.endswith(f"; the cut {cut:.2f}")


def test_what_no_phrase_decided_was_not_weighed(here: World) -> None:
    here.change(topics=(Topic(id="talks", name="Talks", query="Syria AND Turkey AND talks"),))
    sent(here)
    found = explained(here)
    assert found.verdict.matched
    assert not list(found.weighed())


def pairs(folder: Path, lines: Sequence[object]) -> Path:
    path = folder.parent / "pairs.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


GREECE = "https://wire.example/turkey-and-greece-resume-talks"


def test_pairs_are_judged_in_their_order_with_evidence(folder: Path) -> None:
    asked: list[dict[str, Any]] = [
        {"article": LINK, "topic": "talks"},
        {"article": GREECE, "topic": "talks"},
        {"article": "1", "topic": "talks"},
        {"article": 1, "topic": "talks"},
        {"article": "https://wire.example/never-seen", "topic": "talks"},
        {"article": LINK, "topic": "unknown"},
        {"article": f"{LINK}?utm_campaign=x", "topic": "talks", "label": 1},
    ]
    result = run(folder, "--pairs", pairs(folder, [*asked[:3], "", *asked[3:]]), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [each["article"] for each in told] == [str(pair["article"]) for pair in asked]
    assert [each["topic"] for each in told] == [pair["topic"] for pair in asked]
    assert [each["match"] for each in told] == [True, False, told[2]["match"], told[2]["match"], False, False, True]
    assert all(0 <= each["score"] <= 1 and {"reason", "evidence"} <= each.keys() for each in told)
    assert "never-seen" in told[4]["reason"]
    assert "unknown" in told[5]["reason"]
    assert told[0]["evidence"][0] == {"term": "Syria", "found": "Syria", "field": "title", "start": 0, "end": 5}


def test_pairs_agree_with_explain_one_by_one(folder: Path) -> None:
    asked = [{"article": link, "topic": topic} for link in (LINK, GREECE) for topic in ("talks", "greece")]
    together = json.loads(run(folder, "--pairs", pairs(folder, asked), "--json").stdout)
    for pair, judged in zip(asked, together, strict=True):
        (alone,) = json.loads(run(folder, pair["article"], "--topic", pair["topic"], "--json").stdout)
        assert {**alone, "fates": []} == {**judged, "fates": []}


def test_pairs_without_json_are_a_line_each(folder: Path) -> None:
    asked = [{"article": LINK, "topic": "talks"}, {"article": GREECE, "topic": "talks"}]
    first, second = run(folder, "--pairs", pairs(folder, asked)).stdout.splitlines()
    assert re.match(rf"match 0\.\d\d  {re.escape(LINK)}  talks: the score 0\.\d\d is over the cut 0\.50: ", first)
    assert re.match(rf"no match  {re.escape(GREECE)}  talks: the score 0\.\d\d is below the cut 0\.50: ", second)


@pytest.mark.parametrize(
    "line, place",
    [
        ('{"article": "x"', "pairs.jsonl:2:16: no JSON"),
        ("[1, 2]", "pairs.jsonl:2: expected an object like"),
        ('{"article": "x"}', "pairs.jsonl:2: expected an object like"),
        ('"x"', "pairs.jsonl:2: expected an object like"),
    ],
)
def test_a_broken_line_of_pairs_is_named_by_its_place(folder: Path, line: str, place: str) -> None:
    result = run(folder, "--pairs", pairs(folder, [{"article": LINK, "topic": "talks"}, line]))
    assert result.exit_code == 1
    assert place in result.stderr


def test_pairs_that_are_no_text_are_refused(folder: Path) -> None:
    path = folder.parent / "pairs.jsonl"
    path.write_bytes(b'{"article": "\xff"}')
    result = run(folder, "--pairs", path)
    assert result.exit_code == 1
    assert "pairs.jsonl: not UTF-8 at byte 14" in result.stderr


def test_the_text_says_title_topic_answer_words_and_fate(folder: Path) -> None:
    result = run(folder, LINK, "--topic", "talks")
    assert result.exit_code == 0, result.output
    for words in (
        NEWS,
        "Syria Turkey talks (talks): match, score",
        ", cut 0.50\n",
        "“Syria” stands for “Syria”",
        FIRST,
    ):
        assert words in result.stdout


def test_every_topic_is_explained_unless_some_are_asked_for(folder: Path) -> None:
    everything = json.loads(run(folder, LINK, "--json").stdout)
    assert [told["topic"] for told in everything] == ["talks", "greece"]


def test_an_unknown_topic_is_answered_with_those_there_are(folder: Path) -> None:
    result = run(folder, LINK, "--topic", "talk")
    assert result.exit_code == 1
    assert "there is no topic talk; there are: talks, greece" in result.stderr


def test_an_unknown_article_is_a_problem_that_says_what_was_asked_for(folder: Path) -> None:
    result = run(folder, "https://wire.example/never-seen")
    assert result.exit_code == 1
    assert "no article with the link or id https://wire.example/never-seen is stored" in result.stderr


@pytest.mark.parametrize("words", [[], [LINK, "--pairs", "FILE"], ["--pairs", "FILE", "--topic", "talks"]])
def test_either_an_article_or_pairs_must_be_given(folder: Path, words: list[str]) -> None:
    there = str(pairs(folder, []))
    assert run(folder, *[there if word == "FILE" else word for word in words]).exit_code == 2


def test_a_held_article_that_is_asked_for_again_after_its_release_waits(here: World, tmp_path: Path) -> None:
    folder = configured(tmp_path / "config", here)
    sent(here)
    late = "Syria and Turkey end their talks"
    here.publish(SLOT - timedelta(days=20), late)
    here.once(SLOT + HOUR)
    link = "https://wire.example/syria-and-turkey-end-their-talks"
    assert "not announced" in run(folder, link, "--topic", "talks").stdout
    options = ["--config", str(folder), "--now", (SLOT + HOUR).isoformat()]
    released = CliRunner().invoke(main, ["feeds", "release", here.server.url("/wire"), *options])
    assert released.stdout == "released 1 article; the next edition has those that match\n"
    assert "waits to be matched" in run(folder, link, "--topic", "talks").stdout
