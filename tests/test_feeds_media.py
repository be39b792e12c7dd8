"""What podcasts, videos and pictures bring along: words, addresses, pictures of entries that may have no others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from digest import feeds
from digest.model import Entry, ParsedFeed

URL = "https://feeds.example/rss.xml"
SPACES = "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:media='http://search.yahoo.com/mrss/'"
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/'>{}</feed>"


def parse(document: str, **wanted: Any) -> ParsedFeed:
    return feeds.parse(document.encode(), url=URL, **wanted)


def rss(item: str) -> str:
    return f"<rss version='2.0' {SPACES}><channel><title>Gazette</title><item>{item}</item></channel></rss>"


def entry_of(document: str) -> Entry:
    """The only one, the same for both readers."""
    (entry,) = parse(document).entries
    assert parse(document, quick=False).entries == (entry,)
    return entry


def test_a_podcasts_words_and_picture_are_read() -> None:
    entry = entry_of(
        rss(
            "<title>Episode 7</title><itunes:author>Ann</itunes:author><itunes:summary>About talks</itunes:summary>"
            "<itunes:image href='https://a.example/7.jpg'/>"
            "<enclosure url='https://a.example/7.mp3' type='audio/mpeg'/>"
        )
    )
    assert (entry.summary, entry.author, entry.image) == ("About talks", "Ann", "https://a.example/7.jpg")


def test_what_a_podcast_says_only_to_its_players_stands_for_what_is_missing() -> None:
    said = "<itunes:subtitle>About talks</itunes:subtitle><itunes:title>Episode 7</itunes:title>"
    entry = entry_of(rss(said))
    assert (entry.title, entry.summary) == ("Episode 7", "About talks")
    entry = entry_of(rss(said + "<title>7: Talks</title><description>Envoys meet</description>"))
    assert (entry.title, entry.summary, entry.text) == ("7: Talks", "Envoys meet", "")


SOUND = "<enclosure url='https://a.example/7.mp3?x=1' type='audio/mpeg' length='1'/>"
PICTURE = "<enclosure url='https://a.example/7.jpg' type='image/jpeg'/>"


@pytest.mark.parametrize(
    "item,expected",
    [
        (SOUND, "https://a.example/7.mp3?x=1"),
        (PICTURE + SOUND, "https://a.example/7.mp3?x=1"),
        ("<link/><guid isPermaLink='false'>https://a.example/7</guid>" + SOUND, "https://a.example/7.mp3?x=1"),
        ("<guid>episode 7</guid>" + SOUND, "https://a.example/7.mp3?x=1"),
        ("<enclosure url='/7.mp4'/>", "https://feeds.example/7.mp4"),
        (SOUND + "<guid>https://a.example/7</guid>", "https://a.example/7"),
        (SOUND + "<guid isPermaLink='true'>https://a.example/7</guid>", "https://a.example/7"),
        (SOUND + "<link>https://a.example/page</link>", "https://a.example/page"),
        (PICTURE, None),
        ("<enclosure url='ftp://a.example/7.mp3' type='audio/mpeg'/>", None),
        ("<enclosure url='' type='audio/mpeg'/>", None),
    ],
)
def test_what_is_enclosed_is_the_link_of_an_item_that_has_no_other(item: str, expected: str | None) -> None:
    assert entry_of(rss(f"<title>Episode 7</title>{item}")).link == expected


def test_what_is_enclosed_is_the_link_of_an_entry_of_atom_or_json_that_has_no_other() -> None:
    sound = '<link rel="enclosure" type="audio/mpeg" href="https://a.example/7.mp3"/>'
    page = '<link href="https://a.example/7"/>'
    for links, expected in ((sound, "https://a.example/7.mp3"), (sound + page, "https://a.example/7")):
        assert entry_of(ATOM.format(f"<entry><id>urn:7</id><title>A</title>{links}</entry>")).link == expected
    attached = [("https://a.example/7.jpg", "image/jpeg"), ("https://a.example/7.mp3", "audio/mpeg")]
    item = {"id": 7, "title": "A", "attachments": [{"url": url, "mime_type": kind} for url, kind in attached]}
    for url, expected in (("", "https://a.example/7.mp3"), ("https://a.example/7", "https://a.example/7")):
        (entry,) = parse(json.dumps({"items": [item | {"url": url}]})).entries
        assert entry.link == expected


@pytest.mark.parametrize(
    "links, expected",
    [
        ("<link rel='via' href='/v'/><link rel='related' href='/r'/>", "https://feeds.example/r"),
        ("<link rel='via' href='/v'/>", "https://feeds.example/v"),
        ("<content type='text/html' src='/full'/><link rel='related' href='/r'/>", "https://feeds.example/full"),
        ("<content type='text/html' src='/full'/><link href='/page'/>", "https://feeds.example/page"),
        ("<link rel='related' href='/r'/><link rel='enclosure' href='/7.mp3'/>", "https://feeds.example/7.mp3"),
        ("<link rel='self' href='/7.atom'/><link rel='edit' href='/e'/><link rel='replies' href='/c'/>", None),
    ],
)
def test_an_entry_without_a_page_has_what_it_is_about_for_its_link(links: str, expected: str | None) -> None:
    assert entry_of(ATOM.format(f"<entry><id>urn:7</id><title>A</title>{links}</entry>")).link == expected


def test_a_picture_that_is_attached_to_an_item_of_json_is_its_picture() -> None:
    attached = [("https://a.example/7.mp3", "audio/mpeg"), ("https://a.example/7.jpg", "image/jpeg")]
    item = {"id": 7, "title": "A", "attachments": [{"url": url, "mime_type": kind} for url, kind in attached]}
    (entry,) = parse(json.dumps({"items": [item]})).entries
    assert entry.image == "https://a.example/7.jpg"


@pytest.mark.parametrize("address", ["/p.jpg", "/p.jpeg?width=140&amp;s=1", "/P.PNG", "/p.webp"])
def test_a_picture_may_be_known_by_its_address_alone(address: str) -> None:
    """The Guardian's, say; what is no picture is not taken for one."""
    film, other = "<media:content url='/f.mp4'/>", "<media:content url='/f.jpg' medium='video'/>"
    entry = entry_of(rss(f"<title>A</title>{film}{other}<media:content url='{address}' width='140'/>"))
    assert entry.image == "https://feeds.example" + address.replace("&amp;", "&")


def test_a_videos_words_and_picture_are_read_from_its_group() -> None:
    entry_of_video = (
        "<entry><id>v:1</id><title>Talks</title><media:group><media:title>Talks in Ankara</media:title>"
        "<media:content url='https://a.example/v' type='application/x-shockwave-flash'/>"
        "<media:thumbnail url='https://a.example/v.jpg' width='480' height='360'/>"
        "<media:description>Envoys meet</media:description></media:group></entry>"
    )
    entry = entry_of(ATOM.format(entry_of_video))
    assert (entry.title, entry.summary, entry.image) == ("Talks", "Envoys meet", "https://a.example/v.jpg")


# --- captions -------------------------------------------------------------------------------------------------------

TOLD = "<description>&lt;p&gt;Envoys met in Ankara for talks.&lt;/p&gt;</description>"
WITHIN = "<media:content url='/{0}.jpg' medium='image'><media:description>{0}</media:description></media:content>"
BESIDE = "<media:content url='/{0}.jpg' medium='image'/><media:description type='plain'>{0}</media:description>"
CAPTION = "The hall in which the envoys sat on Friday, seen from the gallery"


@pytest.mark.parametrize("picture", [WITHIN, BESIDE])
@pytest.mark.parametrize("caption", ["Hall", CAPTION])
def test_what_stands_under_a_picture_is_not_what_the_entry_says(picture: str, caption: str) -> None:
    """Wherever it stands, and however long it is: posts of Mastodon have no titles, and long words for pictures."""
    under = picture.format(caption)
    for document in (rss(TOLD + under), rss(under + TOLD), rss(under + TOLD + under)):
        entry = entry_of(document)
        assert (entry.title, entry.summary) == ("Envoys met in Ankara for talks.",) * 2
        assert entry.image == f"https://feeds.example/{caption.replace(' ', '%20')}.jpg"


@pytest.mark.parametrize("caption", ["", "Hall"])
def test_no_picture_takes_the_place_of_an_article(caption: str) -> None:
    """As in the HuffPost's feeds, where an empty caption made whole articles vanish."""
    entry = entry_of(rss(f"<title>Talks</title>{TOLD}{WITHIN.format(caption)}{WITHIN.format('Gallery')}"))
    assert (entry.summary, entry.text) == ("Envoys met in Ankara for talks.", "")


def test_an_entry_that_says_nothing_says_what_stands_under_its_pictures() -> None:
    entry = entry_of(rss("<guid>1</guid>" + "".join(map(WITHIN.format, ["Hall", "", "Gallery", "Hall"]))))
    assert (entry.title, entry.summary, entry.text) == ("Hall Gallery", "Hall\nGallery", "")
