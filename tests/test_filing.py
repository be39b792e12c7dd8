"""Where topics are filed: which of them the words of a text pull out."""

from __future__ import annotations

from digest.filing import Filing


def pulled(filing: Filing, text: str) -> set[str]:
    return filing.pulled(filing.look_up(text.split(), "en"))


def filed(**names: list[tuple[str, ...]]) -> Filing:
    filing = Filing()
    for name, groups in names.items():
        filing.add(name, groups)
    return filing


def test_a_name_is_pulled_by_a_key_of_every_group() -> None:
    filing = filed(talks=[("=geneva", "=vienna"), ("=talks",), ("=envoy",)])
    assert pulled(filing, "Talks in Vienna with the envoy") == {"talks"}
    assert pulled(filing, "Talks in Vienna with the minister") == set()
    assert pulled(filing, "The envoy left Vienna") == set()


def test_a_name_without_groups_is_always_pulled() -> None:
    assert pulled(filed(everything=[], talks=[("=talks",)]), "rain") == {"everything"}


def test_a_key_with_a_star_stands_for_all_that_begin_so() -> None:
    filing = filed(talks=[("=nego*",)])
    assert pulled(filing, "Negotiators") == {"talks"}
    assert pulled(filing, "neglect") == set()


def test_what_is_put_in_and_taken_out_counts_for_words_that_were_looked_up_before() -> None:
    filing = filed(old=[("=talks",)])
    assert pulled(filing, "talks") == {"old"}
    filing.add("new", [("=talks",)])
    filing.remove("old")
    assert pulled(filing, "talks") == {"new"}


def test_the_words_of_a_text_are_known_by_the_keys_that_are_asked_for() -> None:
    filing = filed(talks=[("=talks", "talk")])
    spelt = filing.spelt(filing.look_up(["Talks", "talking", "rain", "talking"], "en"))
    assert {key: sorted(words) for key, words in spelt.words.items()} == {
        "=talks": ["Talks"],
        "talk": ["Talks", "talking"],
    }
    assert "=rain" not in spelt.covers


def test_words_that_are_only_asked_about_are_known_until_they_are_no_more_and_pull_nothing() -> None:
    filing, words = filed(talks=[("=talks",)]), ["Envoys", "talks"]
    for change, spelt in ((filing.ask, {"=talks", "envoy"}), (filing.ask_no_more, {"=talks"})):
        change(["envoy"])
        looked_up = filing.look_up(words, "en")
        assert filing.spelt(looked_up).words.keys() == spelt
        assert ("envoy" in filing.spelt(looked_up).covers) is ("envoy" in spelt)
        assert filing.pulled(looked_up) == {"talks"}


def test_nothing_is_lost_when_more_words_went_by_than_are_remembered() -> None:
    filing = filed(talks=[("=talks",), ("=geneva",)])
    assert pulled(filing, "talks geneva") == {"talks"}
    for at in range(0, 70_000, 10_000):
        assert pulled(filing, " ".join(map(str, range(at, at + 10_000)))) == set()
    remembered = filing._remembered["en"]
    assert len(remembered.nowhere) + len(remembered.leading) <= 60_000
    assert pulled(filing, "talks geneva") == {"talks"}
