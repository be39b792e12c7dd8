"""The configuration as read: the example of the design, defaults, values, cache, schemas, the example set."""

# ruff: noqa: E501, RUF001 - the example of the design stands here word for word; letters of several scripts

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from digest import config, resources
from digest.config import values
from digest.errors import ConfigError
from digest.settings import DeliverySettings, Feed, Polling, Query, Retention, Settings, Smtp, Topic, Web
from digest.topics import compile_topic

SECRET = {"SMTP_PASSWORD": "correct horse"}

# The example of the design, word for word.
DESIGN = {
    "digest.yaml": """
site: {name: World Watch, url: "https://news.example.org", from: "World Watch <news@example.org>", postal_address: "…"}
database: sqlite:///var/digest.db            # or postgresql://…; relative paths start at the folder above the config folder
delivery:
  transport: maildir                         # maildir (embedded default) | smtp
  maildir: var/outbox
  smtp: {host: localhost, port: 25, starttls: auto, username: news, password: ${SMTP_PASSWORD}, connections: 4, per_second: 50}
  when_unsure: resend                        # resend | hold
polling: {every: 30m, timeout: 20s, max_bytes: 10MB, private_addresses: false, first_sight: 24h, contact: ops@example.org}
web: {listen: "127.0.0.1:8025"}
""",
    "feeds.yaml": """
feeds:
  - https://feeds.bbci.co.uk/news/world/rss.xml
  - {url: "https://www.aljazeera.com/xml/rss/all.xml", name: Al Jazeera, tags: [world], language: en}
""",
    "topics.yaml": """
topics:
  syria-turkey-talks: Syria Turkey talks     # the short form: a phrase
  pkk: {name: PKK, watch: [PKK, Kurdistan Workers Party], exclude: [football], feeds: [world], languages: [en, tr], threshold: strict}
  corridor: {query: '(syria* OR assad) AND "security corridor"~5 AND NOT title:opinion', require: [talks, {query: border OR fence}]}
""",
    "newsletters.yaml": """
newsletters:
  middle-east:
    title: Middle East watch
    topics: [syria-turkey-talks, pkk]
    schedule: daily 07:30                    # instant | hourly | daily 07:30 | weekdays 07:30 | mon,thu 18:00 | "cron: 0 7 1 * *"
    timezone: Europe/Istanbul
    language: en                             # of the fixed words, dates and direction of the mail
    max_stories: 20
    when_empty: skip                         # skip | send
    late: send                               # send | skip
    subscribers: [amal@example.org, {email: jo@example.org, timezone: America/St_Johns, schedule: weekdays 18:00, topics: [pkk]}]
""",
}

SMALLEST = {
    "feeds.yaml": "feeds: [https://www.example.org/feed.xml]",
    "topics.yaml": "topics: {talks: Syria Turkey talks}",
    "newsletters.yaml": "newsletters: {daily: {title: Daily, topics: [talks], subscribers: [jo@example.org]}}",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, files: dict[str, str], environ: dict[str, str] | None = None) -> Settings:
    return config.load(write(folder / "config", files), environ or {})


# --- aliases --------------------------------------------------------------------------------------------------------


def test_a_topic_has_its_own_aliases_and_those_of_the_shared_ones_that_its_phrases_name(tmp_path: Path) -> None:
    files = SMALLEST | {
        "topics.yaml": (
            "topics:\n  talks: {watch: Assad talks, aliases: {talks: parley}}\n  exiles: {watch: exiles, exclude: [esad's]}\n"
            "  rain: rain\n  query: {query: Assad}\n"
        ),
        "aliases.yaml": "aliases: {Assad: [al-Assad, Esad, al-Assad], Damascus Spring: [that spring]}",
    }
    assad = ("Assad", "al-Assad", "Esad")
    topics = {topic.id: topic for topic in load(tmp_path, files).topics}
    assert topics["talks"].aliases == (("talks", "parley"), assad)
    assert topics["exiles"].aliases == (assad,)
    assert topics["rain"].aliases == topics["query"].aliases == ()
    assert load(tmp_path, files).aliases == (assad, ("Damascus Spring", "that spring"))


def test_a_name_in_a_case_of_a_language_that_is_configured_has_its_aliases(tmp_path: Path) -> None:
    files = SMALLEST | {"topics.yaml": "topics: {talks: визит Асада}", "aliases.yaml": "aliases: {Assad: Асад}"}
    assert load(tmp_path, files).topics[0].aliases == ()
    files["digest.yaml"] = "matching: {languages: [ru]}"
    assert load(tmp_path, files).topics[0].aliases == (("Assad", "Асад"),)


def test_an_alias_that_changes_makes_a_new_version_of_the_topics_that_it_concerns_only(tmp_path: Path) -> None:
    topics = {"topics.yaml": "topics: {talks: Assad talks, rain: rain}"}
    before, after = (
        {t.id: t.version for t in load(tmp_path, SMALLEST | topics | {"aliases.yaml": text}).topics}
        for text in ("aliases: {Assad: Esad}", "aliases: {Assad: [Esad, Asad]}")
    )
    assert before["talks"] != after["talks"]
    assert before["rain"] == after["rain"]


@pytest.mark.parametrize("text", ["", "aliases:", "aliases: {}", "# nothing yet"])
def test_the_aliases_may_be_none(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, SMALLEST | {"aliases.yaml": text}).topics[0].aliases == ()


# --- what is read ---------------------------------------------------------------------------------------------------


def test_the_example_of_the_design_loads_as_it_stands(tmp_path: Path) -> None:
    settings = load(tmp_path, DESIGN, SECRET)
    assert settings.database == f"sqlite:///{tmp_path}/var/digest.db"
    assert settings.delivery.maildir == tmp_path / "var/outbox"
    assert settings.delivery.smtp == Smtp(username="news", password="correct horse")
    assert settings.polling == Polling(contact="ops@example.org")
    assert settings.feeds == (
        Feed(url="https://feeds.bbci.co.uk/news/world/rss.xml", name="feeds.bbci.co.uk"),
        Feed(url="https://www.aljazeera.com/xml/rss/all.xml", name="Al Jazeera", tags=("world",), language="en"),
    )
    talks, pkk, corridor = settings.topics
    assert (talks.name, talks.watch) == ("Syria Turkey talks", ("Syria Turkey talks",))
    assert (pkk.watch, pkk.exclude, pkk.threshold) == (("PKK", "Kurdistan Workers Party"), ("football",), "strict")
    assert (corridor.name, corridor.watch) == ("corridor", ())
    assert corridor.require == ("talks", Query("border OR fence"))
    (newsletter,) = settings.newsletters
    amal, jo = newsletter.subscriptions
    assert (amal.timezone, amal.schedule.text, amal.topics) == (
        "Europe/Istanbul",
        "daily 07:30",
        ("syria-turkey-talks", "pkk"),
    )
    assert (jo.timezone, jo.schedule.text, jo.topics) == ("America/St_Johns", "weekdays 18:00", ("pkk",))


def test_feeds_one_topic_and_one_newsletter_are_enough(tmp_path: Path) -> None:
    settings = load(tmp_path, SMALLEST)
    assert settings.delivery == DeliverySettings(maildir=tmp_path / "var/outbox")
    assert (settings.polling, settings.retention, settings.web) == (Polling(), Retention(), Web())
    assert settings.database == f"sqlite:///{tmp_path}/var/digest.db"
    assert settings.site.sender_address == "digest@localhost"
    assert settings.feeds[0].name == "example.org"
    newsletter = settings.newsletters[0]
    assert (newsletter.timezone, newsletter.language, newsletter.schedule.text) == ("UTC", "en", "daily 07:30")
    assert newsletter.subscriptions[0].schedule == newsletter.schedule


def test_keys_without_a_value_count_as_not_written(tmp_path: Path) -> None:
    files = {
        "digest.yaml": "site:\npolling:\n  every:\n",
        "feeds.yaml": "feeds:\n",
        "topics.yaml": "topics:\n  talks:\n    watch: talks\n    exclude:\n    # - opinion\n",
        "newsletters.yaml": "newsletters:\n  daily:\n    title: D\n    topics: [talks]\n    subscribers:\n",
    }
    assert load(tmp_path, files).newsletters[0].subscriptions == ()


def test_what_yaml_might_take_for_numbers_dates_or_truth_is_text(tmp_path: Path) -> None:
    files = SMALLEST | {
        "topics.yaml": "topics: {2024: 2024, no: {watch: [12:30, 2020-01-01, 0x10, 1e3, true], languages: [no]}}",
        "newsletters.yaml": "newsletters: {2024: {title: 1.50, topics: [2024, no]}}",
    }
    settings = load(tmp_path, files)
    assert settings.topics[0].watch == ("2024",)
    assert settings.topics[1].watch == ("12:30", "2020-01-01", "0x10", "1e3", "true")
    assert settings.topics[1].languages == ("no",)
    assert settings.newsletters[0].title == "1.50"


def test_anchors_aliases_and_merge_keys_work(tmp_path: Path) -> None:
    text = """
newsletters:
  a: &a {title: A, topics: [talks], subscribers: &team [jo@example.org], max_stories: 5}
  b: {<<: *a, title: B}
  c: {title: C, topics: [talks], subscribers: *team}
"""
    newsletters = load(tmp_path, SMALLEST | {"newsletters.yaml": text}).newsletters
    assert [(n.title, n.max_stories, len(n.subscriptions)) for n in newsletters] == [
        ("A", 5, 1),
        ("B", 5, 1),
        ("C", 20, 1),
    ]


def test_the_choice_of_a_subscriber_is_in_the_order_of_the_newsletter(tmp_path: Path) -> None:
    files = SMALLEST | {
        "topics.yaml": "topics: {a: rain, b: snow, c: hail}",
        "newsletters.yaml": "newsletters: {n: {title: N, topics: [c, a, b], subscribers: [{email: j@a.org, topics: [b, c]}]}}",
    }
    assert load(tmp_path, files).newsletters[0].subscriptions[0].topics == ("c", "b")


def test_variables_are_put_in_and_a_doubled_dollar_is_one(tmp_path: Path) -> None:
    files = SMALLEST | {
        "digest.yaml": "site: {name: 'A ${B} $${B} $5 $$', url: ${URL}}\nweb: {listen: '[::1]:${PORT}'}"
    }
    settings = load(tmp_path, files, {"B": "b: [", "URL": "http://a.test/", "PORT": "80"})
    assert settings.site.name == "A b: [ ${B} $5 $"
    assert settings.site.url == "http://a.test"
    assert (settings.web.host, settings.web.port) == ("::1", 80)


def test_a_password_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file \n", encoding="utf-8")
    files = SMALLEST | {"digest.yaml": "delivery: {smtp: {username: n, password_file: secret}}"}
    smtp = load(tmp_path, files).delivery.smtp
    assert (smtp.password, smtp.password_file) == ("from a file ", tmp_path / "secret")


def test_the_password_is_in_no_representation(tmp_path: Path) -> None:
    files = DESIGN | {
        "digest.yaml": DESIGN["digest.yaml"].replace("sqlite:///var", "postgresql://u:${SMTP_PASSWORD}@h/var")
    }
    settings = load(tmp_path, files, {"SMTP_PASSWORD": "correcthorse"})
    assert settings.database == "postgresql+psycopg://u:correcthorse@h/var/digest.db"
    assert "correcthorse" not in repr(settings)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = load(tmp_path, SMALLEST)
    for name, text in SMALLEST.items():
        (tmp_path / "config" / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n")
    assert config.load(tmp_path / "config", {}) == plain


def test_a_language_of_the_operators_own_words_is_known(tmp_path: Path) -> None:
    (tmp_path / "mine/words").mkdir(parents=True)
    (tmp_path / "mine/words/nl.toml").touch()
    letters = SMALLEST["newsletters.yaml"].replace("title: Daily", "title: Daily, language: nl")
    files = SMALLEST | {"digest.yaml": "templates: mine", "newsletters.yaml": letters}
    settings = load(tmp_path, files)
    assert settings.templates == tmp_path / "mine"
    assert settings.newsletters[0].language == "nl"


# --- single values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,expected",
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert values.duration(text) == expected


@pytest.mark.parametrize(
    "text,expected", [("500KB", 500_000), ("10MB", 10_000_000), ("1 gb", 10**9), ("1000B", 1000)]
)
def test_sizes(text: str, expected: int) -> None:
    assert values.size(text) == expected


@pytest.mark.parametrize(
    "text,expected",
    [
        ("sqlite:///var/a.db", "sqlite:////base/var/a.db"),
        ("sqlite:////srv/a.db?timeout=5", "sqlite:////srv/a.db?timeout=5"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql:///d?host=/run/pg", "postgresql+psycopg:///d?host=/run/pg"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
    ],
)
def test_databases(text: str, expected: str) -> None:
    assert values.database(text, Path("/base")) == expected


@pytest.mark.parametrize(
    "text,expected",
    [
        ("World Watch <news@example.org>", ("World Watch", "news@example.org")),
        ("news@example.org", ("", "news@example.org")),
        ('"Watch, World" <news@münchen.example.org>', ("Watch, World", "news@xn--mnchen-3ya.example.org")),
        ("Root <root@localhost>", ("Root", "root@localhost")),
    ],
)
def test_senders(text: str, expected: tuple[str, str]) -> None:
    assert values.sender(text) == expected


@pytest.mark.parametrize(
    "one,other,same",
    [
        ("http://A.example/x", "HTTP://a.example:80/x#top", True),
        ("https://a.example", "https://a.example/", True),
        ("https://a.example/x", "https://a.example/X", False),
        ("https://a.example/x?a=1", "https://a.example/x?a=2", False),
        ("https://a.example/", "http://a.example/", False),
    ],
)
def test_which_addresses_are_the_same(one: str, other: str, *, same: bool) -> None:
    assert (values.url_key(one) == values.url_key(other)) is same


@given(st.text())
def test_a_value_is_read_or_refused_with_what_was_expected(text: str) -> None:
    readers: list[Any] = [
        *(values.duration, values.size, values.truth, values.line, values.web_url, values.site_url, values.address),
        *(values.sender, values.listen, values.language, values.threshold, values.tag),
        lambda text: values.database(text, Path("/base")),
    ]
    for read in readers:
        try:
            read(text)
        except values.Wrong as refusal:
            wrong = refusal
        else:
            continue
        assert wrong.expected
    values.url_key(text)
    values.host_name(text)


# --- the cache ------------------------------------------------------------------------------------------------------


@pytest.fixture
def cached(tmp_path: Path) -> dict[str, str]:
    """An environment with a cache folder."""
    return SECRET | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "FEED_TOKEN": "s3same"}


def kept_files(environ: dict[str, str]) -> list[Path]:
    return sorted(Path(environ["XDG_CACHE_HOME"]).glob("digest/*"))


def imported(folder: Path, environ: dict[str, str]) -> set[str]:
    """The packages in memory of a process of its own that has loaded the folder."""
    code = (
        "import sys; from pathlib import Path; from digest import config; import os\n"
        "config.load(Path(sys.argv[1]), dict(os.environ))\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    here = os.environ | environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(folder)]
    return set(subprocess.run(command, env=here, check=True, capture_output=True, text=True).stdout.split())


def loads_light(folder: Path, environ: dict[str, str]) -> bool:
    """Whether it needs neither pydantic nor ruamel.yaml, nor what they need."""
    heavy = {"pydantic", "pydantic_core", "ruamel", "email_validator", "lark", "cronsim", "babel"}
    return not heavy & imported(folder, environ)


def test_an_unchanged_configuration_loads_without_pydantic_and_yaml(tmp_path: Path, cached: dict[str, str]) -> None:
    folder = write(tmp_path / "config", DESIGN)
    assert not loads_light(folder, cached)
    assert loads_light(folder, cached)
    assert not loads_light(folder, cached | {"DIGEST_NO_CACHE": "1"})


def test_only_a_topic_that_was_changed_is_compiled_again(tmp_path: Path, cached: dict[str, str]) -> None:
    folder = write(tmp_path / "config", DESIGN)
    config.load(folder, cached)
    write(folder, DESIGN | {"topics.yaml": DESIGN["topics.yaml"] + "  more: Ankara visit\n"})
    assert {"pydantic"} == {"pydantic", "lark"} & imported(folder, cached)
    write(folder, DESIGN | {"topics.yaml": DESIGN["topics.yaml"].replace("syria*", "syri*")})
    assert "lark" in imported(folder, cached), "the query wants it"


def test_cached_and_uncached_are_equal_and_no_secret_is_in_the_file(tmp_path: Path, cached: dict[str, str]) -> None:
    files = DESIGN | {"feeds.yaml": "feeds: [{url: 'https://a.example/?t=${FEED_TOKEN}', tags: [world]}]"}
    files["digest.yaml"] = files["digest.yaml"].replace("sqlite:///var", "postgresql://u:${FEED_TOKEN}@h/var")
    first, second = load(tmp_path, files, cached), load(tmp_path, files, cached)
    uncached = load(tmp_path, files, cached | {"DIGEST_NO_CACHE": "1"})
    assert first == second == uncached
    assert second.feeds[0].url == "https://a.example/?t=s3same"
    (kept,) = kept_files(cached)
    assert b"World Watch" in kept.read_bytes()
    for secret in (b"s3same", b"correct horse", b"horse"):
        assert secret not in kept.read_bytes()


@pytest.mark.parametrize("value", ["e", "digest", "var", "0", "SMTP_PASSWORD", "digest.model"])
def test_a_secret_that_looks_like_anything_else_changes_nothing(
    value: str, tmp_path: Path, cached: dict[str, str]
) -> None:
    environ = cached | {"SMTP_PASSWORD": value}
    assert load(tmp_path, DESIGN, environ) == load(tmp_path, DESIGN, environ)
    assert len(kept_files(environ)) == 1


def changes(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Changes one after another, each with what must be seen of it, as (what, environment)."""
    (folder / "feeds.yaml").write_text(DESIGN["feeds.yaml"].replace("Jazeera", "Jazeerb"), encoding="utf-8")
    yield "Jazeerb", {}
    yield "another", {"SMTP_PASSWORD": "another"}
    (folder / "digest.yaml").unlink()
    yield "Digest", {}
    (folder.parent / "secret").write_text("first", encoding="utf-8")
    (folder / "digest.yaml").write_text("delivery: {smtp: {username: n, password_file: secret}}", encoding="utf-8")
    yield "first", {}
    (folder.parent / "secret").write_text("second", encoding="utf-8")
    yield "second", {}


def test_every_change_of_a_byte_a_variable_or_a_secret_file_is_seen(tmp_path: Path, cached: dict[str, str]) -> None:
    load(tmp_path, DESIGN, cached)
    for what, environ in changes(tmp_path / "config"):
        settings = config.load(tmp_path / "config", cached | environ)
        assert what in f"{settings} {settings.delivery.smtp.password}"
        assert config.load(tmp_path / "config", cached | environ) == settings
    (tmp_path / "secret").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "config", cached)


def test_a_variable_that_is_no_longer_set_is_seen(tmp_path: Path, cached: dict[str, str]) -> None:
    files = SMALLEST | {"digest.yaml": "site: {postal_address: 'x${NOTHING}'}"}
    load(tmp_path, files, cached | {"NOTHING": ""})
    with pytest.raises(ConfigError, match="NOTHING is not set"):
        load(tmp_path, files, cached)


def test_a_new_stray_file_is_seen_although_the_rest_is_cached(tmp_path: Path, cached: dict[str, str]) -> None:
    load(tmp_path, SMALLEST, cached)
    (tmp_path / "config/people.yaml").touch()
    with pytest.raises(ConfigError, match=r"people\.yaml"):
        load(tmp_path, SMALLEST, cached)


def test_a_language_that_is_no_longer_there_is_seen(tmp_path: Path, cached: dict[str, str]) -> None:
    (tmp_path / "mine/words").mkdir(parents=True)
    (tmp_path / "mine/words/nl.toml").touch()
    letters = SMALLEST["newsletters.yaml"].replace("title: Daily", "title: Daily, language: nl")
    files = SMALLEST | {"digest.yaml": "templates: mine", "newsletters.yaml": letters}
    load(tmp_path, files, cached)
    (tmp_path / "mine/words/nl.toml").unlink()
    with pytest.raises(ConfigError, match="no words for the language 'nl'"):
        load(tmp_path, files, cached)


def test_the_cache_is_for_its_owner_only(tmp_path: Path, cached: dict[str, str]) -> None:
    load(tmp_path, SMALLEST, cached)
    (kept,) = kept_files(cached)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_cache_that_others_could_have_written_is_not_read(
    place: str, tmp_path: Path, cached: dict[str, str]
) -> None:
    folder = write(tmp_path / "config", SMALLEST)
    config.load(folder, cached)
    (kept,) = kept_files(cached)
    open_to_all = kept if place == "file" else kept.parent
    open_to_all.chmod(0o777)
    assert not loads_light(folder, cached)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x05.", b"\x80\x05N."])
def test_a_spoilt_cache_is_written_anew(content: bytes, tmp_path: Path, cached: dict[str, str]) -> None:
    folder = write(tmp_path / "config", SMALLEST)
    before = config.load(folder, cached)
    (kept,) = kept_files(cached)
    kept.write_bytes(content)
    assert config.load(folder, cached) == before
    assert len(kept.read_bytes()) > 100


def test_a_cache_that_cannot_be_written_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for environ in (
        {"XDG_CACHE_HOME": str(tmp_path / "file")},
        {"XDG_CACHE_HOME": "relative"},
        {"HOME": "/dev/null"},
    ):
        assert load(tmp_path, SMALLEST, environ).topics
    assert not Path("relative").exists()


# --- what is known without asking a library ------------------------------------------------------------------------

ENDS = ("com", "de", "UK", "net", "test", "local", "c0m", "i")
WORDS = (
    "Syria",
    "AND",
    "and",
    "to",
    "NOT",
    "US",
    "it",
    "WHO",
    "2024",
    "ve",
    "türkçe",
    "İran",
    "سوريا",
    "من",
    "北京",
    "ไทย",
    "²",
)


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=5).map(" ".join))
def test_a_plain_phrase_is_one_that_compiles(phrase: str) -> None:
    if values.is_plain_phrase(phrase):
        compile_topic(Topic(id="topic", name="Topic", watch=(phrase,), require=(phrase,), exclude=(phrase,)))


OPERANDS = st.one_of(
    st.sampled_from(
        [
            *WORDS,
            "NEAR",
            "or",
            "Or",
            "near",
            "ATLEAST",
            "AROUND",
            "ADJ",
            '"a b"',
            '"central bank"',
            '"',
            "turk*",
            "a*",
            "x~1",
            "lang:en",
        ]
    ),
    st.text(st.characters(categories=["L", "M"]), max_size=4),
)
GROUPS = st.builds(
    "{}{} {} {}{}".format,
    st.sampled_from(["", "("]),
    OPERANDS,
    st.sampled_from(["AND", "OR", "NOT"]),
    OPERANDS,
    st.sampled_from(["", ")"]),
)


@given(st.lists(st.one_of(OPERANDS, GROUPS), max_size=3), st.sampled_from([" AND ", " OR ", " NOT ", " "]))
def test_a_plain_query_is_one_that_compiles(parts: list[str], gap: str) -> None:
    query = gap.join(parts)
    if values.is_plain_query(query):
        compile_topic(Topic(id="topic", name="Topic", query=query))


@pytest.mark.parametrize("query", ["PKK", "Assad OR suriye*", '("central bank" AND turk*) OR "Merkez Bankası"'])
def test_ordinary_queries_are_plain(query: str) -> None:
    assert values.is_plain_query(query)


@pytest.mark.parametrize("phrase", ["Syria Turkey talks", "PKK", "Türkçe", "2024"])
def test_ordinary_phrases_are_plain(phrase: str) -> None:
    assert values.is_plain_phrase(phrase)


@pytest.mark.parametrize("written, hint", [("75", 'write "0.75"'), ("1.5", "")])
def test_a_threshold_above_one_may_be_meant_in_percent_if_it_is_two_or_more(written: str, hint: str) -> None:
    with pytest.raises(values.Wrong) as caught:
        values.threshold(written)
    assert caught.value.hint == hint


LABELS = st.lists(st.text("aZ09", min_size=1, max_size=12), min_size=1, max_size=4)
PARTS = st.builds(lambda labels, gap: gap.join(labels), LABELS, st.sampled_from([".", "-", "_", ".-"]))


@given(PARTS, PARTS, st.sampled_from(ENDS))
def test_a_plain_address_is_one_that_email_validator_accepts(local: str, domain: str, end: str) -> None:
    address = f"{local}@{domain}.{end}"
    if re.fullmatch(values.PLAIN_ADDRESS, address) and len(address) <= 64:
        validate_email(address, check_deliverability=False, allow_smtputf8=False, globally_deliverable=False)
        assert values.address(address) == address


@pytest.mark.parametrize("address", ["jo@example.org", "Jo.Doe-2@news.bbc.co.uk"])
def test_ordinary_addresses_are_plain(address: str) -> None:
    assert re.fullmatch(values.PLAIN_ADDRESS, address)


# --- the example set and the schemas --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """What `digest init` wrote: the files of the example set, then their schemas."""
    return config.init(tmp_path_factory.mktemp("init") / "new/config")


@pytest.fixture(scope="module")
def schemas(written: tuple[Path, ...]) -> dict[str, dict[str, Any]]:
    """By file."""
    files = [path for path in written if path.suffix == ".json"]
    return {path.name.partition(".")[0]: json.loads(path.read_text("utf-8")) for path in files}


def test_init_writes_an_example_that_loads_and_refuses_to_write_over_it(written: tuple[Path, ...]) -> None:
    folder = written[0].parent
    assert config.load(folder, {}).newsletters[0].id == "middle-east"
    for path in written:
        assert path.is_file()
    with pytest.raises(ConfigError, match="is there already"):
        config.init(folder)


def test_the_files_of_init_name_schemas_that_are_there(written: tuple[Path, ...]) -> None:
    folder = written[0].parent
    for name in ("digest", "feeds", "topics", "newsletters"):
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", (folder / f"{name}.yaml").read_text("utf-8"))
        assert named
        schema = json.loads((folder / named[1]).read_text("utf-8"))
        assert schema["additionalProperties"] is False


def test_init_writes_nothing_when_one_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").touch()
    with pytest.raises(ConfigError, match=r"topics\.yaml"):
        config.init(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["topics.yaml"]


def test_schemas_describe_every_key_and_both_forms(schemas: dict[str, dict[str, Any]]) -> None:
    assert list(schemas) == ["digest", "feeds", "topics", "aliases", "newsletters"]
    for schema in schemas.values():
        for name, part in {**schema.get("$defs", {}), "file": schema}.items():
            undescribed = [key for key, value in part["properties"].items() if "description" not in value]
            assert undescribed in ([], ["name"]) or name == "Feed", f"{name}: {undescribed}"
    assert schemas["digest"]["$defs"]["Site"]["properties"].keys() == {"name", "url", "from", "postal_address"}
    kinds = {kind.get("type", "$ref") for kind in schemas["feeds"]["properties"]["feeds"]["items"]["anyOf"]}
    assert kinds == {"string", "$ref"}


def test_the_example_set_is_commented(tmp_path: Path) -> None:
    for path in resources.folder("config").glob("*.yaml"):
        assert path.read_text("utf-8").startswith("# ")


def test_every_key_is_documented(schemas: dict[str, dict[str, Any]]) -> None:
    """Each key of each mapping stands in docs/configuration.md, as a word of code."""
    page = Path(__file__).resolve().parents[1].joinpath("docs/configuration.md").read_text("utf-8")
    words = {word for code in re.findall(r"`([^`]*)`", page) for word in re.findall(r"[a-z_]+", code)}
    for schema in schemas.values():
        for name, part in {**schema.get("$defs", {}), "file": schema}.items():
            assert not part["properties"].keys() - words, name
