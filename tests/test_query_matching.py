"""What queries find: every kind of clause, held against tables, brute force and SQLite's full-text search."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from properties import examples
from records import article, entry

from digest.matching import TopicIndex
from digest.model import Article, Verdict
from digest.settings import Query, Topic
from digest.topics import compile_topic

LANGUAGES = frozenset({"en", "tr", "ru", "de"})


def report(title: str = "", *, feed: str = "Wire", tags: tuple[str, ...] = (), **fields: Any) -> Article:
    return replace(article(1), entry=entry(title, **fields), feed_name=feed, feed_tags=tags)


def asked(query: str | None, of: Article, **fields: Any) -> Verdict:
    topic = Topic(id="t", name="T", query=query, **fields)
    return TopicIndex([compile_topic(topic, LANGUAGES)]).explain(of, "t")


DAY_ONE = "(Syria OR Syrian) NEAR/8 (Turkey OR Türkiye OR Ankara) AND (talks OR negotiat*)"
FAR = "Syria won the cup at home and the fans sang all night long, while talks with a coach in Turkey ended"
# A query, an article's language and title, whether it matches, and why.
PAIRS = [
    # Near each other.
    (DAY_ONE, "en", "Ankara and Syrian envoys resume negotiations", True, "alternatives and a prefix"),
    (DAY_ONE, "en", "Roast turkey with negotiable spices", False, "no Syria"),
    (DAY_ONE, "en", FAR, False, "both names, far apart"),
    ("(peace deal) talks", "en", "Talks on a peace deal", True, "brackets that change nothing"),
    ('"peace deal" NEAR/2 talks', "en", "Talks on a peace deal", True, "a phrase near a word"),
    ('"peace deal" NEAR/1 talks', "en", "Talks on a peace deal", False, "two words between"),
    ('"peace deal" NEAR/5 deal', "en", "A peace deal", False, "one word does not stand for two"),
    ('"peace deal" NEAR/5 deal', "en", "A deal, a peace deal", True, "two words do"),
    ("a ONEAR/2 b", "en", "a x b", True, "in this order"),
    ("a ONEAR/2 b", "en", "b x a", False, "in the other order"),
    ("a NEAR/2 b", "en", "b x a", True, "in any order"),
    ('"a b c"~>2', "en", "a x b y c", True, "in this order, two words between in all"),
    ('"a b c"~>1', "en", "a x b y c", False, "two words between in all"),
    ('"a b c"~>1', "en", "a x a b y c", True, "the nearer a"),
    ('"a b c"~2', "en", "c x b y a", True, "in any order"),
    ("a NEAR/0 b NEAR/0 c", "en", "c a b", True, "near what is near"),
    ("a NEAR/0 b NEAR/0 c", "en", "a c b", False, "a and b are not next to each other"),
    ("(new OR old) NEAR/1 (york OR delhi)", "en", "old town delhi", True, "alternatives on both sides"),
    ('"negotiat* table"', "en", "Back at the negotiating table", True, "a prefix within a phrase"),
    ('"wom*n rights"', "en", "Women's rights", True, "a wildcard within a phrase"),
    ('"talks" NEAR/3 syria', "en", "Syria: a talk", False, "this form only"),
    # One sentence.
    ('"syria turkey"~s', "en", "Syria speaks. Turkey waits.", False, "two sentences"),
    ('"syria turkey"~s', "en", "After a long night, Syria and its neighbour, Turkey, spoke.", True, "one"),
    ('"syria turkey"~>s', "en", "Turkey and Syria spoke.", False, "the other order"),
    ("syria NEAR/S turkey", "en", "Syria? Turkey!", False, "a question ends"),
    ("syria NEAR/S turkey", "en", "Syria's Mr. Assad met the U.S. envoy in St. John, Turkey", True, "short forms"),
    ("syria NEAR/S turkey", "en", "Syria grew 3.5 percent, Turkey 2.", True, "a number"),
    ("syria NEAR/S turkey", "en", "Syria ... said Turkey", True, "a small letter goes on"),
    ("syria NEAR/S turkey", "en", 'He said "Syria." Turkey left', False, "a stop within quotes"),
    ("syria NEAR/S turkey", "en", "Syria\nTurkey", False, "another line"),
    ("叙利亚 NEAR/S 土耳其", "zh", "叙利亚和土耳其会谈。", True, "one sentence of Chinese"),
    ("叙利亚 NEAR/S 土耳其", "zh", "叙利亚会谈。土耳其离开。", False, "two"),
    ("(a OR b) SAME_SENTENCE c", "en", "A b. C b c.", True, "alternatives"),
    # What words look like.
    ("wom*n", "en", "A woman", True, "letters in the middle"),
    ("wom*n", "en", "WOMEN", True, "in any letter case"),
    ("wom*n", "en", "Womens", False, "the end counts"),
    ("organi?ation", "en", "organisation", True, "one letter"),
    ("organi?ation", "en", "organiation", False, "not none"),
    ("organi?ation", "en", "organizsation", False, "not two"),
    ("*istan", "en", "Kazakhstan and Pakistan", True, "the end of a word"),
    ("g?r?şme*", "tr", "GÖRÜŞMELER", True, "accents and letter case do not matter"),
    ("/colou?rs?/", "en", "Colours", True, "a regular expression, in any letter case"),
    ("/colou?rs?/", "en", "colourful", False, "over the whole word"),
    ("/g(ö|oe?)r.*/", "tr", "Görüşme", True, "the word as it stands"),
    ("/gorus.*/", "tr", "Görüşme", True, "the word folded"),
    (r"/[a-z]+\d{2,}/", "en", "the b52 flies", True, "classes and counts"),
    (r"/a.*\n?b/", "en", "a b", False, "no more than one word"),
    ("/(a|b)[cd]/", "en", "bd", True, "alternatives"),
    ("assad~1", "en", "Asad flees", True, "a letter less"),
    ("assad~1", "en", "Assaad flees", True, "a letter more"),
    ("assad~1", "en", "Aszad flees", True, "another letter"),
    ("assad~1", "en", "Asasd flees", True, "two neighbours swapped"),
    ("assad~1", "en", "Asaad flees", True, "another letter again"),
    ("assad~1", "en", "Asads flees", False, "two letters wrong"),
    ("assad~2", "en", "Asads flees", True, "two may be"),
    ("erdogan~1", "tr", "Erdoğan", True, "accents are not wrong"),
    # Letter case and letters.
    ("case:US", "en", "The US leaves", True, "as it is written"),
    ("case:US", "en", "Tell us", False, "a pronoun"),
    ("case:US", "en", "The U.S. leaves", True, "the dots of an acronym"),
    ("case:May", "en", "Theresa May", True, "a name"),
    ("case:May", "en", "They may", False, "a verb"),
    ("case:May", "en", "MAY LEAVES", False, "capitals"),
    ("case:Erdogan", "tr", "Erdoğan", True, "accents do not matter"),
    ('case:"New Deal"', "en", "A New Deal", True, "a phrase"),
    ('case:"New Deal"', "en", "A new deal", False, "small letters"),
    ("case:(US OR UK)", "en", "The UK and us", True, "alternatives"),
    *[("exact:Istanbul", language, f"In {spelling} today", False, "letter for letter")
      for language, spelling in (
          ("tr", "İstanbul"), ("tr", "ISTANBUL"), ("tr", "istanbul"), ("tr", "Istanbul'da"),
          ("en", "Istanbul\u2019s"), ("tr", "I\u0307stanbul"), ("en", "Ｉｓｔａｎｂｕｌ"), ("en", "Istanbuls"))],  # noqa: RUF001
    ("exact:Istanbul", "tr", "In Istanbul, today", True, "letter for letter"),
    ("exact:İstanbul", "tr", "İstanbul", True, "with its dot"),
    ("exact:İstanbul", "tr", "I\u0307stanbul", False, "another way to write it"),
    ('exact:"Middle East"', "en", "The Middle\n  East", True, "any blanks"),
    ("exact:叙利亚", "zh", "叙利亚与土耳其", True, "no spaces between words"),
    ("exact:叙利亚", "zh", "敘利亞與土耳其", False, "other characters"),
    ('exact:"Middle East"', "en", "The Middle-East", False, "a hyphen"),
    ('exact:"Middle East"', "en", "Middle Eastern", False, "a longer word"),
    ("exact:C++", "en", "Learn C++ now", True, "signs, too"),
    ("exact:C++", "en", "Learn C now", False, "without them"),
    ("=talks", "en", "They talk", False, "no stems"),
    ('"talks"', "en", "TALKS", True, "this form in any letter case"),
    # How often, how many.
    ("talks@3", "en", "Talks about talks about talking", True, "three places"),
    ("talks@3", "en", "Talks about talks", False, "two"),
    ('"peace talks"@2', "en", "Peace talks end; peace talking", True, "a phrase twice"),
    ("ATLEAST3(talks OR summit)", "en", "Talks, a summit, talks", True, "together"),
    ("ATLEAST3(talks OR talk*)", "en", "Talks, a talk", False, "one word is one place"),
    ("(a OR b OR c)@2", "en", "a c", True, "two of them"),
    ("(a OR b OR c)@2", "en", "a a a", False, "one of them"),
    ("(a OR b OR NOT c)@3", "en", "a b", True, "the absence of one counts"),
    ("(a b c)@2 d", "en", "d b c", True, "two of them and another"),
    # Fields.
    ("title:syria", "en", "Syria", True, "the title"),
    ("body:syria", "en", "Syria", False, "not the body"),
    ("lead:(a NEAR/1 b)", "en", "a b", True, "nearness within a field"),
    # Words that are run together.
    ("叙利亚 会谈", "zh", "土耳其与叙利亚举行会谈", True, "characters that follow each other"),
    ("叙利亚 NEAR/3 会谈", "zh", "土耳其与叙利亚举行会谈", True, "near each other, a character is a word"),
    ("叙利亚@2", "zh", "叙利亚与叙利亚", True, "twice"),
]  # fmt: skip


@pytest.mark.parametrize("query, language, title, matches, why", PAIRS)
def test_a_query_finds_what_it_says(
    query: str,
    language: str,
    title: str,
    matches: bool,  # noqa: FBT001 - a table
    why: str,
) -> None:
    found = asked(query, report(title, language=language))
    assert found.matched is matches, f"{why}: {found.reason}"


BBC = report(
    "Assad flees", summary="A summary", text="The text of it", author="Jeremy Bowen", language="en",
    link="https://www.bbc.co.uk/news/world-1?x=2", feed="BBC World", tags=("uk", "far east"),
)  # fmt: skip


@pytest.mark.parametrize(
    "query, matches",
    [
        ("author:bowen", True),
        ('author:"jeremy bowen"', True),
        ("author:(fisk OR bowe?)", True),
        ("bowen", False),
        ("feed:bbc", True),
        ('feed:"far east"', True),
        ('feed:"uk far"', False),
        ("feed:uk assad", True),
        ("tag:uk", False),
        ("url:news", True),
        ("url:bbc.co.uk/news", True),
        ("url:sport", False),
        ("site:bbc.co.uk", True),
        ("site:www.bbc.co.uk", True),
        ("site:co.uk", True),
        ("site:bbc.co", False),
        ("site:c.co.uk", False),
        ("site:news", False),
        ("lang:en", True),
        ("lang:en-GB", True),
        ("lang:(tr OR en)", True),
        ("-lang:tr assad", True),
        ("lang:tr", False),
        ("body:summary", True),
        ("body:text", True),
        ("body:assad", False),
        ("summary:text", False),
        ("lead:summary", True),
        ("author:bowen@1 feed:bbc^2 assad", True),
    ],
)
def test_what_is_said_about_an_article_can_be_asked_for(query: str, matches: bool) -> None:  # noqa: FBT001 - a table
    found = asked(query, BBC)
    assert found.matched is matches, found.reason


@pytest.mark.parametrize(
    "host, link, matches",
    [
        ("bbc.com", "https://bbc.com", True),
        ("bbc.com", "HTTPS://News.BBC.com./x", True),
        ("bbc.com", "http://user@bbc.com:8080/", True),
        ("bbc.com", "https://notbbc.com/", False),
        ("bbc.com", "https://not-bbc.com/", False),
        ("bbc.com", "https://bbc.com.example.org/", False),
        ("bbc.com", "https://example.org/bbc.com", False),
        ("bbc.com", "https://example.org?bbc.com", False),
        ("bbc.com", None, False),
    ],
)
def test_a_site_is_the_host_of_a_link_or_one_above_it(host: str, link: str | None, matches: bool) -> None:  # noqa: FBT001
    assert asked(f"site:{host}", report("x", link=link)).matched is matches


def test_tags_are_the_ones_an_entry_comes_with() -> None:
    tagged = report("x", tags=("mine",))
    tagged = replace(tagged, entry=replace(tagged.entry, tags=("Middle East", "Sport")))
    assert asked('tag:"middle east"', tagged).matched
    assert asked("tag:sports", tagged).matched
    assert not asked('tag:"east sport"', tagged).matched
    assert not asked("tag:mine", tagged).matched


# --- why, and why not ---


@pytest.mark.parametrize(
    "query, title, reason",
    [
        ("a ONEAR/3 b", "b a",
         "the words “a b” do not stand with at most 3 words between them in this order in the article"),
        ("(a OR b) NEAR/1 c", "b x y c",
         "“a” or “b” and “c” do not stand with at most 1 word between them in the article"),
        ("(a OR b) NEAR/1 c", "c", "no word of the article stands for “a” or “b”"),
        ('"talks peace"~s', "Talks. Peace.", "the words “talks peace” do not stand in one sentence of the article"),
        ("title:(a ONEAR/S b)", "b a", "the words “a b” do not stand in one sentence in this order of the title"),
        ("a NEAR/1 b", "a x y b", "the words “a b” do not stand with at most 1 word between them in the article"),
        ("a NEAR/0 b", "a x b", "the words “a b” do not stand next to each other in the article"),
        ("a ONEAR/0 b", "b a", "the words “a b” do not stand next to each other in this order in the article"),
        ("talks@3", "Talks, talks", "“talks” has 2 of the 3 places it needs in the article"),
        ("ATLEAST2(a OR b)", "a", "“a” or “b” has 1 of the 2 places it needs in the article"),
        ("talks@3", "x", "no word of the article stands for “talks”"),
        ("(a OR b OR c)@2", "b", "no word of the article stands for “a” and “c”; only one may be missing"),
        ("(a OR b OR c)@3", "b", "no word of the article stands for “a” and “c”; none may be missing"),
        ("case:US", "us", "no word of the article stands for “US”"),
        ('exact:"New Deal"', "new deal", "no word of the article stands for “New Deal”"),
        ("/x+/", "y", "no word of the article stands for “/x+/”"),
        ("assad~1", "y", "no word of the article stands for “assad~1”"),
        ("lang:tr", "y", "the article's language is en, not “tr”"),
        ("lang:(tr OR de)", "y",
         "the article's language is en, not “tr”; and the article's language is en, not “de”"),
        ("site:bbc.com", "y", "no word of the link stands for “bbc.com”"),
        ("tag:sport", "y", "no word of the tags stands for “sport”"),
        ("y -feed:wire", "y", "excluded by “Wire” in the feed"),
        ("y NOT NOT x", "y", "excluded by “NOT x”"),
        ("y NOT (x OR NOT z)", "y", "excluded by “x OR NOT z”"),
    ],
)  # fmt: skip
def test_a_miss_is_told_in_a_sentence(query: str, title: str, reason: str) -> None:
    found = asked(query, report(title))
    assert (found.matched, found.reason) == (False, reason)


def test_a_match_tells_what_was_found_where() -> None:
    found = asked("assad NEAR/3 fle* author:bowen site:bbc.co.uk lang:en", BBC)
    assert [(e.term, e.found, e.field, e.start, e.end) for e in found.evidence] == [
        ("assad", "Assad", "title", 0, 5),
        ("fle*", "flees", "title", 6, 11),
        ("bowen", "Bowen", "author", 7, 12),
        ("bbc.co.uk", "bbc.co.uk", "url", 12, 21),
        ("en", "en", "lang", 0, 2),
    ]
    assert found.reason == (
        "all that the topic asks for is there: “Assad” and “flees” for “fle*” in the title, “Bowen” in the author, "
        "“bbc.co.uk” in the link, “en” in the language"
    )


@pytest.mark.parametrize(
    "query, title, text, score",
    [
        ("a^3 b", "a", "x " * 200 + "b", (3 + 0.5) / 4),
        ("a b^3", "a", "x " * 200 + "b", (1 + 1.5) / 4),
        ("title:a^3 b", "a", "x " * 200 + "b", (3 + 0.5) / 4),
        ("a^2 OR b", "b", "", 0.5),
        ("a^2 OR b", "a b", "", 1.0),
        ("(a^2 OR b OR c)@2", "a b", "", 0.75),
        ("(a b)^5", "a", "x " * 200 + "b", 0.75),
    ],
)
def test_weights_count_in_the_score(query: str, title: str, text: str, score: float) -> None:
    without_nearness = asked(query, report(title, text=text)).score
    assert without_nearness == pytest.approx(score, abs=0.06)


# --- watch, query, require, exclude ---


@pytest.mark.parametrize(
    "title, matches",
    [
        ("Syria talks at the border", True),
        ("PKK talks at the fence", True),
        ("Syria at the border", False),
        ("Syria talks", False),
        ("Border talks", False),
        ("Syria talks at the border, an opinion", False),
        ("Syria football talks at the border", False),
    ],
)
def test_one_of_watch_and_query_all_of_require_and_none_of_exclude(title: str, matches: bool) -> None:  # noqa: FBT001
    found = asked(
        "title:PKK",
        report(title),
        watch=("Syria",),
        require=("talks", Query("border OR fence")),
        exclude=("football", Query("title:opinion")),
    )
    assert found.matched is matches, found.reason


def test_what_is_required_is_told() -> None:
    of = report("Syria talks")
    assert asked(None, of, watch=("Syria",), require=("talks", "border")).reason == (
        "required besides: no word of the article stands for “border”"
    )
    assert [e.found for e in asked(None, of, watch=("Syria",), require=("talks",)).evidence] == ["Syria", "talks"]


def test_what_is_required_narrows_what_is_looked_at() -> None:
    topic = Topic(id="t", name="T", watch=("Syria",), require=(Query("corridor"),))
    assert len(compile_topic(topic).required) == 2


# --- hostile queries and texts ---


def test_a_catastrophic_expression_is_cut_off_by_its_engine_and_other_topics_go_on() -> None:
    queries = [r"/(a+)+b/", r"/(a|a)*c/", r"/(.*a){20}/", "a*a*a*a*a*a*a*a*b", "aaaaaaaa~2", "peace"]
    topics = [Topic(id=f"t{n}", name="", query=query) for n, query in enumerate(queries)]
    index = TopicIndex(map(compile_topic, topics))
    found = index.match(report("a" * 5000 + " peace", text="aaaaaaaaaaaaaaaaaaaaaaaaa! " * 1000))
    assert [verdict.topic_id for verdict in found] == ["t2", "t5"]
    assert not index.problems


@pytest.mark.parametrize(
    "query",
    ["a NEAR/100 b", '"a a a a a a a a b"~100', "(a OR aa) ONEAR/50 (a OR b) NEAR/3 b", "a NEAR/S b", "a@100 b",
     "ATLEAST100(a NEAR/0 a) b", '"a b"~>100', 'exact:"a b"'],
)  # fmt: skip
def test_a_text_that_repeats_a_word_without_end_is_matched_in_passing(query: str) -> None:
    assert not asked(query, report("x", text="a " * 20_000)).matched


# --- oracles ---

LETTERS = "abcd"
TEXT = st.lists(st.sampled_from(LETTERS + "x"), max_size=9)


def brute(of_parts: Sequence[set[tuple[int, int]]], within: int, *, ordered: bool) -> bool:
    """Whether a place for each can be chosen, by trying all."""
    for chosen in product(*of_parts):
        in_line = sorted(chosen)
        gaps = [after[0] - before[1] - 1 for before, after in pairwise(in_line)]
        if all(gap >= 0 for gap in gaps) and sum(gaps) <= within and (not ordered or list(chosen) == in_line):
            return True
    return False


def stretches(words: Sequence[str], phrase: str) -> set[tuple[int, int]]:
    size = len(phrase)
    starts = range(len(words) - size + 1)
    return {(start, start + size - 1) for start in starts if "".join(words[start : start + size]) == phrase}


PHRASE = st.text(LETTERS, min_size=1, max_size=3)


def written(alternatives: Sequence[str]) -> str:
    quoted = [f'"{" ".join(phrase)}"' if len(phrase) > 1 else phrase for phrase in alternatives]
    return f"({' OR '.join(quoted)})"


@examples(150)
@given(TEXT, st.lists(PHRASE, min_size=1, max_size=3), st.lists(PHRASE, min_size=1, max_size=3),
       st.integers(0, 4), st.booleans())  # fmt: skip
def test_nearness_of_two_is_what_trying_all_places_finds(
    words: list[str],
    one: list[str],
    other: list[str],
    within: int,
    ordered: bool,  # noqa: FBT001 - drawn
) -> None:
    query = f"{written(one)} {'O' if ordered else ''}NEAR/{within} {written(other)}"
    of_parts = [set().union(*(stretches(words, phrase) for phrase in part)) for part in (one, other)]
    expected = brute(of_parts, within, ordered=ordered)
    assert asked(query, report(" ".join(words))).matched is expected


@examples(150)
@given(TEXT, st.text(LETTERS, min_size=2, max_size=5), st.integers(0, 4), st.booleans())
def test_nearness_of_many_is_what_trying_all_places_finds(
    words: list[str],
    letters: str,
    within: int,
    ordered: bool,  # noqa: FBT001 - drawn
) -> None:
    query = f'"{" ".join(letters)}"~{">" if ordered else ""}{within}'
    expected = brute([stretches(words, letter) for letter in letters], within, ordered=ordered)
    assert asked(query, report(" ".join(words))).matched is expected


def fts(query: str, title: str, summary: str) -> bool:
    """What SQLite's full-text search says."""
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE VIRTUAL TABLE articles USING fts5(title, summary, tokenize = 'ascii')")
        database.execute("INSERT INTO articles VALUES (?, ?)", (title, summary))
        found = database.execute("SELECT count(*) FROM articles WHERE articles MATCH ?", (query,)).fetchone()
        return bool(found[0])
    finally:
        database.close()


WORDS = ["syria", "turkey", "talk", "talks", "tale", "peace"]
BOTH = tuple[str, str]
"""A query of ours and the same as SQLite wants it."""


def both(ours: str, theirs: str) -> BOTH:
    return ours, theirs


WORD = st.sampled_from(WORDS).map(lambda word: both(f'"{word}"', f'"{word}"'))
PLACED = st.one_of(
    WORD,
    st.sampled_from(["ta*", "tal*", "pe*"]).map(lambda prefix: both(prefix, prefix)),
    st.lists(st.sampled_from(["syria", "turkey", "peace"]), min_size=2, max_size=3).map(
        lambda words: both(f'"{" ".join(words)}"', f'"{" ".join(words)}"')
    ),
    st.builds(
        lambda words, within: both(
            f'"{" ".join(words)}"~{within}', f"NEAR({' '.join(words)}, {within + len(words) - 2})"
        ),
        st.lists(st.sampled_from(["syria", "turkey", "peace"]), min_size=2, max_size=3, unique=True),
        st.integers(0, 4),
    ),
    st.builds(
        lambda one, other, within: both(f"{one[0]} NEAR/{within} {other[0]}", f"NEAR({one[1]} {other[1]}, {within})"),
        st.just("peace").map(lambda word: both(f'"{word}"', f'"{word}"')),
        st.just(both('"turkey syria"', '"turkey syria"')) | st.just(both("ta*", "ta*")),
        st.integers(0, 4),
    ),
)  # fmt: skip
QUERIES = st.recursive(
    PLACED,
    lambda parts: st.one_of(
        st.builds(lambda a, b: both(f"({a[0]} AND {b[0]})", f"({a[1]} AND {b[1]})"), parts, parts),
        st.builds(lambda a, b: both(f"({a[0]} {b[0]})", f"({a[1]} AND {b[1]})"), parts, parts),
        st.builds(lambda a, b: both(f"({a[0]} OR {b[0]})", f"({a[1]} OR {b[1]})"), parts, parts),
        st.builds(lambda a, b: both(f"({a[0]} AND NOT {b[0]})", f"({a[1]} NOT {b[1]})"), parts, parts),
        st.builds(
            lambda field, a: both(f"{field}:({a[0]})", f"{{{field}}} : ({a[1]})"),
            st.sampled_from(["title", "summary"]),
            PLACED,
        ),
    ),
    max_leaves=6,
)
SENTENCES = st.lists(st.sampled_from([*WORDS, "and", "the"]), max_size=8).map(" ".join)


@examples(200)
@given(QUERIES, SENTENCES, SENTENCES)
@example(both('"syria turkey"~0', "NEAR(syria turkey, 0)"), "turkey syria", "")
def test_queries_say_what_the_full_text_search_of_sqlite_says(query: BOTH, title: str, summary: str) -> None:
    ours, theirs = query
    assert asked(ours, report(title, summary=summary)).matched is fts(theirs, title, summary), query
