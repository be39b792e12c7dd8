"""The query language: what is read, how it is printed, and what is said of what cannot be read."""

# ruff: noqa: RUF001 - signs that look alike are read alike

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.clauses import (
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Near,
    Not,
    Term,
    Times,
    Weighted,
    Within,
    all_of,
    any_of,
    asks_for_something,
)
from digest.errors import TopicError
from digest.queries import parse


def word(text: str) -> Term:
    return Term(text)


def near(*parts: Clause, within: int | None) -> Near:
    return Near(parts, within, ordered=False)


A, B, C, D = (word(text) for text in "abcd")
SYRIA, TURKEY, TALKS, ASSAD = (word(text) for text in ("syria", "turkey", "talks", "assad"))


@pytest.mark.parametrize(
    "query, tree",
    [
        ("syria", SYRIA),
        ("syria turkey", AllOf((SYRIA, TURKEY))),
        ("syria AND turkey talks", AllOf((SYRIA, TURKEY, TALKS))),
        ("syria OR turkey", AnyOf((SYRIA, TURKEY))),
        ("syria turkey OR talks assad", AnyOf((AllOf((SYRIA, TURKEY)), AllOf((TALKS, ASSAD))))),
        ("syria (turkey OR talks)", AllOf((SYRIA, AnyOf((TURKEY, TALKS))))),
        ("NOT turkey AND talks", AllOf((Not(TURKEY), TALKS))),
        ("NOT (turkey OR assad) talks", AllOf((Not(AnyOf((TURKEY, ASSAD))), TALKS))),
        ("talks -turkey", AllOf((TALKS, Not(TURKEY)))),
        ("talks -(turkey assad)", AllOf((TALKS, Not(AllOf((TURKEY, ASSAD)))))),
        ('talks -"turkey"', AllOf((TALKS, Not(Term("turkey", "exact"))))),
        ("+talks +syria", AllOf((TALKS, SYRIA))),
        ("((syria))", SYRIA),
        ("(syria turkey) talks", AllOf((SYRIA, TURKEY, TALKS))),
        ("(syria OR turkey) OR talks", AnyOf((SYRIA, TURKEY, TALKS))),
        ('"talks"', Term("talks", "exact")),
        ('"security corridor"', Near((word("security"), word("corridor")))),
        ('"security corridor"~5', near(word("security"), word("corridor"), within=5)),
        ('"security corridor"~0', near(word("security"), word("corridor"), within=0)),
        ("“security corridor”", Near((word("security"), word("corridor")))),
        ("«security corridor»~2", near(word("security"), word("corridor"), within=2)),
        ("syria*", Term("syria", "prefix")),
        ("title:syria", Within("title", SYRIA)),
        ("Title: syria", Within("title", SYRIA)),
        ("lead:(syria OR turkey)", Within("lead", AnyOf((SYRIA, TURKEY)))),
        ("text:syria*", Within("text", Term("syria", "prefix"))),
        ('-summary:"a b"~3 syria', AllOf((Not(Within("summary", near(A, B, within=3))), SYRIA))),
        ("ANDROID OR ORACLE OR NOTHING", AnyOf((word("ANDROID"), word("ORACLE"), word("NOTHING")))),
        ("al-Assad", word("al-Assad")),
        ("AC/DC", word("AC/DC")),
        ('"and" AND syria', AllOf((Term("and", "exact"), SYRIA))),
        ("syria\n  AND\n  turkey", AllOf((SYRIA, TURKEY))),
        # near each other
        ('"a b"~>3', Near((A, B), 3)),
        ('"a b"~>0', Near((A, B))),
        ('"a b"~s', near(A, B, within=None)),
        ('"a b"~>s', Near((A, B), None)),
        ("a NEAR/3 b", near(A, B, within=3)),
        ("a ONEAR/3 b", Near((A, B), 3)),
        ("a NEAR/S b", near(A, B, within=None)),
        ("a onear/s b", Near((A, B), None)),
        ("a NEAR/3 b NEAR/2 c", near(near(A, B, within=3), C, within=2)),
        ("(a OR b) NEAR/3 (c OR d)", near(AnyOf((A, B)), AnyOf((C, D)), within=3)),
        ('"a b" NEAR/3 c d', AllOf((near(Near((A, B)), C, within=3), D))),
        ("NOT a NEAR/3 b AND c", AllOf((Not(near(A, B, within=3)), C))),
        ("title:(a NEAR/3 b)", Within("title", near(A, B, within=3))),
        # what words look like
        ("wom*n", Term("wom*n", "wildcard")),
        ("organi?ation", Term("organi?ation", "wildcard")),
        ("*ria", Term("*ria", "wildcard")),
        ("syri?", Term("syri?", "wildcard")),
        ("sy?ia*", Term("sy?ia*", "wildcard")),
        ('"negotiat* table"', Near((Term("negotiat", "prefix"), word("table")))),
        ('"wom*n rights"~2', near(Term("wom*n", "wildcard"), word("rights"), within=2)),
        ('"what is this?"', Near((word("what"), word("is"), word("this")))),
        ("assad~", Term("assad~1", "fuzzy")),
        ("assad~1", Term("assad~1", "fuzzy")),
        ("assad~2", Term("assad~2", "fuzzy")),
        ("/colou?rs?/", Term("colou?rs?", "regex")),
        (r'/a\/b|(c:")d/', Term(r'a\/b|(c:")d', "regex")),
        ("/a/ /b/", AllOf((Term("a", "regex"), Term("b", "regex")))),
        ("case:US", Term("US", "cased")),
        ('case:"New Deal"~3', near(Term("New", "cased"), Term("Deal", "cased"), within=3)),
        ("case:(US OR UK)", AnyOf((Term("US", "cased"), Term("UK", "cased")))),
        ("exact:C++", Term("C++", "literal")),
        ('exact:"Middle  East"', Term("Middle East", "literal")),
        ('="talks" =talks', AllOf((Term("talks", "literal"), Term("talks", "literal")))),
        # how often, how many, how much
        ("talks@3", Times(3, TALKS)),
        ("talks@1", TALKS),
        ('"a b"@2', Times(2, Near((A, B)))),
        ("ATLEAST3(talks OR assad)", Times(3, AnyOf((TALKS, ASSAD)))),
        ("ATLEAST2 (a NEAR/3 b)", Times(2, near(A, B, within=3))),
        ("(a OR b OR c)@2", AtLeast(2, (A, B, C))),
        ("(a b c)@2", AtLeast(2, (A, B, C))),
        ("((a OR b) OR c d)@2", AtLeast(2, (AnyOf((A, B)), AllOf((C, D))))),
        ("(a)@1", A),
        ("talks^2", Weighted(2, TALKS)),
        ("talks^0.5", Weighted(0.5, TALKS)),
        ('"a b"~3@2^2', Weighted(2, Times(2, near(A, B, within=3)))),
        ("(a OR b)^2 c", AllOf((Weighted(2, AnyOf((A, B))), C))),
        ("(a OR b OR c)@2^3", Weighted(3, AtLeast(2, (A, B, C)))),
        ("title:talks^2", Within("title", Weighted(2, TALKS))),
        ("user@example.com", word("user@example.com")),
        # fields
        ("body:talks", Within("body", TALKS)),
        ("author:assad", Within("author", ASSAD)),
        ('tag:"a b"', Within("tag", Near((A, B)))),
        ("feed:(a OR b)", Within("feed", AnyOf((A, B)))),
        ("url:bbc.com/news", Within("url", word("bbc.com/news"))),
        ("lang:tr", Within("lang", Term("tr", "exact"))),
        ("lang:(pt-BR OR EN)", Within("lang", AnyOf((Term("pt", "exact"), Term("en", "exact"))))),
        ("site:BBC.co.uk", Within("url", Term("bbc.co.uk", "site"))),
        ("title:case:US", Within("title", Term("US", "cased"))),
    ],
)
def test_a_query_is_read_as_meant(query: str, tree: Clause) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    "habit, query",
    [
        ("syria && turkey", "syria AND turkey"),
        ("syria || turkey", "syria OR turkey"),
        ("syria | turkey", "syria OR turkey"),
        ("syria !turkey", "syria NOT turkey"),
        ("syria ! turkey", None),
        ("syria AND !(turkey OR talks)", "syria NOT (turkey OR talks)"),
        ("+syria +turkey -talks", "syria turkey NOT talks"),
        ("syria AROUND(5) turkey", '"syria turkey"~5'),
        ("syria W/5 turkey", '"syria turkey"~5'),
        ("syria w/s turkey", '"syria turkey"~s'),
        ("syria PRE/5 turkey", '"syria turkey"~>5'),
        ("syria SAME_SENTENCE turkey", '"syria turkey"~s'),
        ("intitle:syria inurl:news", "title:syria url:news"),
        ("-site:bbc.com syria", "NOT site:bbc.com AND syria"),
        ("SYRIA sentence W/O", "SYRIA AND sentence AND W/O"),
        ("syria around(5) turkey", '"syria turkey"~5'),
        # what keyboards and programs make of signs
        ("syria –turkey", "syria NOT turkey"),
        ("syria −turkey (talks —summit)", "syria NOT turkey AND talks NOT summit"),
        ("syria –“peace talks”", 'syria NOT "peace talks"'),
        ("Türkei–Syrien talks", "Türkei–Syrien AND talks"),
        ("（syria ＯＲ turkey） －talks", "(syria OR turkey) NOT talks"),
        ("title：syria ＆＆ ！turkey", "title:syria NOT turkey"),
        ("negotiat＊ ｜｜ ＋talks＾2", "negotiat* OR talks^2"),
        ('exact:"（A）：–b"', 'exact:"（A）：–b" '),
        ("\u200fسوريا \u200fOR\u200f تركيا \u200e-talks", "سوريا OR تركيا -talks"),
        ('"\u2067سوريا تركيا\u2069"\u200f~5', '"سوريا تركيا"~5'),
        ("\ufeffsyria", "syria"),
    ],
)
def test_habits_of_others_are_read_as_meant(habit: str, query: str | None) -> None:
    if query is None:
        with pytest.raises(TopicError):
            parse(habit)
    else:
        assert parse(habit) == parse(query)


def test_the_queries_of_the_page_are_read() -> None:
    page = Path(__file__).resolve().parents[1].joinpath("docs/matching.md").read_text("utf-8")
    table = page.partition("## Queries")[2].partition("NEAR binds closest")[0]
    queries = re.findall(r"`([^`]+)`", " ".join(row.split("|")[1] for row in table.splitlines() if "`" in row))
    assert len(queries) > 25
    for query in queries:
        parse(query if not query.startswith(("NOT", "-")) else f"syria {query}")


def test_the_query_of_the_design_is_read() -> None:
    tree = parse('(syria* OR assad) AND "security corridor"~5 AND NOT title:opinion')
    assert tree == AllOf(
        (
            AnyOf((Term("syria", "prefix"), ASSAD)),
            near(word("security"), word("corridor"), within=5),
            Not(Within("title", word("opinion"))),
        )
    )


@pytest.mark.parametrize(
    "query, line, column, told",
    [
        ("", 1, 1, "found the end of the query; expected a word, a quoted phrase or “(”"),
        ("syria AND", 1, 10, "expected a word, a quoted phrase or “(” after AND"),
        ("syria OR", 1, 9, "after OR"),
        ("syria NOT", 1, 10, "after NOT"),
        ("AND syria", 1, 1, "found “AND”"),
        ("syria OR OR turkey", 1, 10, "found “OR”; expected a word, a quoted phrase or “(” after OR"),
        ("syria\nAND\n  ) turkey", 3, 3, "found “)”; expected a word, a quoted phrase or “(” after AND"),
        ("(syria OR turkey", 1, 1, "the “(” here is not closed; expected “)”"),
        ('(syria) ("a ) b" turkey', 1, 9, "the “(” here is not closed"),
        ("syria) turkey", 1, 6, "this “)” closes nothing"),
        ("()", 1, 2, "found “)”"),
        ("syria (", 1, 8, "after ("),
        ('syria "peace talks', 1, 7, "a quoted phrase is not closed"),
        ('syria ""', 1, 7, "the quotes hold no letter"),
        ("syria - turkey", 1, 7, "a minus stands right before the word"),
        ("NOT syria", 1, 1, "the query asks for nothing"),
        ("-syria -turkey", 1, 1, "the query asks for nothing"),
        ("syria OR NOT turkey", 1, 1, "the query asks for nothing"),
        ("titel:syria", 1, 1, "there is no field “titel”; expected title:, lead:, summary:, text:, body:, author:"),
        ("titel:syria", 1, 1, "did you mean title:?"),
        ("syria http://example.org", 1, 7, "there is no field “http”"),
        ("at 10:30", 1, 6, "a colon that belongs to the text stands in quotes"),
        ("title:", 1, 7, "after title:"),
        ("title:NOT syria", 1, 7, "found “NOT”"),
        ("syria ! turkey", 1, 7, "a “!” stands right before"),
        ("syria&&turkey", 1, 6, "an operator within a word"),
        ("syria a|b", 1, 8, "leave a blank on both sides"),
        ("s*", 1, 1, "expected one word of at least 2 letters besides “*” and “?”"),
        ("turkey s?*", 1, 8, "expected one word"),
        ("al-As*", 1, 1, "expected one word"),
        ("syria *", 1, 7, "has no letter"),
        ('"peace * talks"', 1, 8, "expected one word"),
        ('"peace" talks "', 1, 15, "is not closed"),
        ("/syria", 1, 1, "a regular expression is one word between two slashes"),
        ("/syria turkey/", 1, 1, "without blanks"),
        ("turkey /news/world/", 1, 8, "put it in quotes"),
        ("turkey /syr(ia/", 1, 8, "/syr(ia/ cannot be read: missing )"),
        (r"/(.)\1/", 1, 1, "no look-around, no references back"),
        ("/syria)|(a/", 1, 1, "cannot be read: unexpected )"),
        ("/(((a{99}){99}){99})/", 1, 1, "invalid repetition size"),
        ("/syria/~1", 1, 8, "a “~” has no meaning here"),
        ("case:/syria/", 1, 6, "a regular expression has no field of this kind"),
        ("turkey syria~3", 1, 13, "“~3” is no number of letters; expected ~1 or ~2"),
        ("turkey syria~0.8", 1, 13, "expected ~1 or ~2"),
        ("us~1", 1, 1, "“us” cannot have 1 of its letters wrong; expected one word of at least 3 letters"),
        ("iran~2", 1, 1, "at least 5 letters"),
        ("al-Assad~1", 1, 1, "expected one word"),
        ("case:assad~1", 1, 11, "leave out the “~”, or the field in front"),
        ("case:ass*", 1, 6, "wildcards have no letter case"),
        ("syria^", 1, 6, "“^” is no weight; expected a number above 0 and up to 100"),
        ("syria^0", 1, 6, "is no weight"),
        ("syria^-1", 1, 6, "what must not be there is written -word"),
        ("syria^1000", 1, 6, "is no weight"),
        ('"syria talks"^x', 1, 14, "“^x” is no weight"),
        ('"syria\ntalks"^x', 2, 7, "“^x” is no weight"),
        ("(a OR b)^y", 1, 9, "“^y” is no weight"),
        ("syria@0", 1, 6, "“@0” is no count; expected a whole number from 1 to 100"),
        ("syria@", 1, 6, "is no count"),
        ('"syria talks"@x', 1, 14, "is no count"),
        ('"syria talks"^2~5', 1, 14, "“~”, “@” and “^” once each and in this order"),
        ('"syria"~5', 1, 8, "a distance is one between two words or more"),
        ('exact:"a b"~5', 1, 12, "a distance is one between two words"),
        ("(a OR b)@3", 1, 9, "the brackets hold 2, of which 3 cannot be there; expected a whole number from 1 to 2"),
        ("(talks)@3", 1, 8, "write talks@3 or ATLEAST3(…)"),
        ("(a OR b)~3", 1, 9, "nearness is written a NEAR/5 b"),
        ("ATLEAST0(a)", 1, 1, "0 is no count"),
        ("ATLEAST3(a OR b)@2", 1, 17, "“@2” has no meaning here; expected a weight"),
        ("ATLEAST3(a b)", 1, 1, "this cannot be counted; expected a word, a phrase, or alternatives with OR"),
        ("syria NEAR turkey", 1, 7, "“NEAR” has no distance; expected NEAR/n"),
        ("syria NEAR/x turkey", 1, 7, "“NEAR/x” has no distance"),
        ("syria NEAR/500 turkey", 1, 7, "up to 100"),
        ("syria AROUND() turkey", 1, 7, "has no distance"),
        ("syria NEAR/5", 1, 13, "after NEAR/5"),
        ("NEAR(syria turkey, 5)", 1, 1, "NEAR stands between what is near: syria NEAR/5 talks"),
        ("(a b) NEAR/5 c", 1, 7, "expected words, phrases and alternatives with OR on both sides"),
        ("title:a NEAR/5 c", 1, 9, "write the field in front: title:(a NEAR/5 b)"),
        ("a NEAR/5 c^2", 1, 3, "stands beside something that has no place"),
        ("lang:english-like-tongue!", 1, 6, "is no language"),
        ("site:bbc.com/news", 1, 6, "is no site; expected the name of a host"),
        ("NOT " * 80 + "a", 1, 1, "nested too deeply"),
        ("[a TO b]", 1, 1, "ranges are not read"),
        ('"syria talks"~', 1, 14, "is no distance; expected a whole number up to 100"),
        ('"syria talks"~x', 1, 14, "is no distance"),
        ('"syria talks"~101', 1, 14, "is no distance"),
        ('"syria talks"~²', 1, 14, "is no distance"),
        ("syria and turkey", 1, 7, "write AND in capitals, or put the word in quotes"),
        ("syria or turkey", 1, 7, "write OR in capitals"),
        ("syria & turkey", 1, 7, "has no letter and no digit"),
        ("NOT " * 3000 + "syria", 1, 1, "nested too deeply"),
        ("syria Or turkey", 1, 7, "write OR in capitals, or put the word in quotes"),
        (r"syria foo\-bar", 1, 10, "a backslash (“foo\\-bar”); expected a word, a quoted phrase or “(”; put"),
        (r'"foo \"bar\" baz"', 1, 11, "a backslash (“bar\\”)"),
        ("syria AROUND 3 turkey", 1, 7, "“AROUND” is no operator by itself; expected syria NEAR/5 talks"),
        ("syria ADJ3 turkey", 1, 7, "“ADJ3” is no operator by itself"),
        ("syria ATLEAST3 talks", 1, 7, "ATLEAST3(talks OR summit)"),
        ("syria W/P turkey", 1, 7, "or NEAR/S for one sentence"),
        ("allintitle:syria turkey", 1, 1, "write title:(…), with all that is to be there between the brackets"),
        ("syria – turkey", 1, 7, "a minus stands right before the word"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_what_could_stand_there(
    query: str, line: int, column: int, told: str
) -> None:
    with pytest.raises(TopicError) as caught:
        parse(query)
    assert told in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "query, printed",
    [
        ("syria   turkey", "syria AND turkey"),
        ("a OR b c", "a OR b AND c"),
        ("(a OR b) c", "(a OR b) AND c"),
        ("-(a b) c", "NOT (a AND b) AND c"),
        ('title:("a b"~2)', 'title:"a b"~2'),
        ("syria NEAR/3 turkey", '"syria turkey"~3'),
        ("(a OR b) NEAR/3 c", "(a OR b) NEAR/3 c"),
        ("a NEAR/3 b PRE/2 c", '"a b"~3 ONEAR/2 c'),
        ("(a b c)@2", "(a OR b OR c)@2"),
        ('case:US case:"OR"', 'case:"US" AND case:"OR"'),
        ("ATLEAST3(talks)", "talks@3"),
        ("ATLEAST3(a OR b)^2", "ATLEAST3(a OR b)^2"),
        ('="talks"', 'exact:"talks"'),
        ("site:bbc.com", "site:bbc.com"),
    ],
)
def test_a_tree_is_printed_as_a_query(query: str, printed: str) -> None:
    assert str(parse(query)) == printed


WORDS = st.sampled_from(["syria", "Türkiye", "U.S.", "al-Assad", "görüşme", "叙利亚", "AC/DC", "370", "ANDROID"])
SINGLE = st.sampled_from(["syria", "Türkiye", "görüşme", "370", "AND", "or"])
PLAIN = st.builds(Term, SINGLE)
IN_QUOTES = st.one_of(
    PLAIN,
    st.builds(Term, st.sampled_from(["syria", "Türk", "370"]), st.just("prefix")),
    st.builds(Term, st.sampled_from(["wom*n", "*ria", "s*r*a*"]), st.just("wildcard")),
)
TERMS: st.SearchStrategy[Clause] = st.one_of(
    IN_QUOTES.filter(lambda term: term.text not in {"AND", "or"}),
    st.builds(Term, WORDS),
    st.builds(Term, SINGLE, st.just("exact")),
    st.builds(Term, st.sampled_from(["organi?ation", "syri?", "?yri*"]), st.just("wildcard")),
    st.builds(Term, st.sampled_from(["assad~1", "Erdoğan~2"]), st.just("fuzzy")),
    st.builds(Term, st.sampled_from(["colou?rs?", r"a\/b", r"(x|y)+\d", '[":]']), st.just("regex")),
    st.builds(Term, st.sampled_from(["US", "U.S.", "al-Assad", "May"]), st.just("cased")),
    st.builds(Term, st.sampled_from(["C++", "Middle East", "a: (b) ~5^2"]), st.just("literal")),
)
QUOTED: st.SearchStrategy[Clause] = st.builds(
    Near,
    st.lists(IN_QUOTES, min_size=2, max_size=4).map(tuple)
    | st.lists(st.builds(Term, SINGLE, st.just("cased")), min_size=2, max_size=3).map(tuple),
    st.none() | st.integers(0, 100),
    st.booleans(),
)
PLACED: st.SearchStrategy[Clause] = st.recursive(
    TERMS | QUOTED,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(any_of),
        st.builds(Near, st.tuples(parts, parts), st.none() | st.integers(0, 100), st.booleans()),
    ),
    max_leaves=6,
)
WEIGHTS = st.sampled_from([0.5, 2.0, 0.125, 99.999, 100.0])
ABOUT = st.sampled_from(
    [Within("url", Term("bbc.co.uk", "site")), Within("lang", Term("tr", "exact")), Within("tag", Term("sport"))]
)
TREES: st.SearchStrategy[Clause] = st.recursive(
    st.one_of(PLACED, ABOUT, st.builds(Times, st.integers(2, 100), PLACED)),
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=4).map(all_of),
        st.lists(parts, min_size=2, max_size=4).map(any_of),
        st.lists(parts, min_size=2, max_size=4).flatmap(
            lambda found: st.integers(1, len(found)).map(lambda least: AtLeast(least, tuple(found)))
        ),
        st.builds(Not, parts),
        st.builds(Weighted, WEIGHTS, parts),
        st.builds(Within, st.sampled_from(["title", "summary", "text", "lead", "body", "author", "feed"]), parts),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(TREES.filter(asks_for_something))
def test_what_is_printed_parses_to_the_same_tree(tree: Clause) -> None:
    assert parse(str(tree)) == tree


@settings(deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from('ab AND OR NOT NEAR/W5S ()"~>5@2:*-+^/?!|&=\n“”title:case:lang:site:ATLEAST2(и叙'),
        max_size=40,
    )
    | st.text(max_size=40)
)
def test_any_string_is_read_or_refused_with_a_place_within_it(query: str) -> None:
    error = None
    try:
        tree = parse(query)
    except TopicError as refusal:
        error = refusal
    if error is None:
        assert parse(str(tree)) == tree
    else:
        lines = query.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert error.message
