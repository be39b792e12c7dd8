"""The sample feeds hold what the demo is to show, and their server behaves as a good one does."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import PurePosixPath
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import feedparser
import pytest

from digest import sample
from digest.feeds import parse
from digest.model import Entry, ParsedFeed

POLLS: tuple[sample.Poll, ...] = (1, 2)
NO_FILE = "evening-ledger.xml"
FILES = [
    name
    for feed in sample.feeds("http://sample.invalid")
    if (name := PurePosixPath(feed.url).name) and name != NO_FILE
]
CHANGED = [file for file in FILES if sample.path(file, 1) != sample.path(file, 2)]
XML = [file for file in FILES if not file.endswith(".json")]


def read(file: str, poll: sample.Poll) -> ParsedFeed:
    return parse(sample.path(file, poll).read_bytes(), url=f"http://sample.invalid/{file}")


def entries(poll: sample.Poll) -> list[tuple[str, Entry]]:
    return [(file, entry) for file in FILES for entry in read(file, poll).entries]


def one(file: str, poll: sample.Poll, words: str) -> Entry:
    """The only entry of the feed with these words in its title."""
    (found,) = [entry for entry in read(file, poll).entries if words.casefold() in entry.title.casefold()]
    return found


def has(entry: Entry, *stems: str) -> bool:
    everything = f"{entry.title}\n{entry.summary}\n{entry.text}"
    return all(re.search(rf"\b{stem}", everything, re.IGNORECASE) for stem in stems)


SYRIA, TURKEY, TALK = "syria", "t(?:urkey|ürkiye|urkish)", "talk"


# --- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize("file", XML)
def test_every_xml_feed_is_read_by_feedparser_and_only_the_broken_one_complains(file: str, poll: sample.Poll) -> None:
    read_by_it = feedparser.parse(io.BytesIO(sample.path(file, poll).read_bytes()))
    assert read_by_it.version in {"rss20", "atom10", "rss10"}
    assert read_by_it.entries
    assert bool(read_by_it.bozo) == (file == "far-touchline.xml")


@pytest.mark.parametrize("poll", POLLS)
def test_the_json_feed_says_its_version_and_gives_every_item_an_id(poll: sample.Poll) -> None:
    document = json.loads(sample.path("lakeside-dispatch.json", poll).read_bytes())
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert all(item["id"] for item in document["items"])


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize("file", FILES)
def test_every_feed_is_read_whole_with_its_title_and_language(file: str, poll: sample.Poll) -> None:
    parsed = read(file, poll)
    document = sample.path(file, poll).read_text(encoding="utf-8")
    assert len(parsed.entries) == len(re.findall(r'<item\b|<entry\b|^      "id":', document, re.MULTILINE))
    assert all(entry.title and entry.link for entry in parsed.entries)
    (feed,) = [feed for feed in sample.feeds("http://sample.invalid") if feed.url.endswith(f"/{file}")]
    assert parsed.title == feed.name
    others = {"kiyi-postasi.xml": "tr", "sawt-al-mina.atom": "ar", "rechnoy-vestnik.xml": "ru"}
    assert (feed.language or parsed.language) == others.get(file, "en")


def test_the_formats_are_all_there_and_the_size_is_that_of_a_sample() -> None:
    versions = {feedparser.parse(io.BytesIO(sample.path(file, 1).read_bytes())).version for file in XML}
    assert versions == {"rss20", "atom10", "rss10"}
    first, second = ({(file, entry.entry_id) for file, entry in entries(poll)} for poll in POLLS)
    assert 20 <= len(first | second) <= 45


@pytest.mark.parametrize("poll", POLLS)
def test_links_lead_to_example_hosts_only(poll: sample.Poll) -> None:
    for file in FILES:
        for address in re.findall(r"https?://[^\s\"'<>]+", sample.path(file, poll).read_text(encoding="utf-8")):
            host = urlsplit(address).hostname or ""
            known = {"www.w3.org", "purl.org", "search.yahoo.com", "jsonfeed.org"}  # names of formats
            assert host in known or host.rpartition(".")[0].endswith("example"), address


# --- the two polls --------------------------------------------------------------------------------------------------


def test_the_slots_that_the_demo_speaks_of_lie_after_the_polls() -> None:
    breakfast = datetime(2026, 11, 20, 7, 30, tzinfo=ZoneInfo("Europe/Istanbul"))
    evening = datetime(2026, 11, 20, 18, 0, tzinfo=ZoneInfo("America/St_Johns"))
    assert sample.FIRST_POLL < breakfast < sample.SECOND_POLL < evening
    assert sample.FIRST_POLL.tzinfo is sample.SECOND_POLL.tzinfo is UTC
    assert sample.FIRST_POLL.weekday() == 4


def test_nothing_is_dated_after_the_poll_that_shows_it_nor_before_the_first_sight_window_but_one() -> None:
    claimed = [(entry, poll) for poll in POLLS for _, entry in entries(poll)]
    times = {1: sample.FIRST_POLL, 2: sample.SECOND_POLL}
    assert all(entry.published_at < times[poll] for entry, poll in claimed if entry.published_at)
    old = [
        e.title for _, e in entries(1) if e.published_at and e.published_at < sample.FIRST_POLL - timedelta(hours=24)
    ]
    assert old == ["Syria, Turkey to hold talks in Jordan this week"]


def test_weekdays_in_dates_are_the_true_ones() -> None:
    for file in XML:
        for poll in POLLS:
            for text in re.findall(r"<(?:pubDate|lastBuildDate)>(.*?)<", sample.path(file, poll).read_text("utf-8")):
                assert parsedate_to_datetime(text).strftime("%a") == text[:3], text


@pytest.mark.parametrize("file", CHANGED)
def test_new_entries_stand_on_top_at_the_second_poll(file: str) -> None:
    known = {entry.canonical or entry.entry_id for entry in read(file, 1).entries}
    is_new = [(entry.canonical or entry.entry_id) not in known for entry in read(file, 2).entries]
    assert is_new == sorted(is_new, reverse=True)
    assert 1 <= sum(is_new) <= 2


def test_two_feeds_do_not_change() -> None:
    assert sorted(set(FILES) - set(CHANGED)) == ["far-touchline.xml", "hearth-and-spoon.xml"]


def test_one_title_is_edited_under_the_same_id() -> None:
    titles = [{entry.entry_id: entry.title for _, entry in entries(poll)} for poll in POLLS]
    edited = {key for key in titles[0].keys() & titles[1].keys() if titles[0][key] != titles[1][key]}
    assert edited == {"tag:meridianreview.example.net,2026:briefs/3391"}


def test_one_guid_is_issued_again_for_the_same_link() -> None:
    before, after = (one("harbour-chronicle.xml", poll, "rifles") for poll in POLLS)
    assert (before.link, before.title) == (after.link, after.title)
    assert before.entry_id != after.entry_id


def test_the_entry_without_guid_keeps_its_identity_though_its_tracking_parameters_change() -> None:
    before, after = (one("harbour-chronicle.xml", poll, "diesel") for poll in POLLS)
    assert before.link != after.link
    assert before.entry_id == after.entry_id == before.canonical == after.canonical


# --- the stories ----------------------------------------------------------------------------------------------------


def test_the_wire_copy_has_the_title_of_the_original_and_another_link() -> None:
    for words in ("open talks", "agree on joint", "rifles"):
        original, copy = one("northern-wire.xml", 2, words), one("harbour-chronicle.xml", 2, words)
        assert original.title.casefold() == copy.title.casefold()
        assert original.title != copy.title
        assert original.canonical != copy.canonical


def test_the_edited_report_has_the_canonical_link_of_the_original_and_another_title() -> None:
    original, edited = one("northern-wire.xml", 1, "open talks"), one("meridian-review.atom", 1, "begin talks")
    assert original.canonical == edited.canonical
    assert original.title != edited.title
    assert "utm_source" in parse_qs(urlsplit(edited.link or "").query)


def test_what_the_plain_rule_can_find_are_the_reports_of_the_talks_and_nothing_else() -> None:
    found = [{(file, e.title) for file, e in entries(poll) if has(e, SYRIA, TURKEY, TALK)} for poll in POLLS]
    opening = {
        ("northern-wire.xml", "Syria and Turkey open talks in Amman on border security"),
        ("harbour-chronicle.xml", "Syria And Turkey Open Talks In Amman On Border Security"),
    }
    assert found[0] == opening | {
        ("northern-wire.xml", "Syria, Turkey to hold talks in Jordan this week"),
        ("meridian-review.atom", "Syrian, Turkish foreign ministers begin talks in Amman"),
    }
    assert found[1] == opening | {
        ("northern-wire.xml", "Syria and Turkey agree on joint border patrols after Amman talks"),
        ("harbour-chronicle.xml", "Syria and Turkey Agree on Joint Border Patrols After Amman Talks"),
        ("meridian-review.atom", "Syrian-Turkish talks in Amman run past midnight as border text takes shape"),
    }


@pytest.mark.parametrize("poll", POLLS)
def test_one_report_of_the_meeting_never_says_talks(poll: sample.Poll) -> None:
    report = one("lakeside-dispatch.json", poll, "top diplomats")
    assert has(report, SYRIA, TURKEY, "meet", "discuss")
    assert "talk" not in repr(report).casefold()


def test_the_turkish_and_the_arabic_report_name_both_countries() -> None:
    assert has(one("kiyi-postasi.xml", 1, "görüşme"), "Suriye", "Türkiye", "sınır")  # noqa: RUF001 - Turkish
    assert has(one("sawt-al-mina.atom", 1, "محادثات"), "سوريا", "وتركيا", "الحدود")


def test_near_misses_lack_one_word_each() -> None:
    bird = one("hearth-and-spoon.xml", 1, "thanksgiving")
    assert has(bird, TURKEY, TALK)
    assert not has(bird, SYRIA)
    football = one("far-touchline.xml", 1, "coach talks")
    assert has(football, SYRIA, TALK)
    assert not has(football, TURKEY)
    aid = one("old-bridge-gazette.rdf", 1, "aid trucks")
    assert has(aid, SYRIA, TURKEY)
    assert not has(aid, TALK)


def test_a_rate_decision_and_the_disarmament_are_reported() -> None:
    assert has(one("old-bridge-gazette.rdf", 1, "central bank"), "Turkish", "rate")
    assert has(one("northern-wire.xml", 1, "PKK"), "disarmament", "Kurdistan Workers")
    assert has(one("old-bridge-gazette.rdf", 1, "PKK"), "football")


def test_the_awkward_entries_are_there() -> None:
    assert [e.link for _, e in entries(1) if e.published_at is None] == ["https://oldbridge.example.com/tram-museum"]
    (live,) = [
        item
        for item in json.loads(sample.path("lakeside-dispatch.json", 1).read_bytes())["items"]
        if "title" not in item
    ]
    assert live["content_text"]
    assert (
        one("meridian-review.atom", 1, "vienna").title
        == "Café culture returns to Vienna\N{RIGHT SINGLE QUOTATION MARK}s markets"
    )
    assert one("harbour-chronicle.xml", 1, "diesel").title.startswith("Farmers & fishers")
    assert one("harbour-chronicle.xml", 1, "diesel").author == "Tomás Ó Briain"
    assert "café" in one("far-touchline.xml", 1, "chess").summary
    assert "<" not in one("northern-wire.xml", 1, "open talks").summary


# --- the server -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@pytest.fixture
def server() -> Iterator[sample.Server]:
    with sample.serve() as server:
        yield server


def ask(server: sample.Server, path: str, *, method: str = "GET", **headers: str) -> Answer:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): text for name, text in response.getheaders()}, response.read())
    finally:
        connection.close()


def test_every_feed_of_the_operator_is_served_but_the_one_that_is_ill(server: sample.Server) -> None:
    for feed in sample.feeds(server.url):
        path = feed.url.removeprefix(server.url)
        answer = ask(server, path)
        assert answer.status == (404 if path == f"/{NO_FILE}" else 200)
        if answer.status == 200:
            assert answer.body == sample.path(path[1:], 1).read_bytes()
            parsed = parse(answer.body, url=feed.url, content_type=answer.headers["content-type"])
            assert parsed.entries


def test_an_unchanged_feed_answers_304_to_its_etag_and_to_its_date(server: sample.Server) -> None:
    first = ask(server, "/hearth-and-spoon.xml")
    server.show(2)
    for validator in (
        {"If_None_Match": first.headers["etag"]},
        {"If_Modified_Since": first.headers["last-modified"]},
    ):
        again = ask(server, "/hearth-and-spoon.xml", **validator)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_a_changed_feed_answers_304_before_and_200_after_the_change(server: sample.Server) -> None:
    first = ask(server, "/northern-wire.xml")
    by_tag = {"If_None_Match": f'"other", W/{first.headers["etag"]}'}
    by_date = {"If_Modified_Since": first.headers["last-modified"]}
    assert [ask(server, "/northern-wire.xml", **known).status for known in (by_tag, by_date)] == [304, 304]
    server.show(2)
    for known in (by_tag, by_date):
        second = ask(server, "/northern-wire.xml", **known)
        assert (second.status, second.body) == (200, sample.path("northern-wire.xml", 2).read_bytes())
        assert second.headers["etag"] != first.headers["etag"]


def test_the_tag_outweighs_the_date_and_a_senseless_date_is_no_condition(server: sample.Server) -> None:
    date = ask(server, "/northern-wire.xml").headers["last-modified"]
    assert ask(server, "/northern-wire.xml", If_None_Match='"other"', If_Modified_Since=date).status == 200
    assert ask(server, "/northern-wire.xml", If_Modified_Since="yesterday").status == 200


def test_head_tells_the_length_without_the_body(server: sample.Server) -> None:
    answer = ask(server, "/kiyi-postasi.xml", method="HEAD")
    assert answer.body == b""
    assert int(answer.headers["content-length"]) == sample.path("kiyi-postasi.xml", 1).stat().st_size


@pytest.mark.parametrize(
    "path", ["/", "/first", "/__init__.py", "/../__init__.py", "/%2e%2e/__init__.py", "/second/"]
)
def test_nothing_but_feeds_is_served(server: sample.Server, path: str) -> None:
    assert ask(server, path).status == 404
