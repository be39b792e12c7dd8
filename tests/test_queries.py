"""The query language: what is read, how it is printed, and what is said of what cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import TopicError
from digest.queries import AllOf, AnyOf, Clause, Near, Not, Term, Within, all_of, any_of, asks_for_something, parse


def word(text: str) -> Term:
    return Term(text)


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
        ('"security corridor"~5', Near((word("security"), word("corridor")), 5)),
        ('"security corridor"~0', Near((word("security"), word("corridor")), 0)),
        ("“security corridor”", Near((word("security"), word("corridor")))),
        ("«security corridor»~2", Near((word("security"), word("corridor")), 2)),
        ("syria*", Term("syria", "prefix")),
        ("title:syria", Within("title", SYRIA)),
        ("Title: syria", Within("title", SYRIA)),
        ("lead:(syria OR turkey)", Within("lead", AnyOf((SYRIA, TURKEY)))),
        ("text:syria*", Within("text", Term("syria", "prefix"))),
        ('-summary:"a b"~3 syria', AllOf((Not(Within("summary", Near((word("a"), word("b")), 3))), SYRIA))),
        ("ANDROID OR ORACLE OR NOTHING", AnyOf((word("ANDROID"), word("ORACLE"), word("NOTHING")))),
        ("al-Assad", word("al-Assad")),
        ("AC/DC", word("AC/DC")),
        ('"and" AND syria', AllOf((Term("and", "exact"), SYRIA))),
        ("syria\n  AND\n  turkey", AllOf((SYRIA, TURKEY))),
    ],
)
def test_a_query_is_read_as_meant(query: str, tree: Clause) -> None:
    assert parse(query) == tree


def test_the_query_of_the_design_is_read() -> None:
    tree = parse('(syria* OR assad) AND "security corridor"~5 AND NOT title:opinion')
    assert tree == AllOf(
        (
            AnyOf((Term("syria", "prefix"), ASSAD)),
            Near((word("security"), word("corridor")), 5),
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
        ("titel:syria", 1, 1, "there is no field “titel”; expected title:, summary:, text: or lead:"),
        ("titel:syria", 1, 1, "did you mean title:?"),
        ("syria http://example.org", 1, 7, "there is no field “http”"),
        ("at 10:30", 1, 6, "a colon that belongs to the text stands in quotes"),
        ("title:", 1, 7, "after title:"),
        ("title:NOT syria", 1, 7, "found “NOT”"),
        ("sy*ia", 1, 3, "wildcards are read at the end of a word only"),
        ("*ria", 1, 1, "wildcards are read at the end of a word only"),
        ("turkey syri?", 1, 12, "wildcards are read at the end of a word only"),
        ("s*", 1, 1, "expected one word of at least 2 letters before the “*”"),
        ("al-As*", 1, 1, "expected one word"),
        ("/syria.*/", 1, 1, "regular expressions are not read"),
        ("turkey syria~1", 1, 13, "fuzzy words are not read"),
        ("syria^2", 1, 6, "weights are not read"),
        ('"syria talks"^2', 1, 14, "weights are not read"),
        ("[a TO b]", 1, 1, "ranges are not read"),
        ('"syria talks"~', 1, 14, "is no distance; expected a whole number up to 100"),
        ('"syria talks"~x', 1, 14, "is no distance"),
        ('"syria talks"~101', 1, 14, "is no distance"),
        ('"syria talks"~²', 1, 14, "is no distance"),
        ("syria and turkey", 1, 7, "write AND in capitals, or put the word in quotes"),
        ("syria or turkey", 1, 7, "write OR in capitals"),
        ("syria && turkey", 1, 7, "operators are words here"),
        ("syria || turkey", 1, 7, "operators are words here"),
        ("!syria turkey", 1, 1, "operators are words here"),
        ("syria NEAR/8 turkey", 1, 7, 'write "syria talks"~8'),
        ("syria & turkey", 1, 7, "has no letter and no digit"),
        ("NOT " * 3000 + "syria", 1, 1, "nested too deeply"),
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
    ],
)
def test_a_tree_is_printed_as_a_query(query: str, printed: str) -> None:
    assert str(parse(query)) == printed


WORDS = st.sampled_from(["syria", "Türkiye", "U.S.", "al-Assad", "görüşme", "叙利亚", "AC/DC", "370", "ANDROID"])
SINGLE = st.sampled_from(["syria", "Türkiye", "görüşme", "370", "AND", "or"])
LEAVES: st.SearchStrategy[Clause] = st.one_of(
    st.builds(Term, WORDS),
    st.builds(Term, SINGLE, st.just("exact")),
    st.builds(Term, st.sampled_from(["syria", "Türk", "370"]), st.just("prefix")),
    st.builds(
        Near,
        st.lists(st.builds(Term, SINGLE), min_size=2, max_size=4).map(tuple),
        st.none() | st.integers(0, 100),
    ),
)
TREES: st.SearchStrategy[Clause] = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=4).map(all_of),
        st.lists(parts, min_size=2, max_size=4).map(any_of),
        st.builds(Not, parts),
        st.builds(Within, st.sampled_from(["title", "summary", "text", "lead"]), parts),
    ),
    max_leaves=12,
)


@given(TREES.filter(asks_for_something))
def test_what_is_printed_parses_to_the_same_tree(tree: Clause) -> None:
    assert parse(str(tree)) == tree


@given(
    st.text(alphabet=st.sampled_from('ab AND OR NOT ()"~5:*-+^/?\n“”title:и叙'), max_size=40) | st.text(max_size=40)
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
