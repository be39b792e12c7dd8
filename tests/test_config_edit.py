"""Adding to YAML that somebody wrote by hand, and feed lists as OPML."""

# ruff: noqa: E501 - files before and after stand side by side

import os
import re
import shutil
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from properties import examples

from digest import config, resources
from digest.config.documents import parse
from digest.errors import ConfigError, DigestError
from digest.settings import Feed

SHARED = Path(__file__).resolve().parents[2] / "shared"
NEW = Feed(url="https://new.example/feed.xml", name="new.example")
FULL = Feed(url="https://new.example/feed.xml", name="New: “it's” #1", tags=("world", "yes"), language="tr")

# Lists as people write them, and where one more URL goes: `§` marks what is added.
LISTS = {
    "a list": "feeds:\n  - https://a.example/§\n  - https://new.example/feed.xml§\n",
    "no line break at the end": "feeds:\n  - https://a.example/§\n  - https://new.example/feed.xml\n§",
    "dashes below the key": "feeds:\n- https://a.example/§\n- https://new.example/feed.xml§\n",
    "deep dashes": "feeds:\n      -   https://a.example/§\n      - https://new.example/feed.xml§\n",
    "a comment on the line": "feeds:\n  - https://a.example/   # the best§\n  - https://new.example/feed.xml§\n",
    "comments below": "feeds:\n  - https://a.example/§\n  - https://new.example/feed.xml§\n\n  # - https://b.example/\n# end\n",
    "a mapping": "feeds:\n  - url: https://a.example/\n    tags: [x]  # y§\n  - https://new.example/feed.xml§\n# end\n",
    "a list at the end": "feeds:\n  - url: https://a.example/\n    tags:\n    - x§\n  - https://new.example/feed.xml§\n",
    "a block of text": "feeds:\n  - url: https://a.example/\n    name: |\n      A\n      B§\n  - https://new.example/feed.xml§\n\n\n",
    "dash and mapping apart": "feeds:\n  -\n    url: https://a.example/§\n  - https://new.example/feed.xml§\n",
    "one line": 'feeds: [https://a.example/§, "https://new.example/feed.xml"§]  # all\n',
    "brackets over lines": "feeds: [\n  'https://a.example/'§, \"https://new.example/feed.xml\"§,  # last\n]\n",
    "a whole document in braces": '{feeds: [https://a.example/§, "https://new.example/feed.xml"§]}\n',
    "nothing yet": "feeds:  # none§\n  - https://new.example/feed.xml§\n# end\n",
    "quoted": '"feeds":\n  - "https://a.example/"§\n  - https://new.example/feed.xml§\n',
}  # fmt: skip


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example set, written once: its schemas take a third of a second."""
    folder = tmp_path_factory.mktemp("example")
    config.init(folder)
    return folder


@pytest.fixture
def folder(example: Path, tmp_path: Path) -> Path:
    """The example set, to be edited."""
    return Path(shutil.copytree(example, tmp_path / "config"))


def feeds_file(folder: Path, text: str) -> Path:
    path = folder / "feeds.yaml"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("marked", LISTS.values(), ids=LISTS)
def test_a_feed_is_added_as_its_neighbours_stand_and_nothing_else_changes(marked: str, tmp_path: Path) -> None:
    before, _, rest = marked.partition("§")
    added, _, after = rest.partition("§")
    path = feeds_file(tmp_path, before + after)
    config.add_feed(tmp_path, NEW)
    assert path.read_text("utf-8") == before + added + after


def test_an_empty_list_is_filled(tmp_path: Path) -> None:
    for text in ("feeds: []  # none\n", "feeds: ~  # none\n"):
        path = feeds_file(tmp_path, text)
        config.add_feed(tmp_path, NEW)
        assert path.read_text("utf-8") == 'feeds: ["https://new.example/feed.xml"]  # none\n'


def test_a_feed_with_everything_is_read_back_as_it_was(folder: Path) -> None:
    config.add_feed(folder, FULL)
    assert config.load(folder, {}).feeds[-1] == FULL


def test_dollars_are_no_variables_after_an_edit(folder: Path) -> None:
    feed = Feed(url="https://a.example/?q=${X}&p=$$", name="${Y} $")
    config.add_feed(folder, feed)
    assert config.load(folder, {}).feeds[-1] == feed


def test_a_feed_without_a_name_is_called_by_its_host(folder: Path) -> None:
    config.add_feed(folder, Feed(url="https://www.new.example/x", name="", tags=("world",)))
    assert config.load(folder, {}).feeds[-1].name == "new.example"


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    path = feeds_file(tmp_path, "\ufefffeeds:\r\n  - https://a.example/\r\n# end\r\n")
    config.add_feed(tmp_path, NEW)
    assert path.read_bytes() == (
        "\ufefffeeds:\r\n  - https://a.example/\r\n  - https://new.example/feed.xml\r\n# end\r\n".encode()
    )


def test_a_feed_that_is_there_is_refused_with_its_line(tmp_path: Path) -> None:
    path = feeds_file(tmp_path, "feeds:\n  - https://a.example/\n  - {url: 'https://NEW.example:443/feed.xml'}\n")
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"feeds\.yaml:3:5: .* is there already"):
        config.add_feed(tmp_path, NEW)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "feed",
    [
        Feed(url="file:///etc/passwd", name="x"),
        Feed(url="https://a.example/", name="x", language="english"),
        Feed(url="https://a.example/", name="x", tags=("a,b",)),
        Feed(url="https://a.example/\udcff", name="x"),
    ],
)
def test_what_the_file_could_not_hold_is_refused_and_the_file_stays(feed: Feed, tmp_path: Path) -> None:
    path = feeds_file(tmp_path, "feeds:\n  - https://b.example/\n")
    with pytest.raises(ConfigError):
        config.add_feed(tmp_path, feed)
    assert path.read_text("utf-8") == "feeds:\n  - https://b.example/\n"


def test_a_file_with_mistakes_is_not_edited(tmp_path: Path) -> None:
    path = feeds_file(tmp_path, "feeds:\n  - b.example\n")
    with pytest.raises(ConfigError, match=r"feeds\.yaml:2:5"):
        config.add_feed(tmp_path, NEW)
    assert path.read_text("utf-8") == "feeds:\n  - b.example\n"


def test_variables_of_another_environment_do_not_matter(tmp_path: Path) -> None:
    path = feeds_file(tmp_path, "feeds:\n  - ${FEED}\n")
    config.add_feed(tmp_path, NEW)
    assert path.read_text("utf-8") == "feeds:\n  - ${FEED}\n  - https://new.example/feed.xml\n"


def test_links_and_modes_stay_and_nothing_is_left_beside(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    feeds_file(real, "feeds: []\n").chmod(0o640)
    (tmp_path / "feeds.yaml").symlink_to("real/feeds.yaml")
    config.add_feed(tmp_path, NEW)
    assert (tmp_path / "feeds.yaml").is_symlink()
    assert stat.S_IMODE((real / "feeds.yaml").stat().st_mode) == 0o640
    assert [path.name for path in real.iterdir()] == ["feeds.yaml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to somebody else")
def test_who_may_read_a_file_before_an_edit_by_root_may_do_so_afterwards(tmp_path: Path) -> None:
    path = feeds_file(tmp_path, "feeds: []\n")
    path.chmod(0o640)
    os.chown(path, 12, 34)
    config.add_feed(tmp_path, NEW)
    after = path.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (12, 34, 0o640)


def test_import_adds_what_is_new_and_tells_what_was_there(folder: Path) -> None:
    there = Feed(url="https://feeds.npr.org/1004/rss.xml", name="Other")
    added, already = config.import_feeds(folder, [NEW, there, FULL])
    assert (added, already) == ((NEW,), (there, FULL))
    assert config.import_feeds(folder, [NEW]) == ((), (NEW,))


# --- subscribers ----------------------------------------------------------------------------------------------------


def test_a_subscriber_is_added_at_the_end_of_the_list(folder: Path) -> None:
    before = (folder / "newsletters.yaml").read_text("utf-8")
    config.add_subscriber(folder, "middle-east", "sam@example.org")
    assert (folder / "newsletters.yaml").read_text("utf-8") == before + "      - sam@example.org\n"
    assert config.load(folder, {}).newsletters[0].subscriptions[-1].address == "sam@example.org"


@pytest.mark.parametrize(
    "before,after",
    [
        ("n: {n: {title: N, topics: [t]}}", 'n: {n: {title: N, topics: [t], subscribers: ["sam@example.org"]}}'),
        ("n:\n  n:\n    title: N\n    topics: [t]\n# z\n", 'n:\n  n:\n    title: N\n    topics: [t]\n    subscribers: ["sam@example.org"]\n# z\n'),
        ("n:\n  n:\n    topics: [t]\n    subscribers:\n    title: N\n", "n:\n  n:\n    topics: [t]\n    subscribers:\n      - sam@example.org\n    title: N\n"),
    ],
    ids=["in braces", "in lines", "an empty list"],
)  # fmt: skip
def test_a_list_of_subscribers_is_made_where_there_is_none(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "newsletters.yaml"
    path.write_text(before.replace("n:", "newsletters:", 1), encoding="utf-8")
    config.add_subscriber(tmp_path, "n", "sam@example.org")
    assert path.read_text("utf-8") == after.replace("n:", "newsletters:", 1)


@pytest.mark.parametrize(
    "newsletter,address,says",
    [
        ("middle-est", "sam@example.org", "did you mean 'middle-east'"),
        ("middle-east", "AMAL@example.org", r"newsletters\.yaml:17:9: .*is there already"),
        ("middle-east", "sam", "not an e-mail address"),
    ],
)
def test_a_subscriber_who_cannot_be_added(newsletter: str, address: str, says: str, folder: Path) -> None:
    before = (folder / "newsletters.yaml").read_bytes()
    with pytest.raises(ConfigError, match=says):
        config.add_subscriber(folder, newsletter, address)
    assert (folder / "newsletters.yaml").read_bytes() == before


def test_a_list_that_two_newsletters_share_is_left_to_the_operator(tmp_path: Path) -> None:
    path = tmp_path / "newsletters.yaml"
    text = "newsletters:\n  a: {title: A, topics: [t], subscribers: &x [jo@a.org]}\n  b: {title: B, topics: [t], subscribers: *x}\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="by hand"):
        config.add_subscriber(tmp_path, "b", "sam@example.org")
    assert path.read_text("utf-8") == text


# --- OPML -----------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
TAGS = st.lists(TEXT.filter(lambda tag: not {",", "/"} & set(tag)), max_size=3, unique=True).map(tuple)


@st.composite
def feed_lists(draw: DrawFn) -> list[Feed]:
    hosts = draw(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), max_size=6, unique=True))
    query = st.sampled_from(("", "/?a=1&b=2", "/x%20y", "/&amp;", "/'\"".replace('"', "%22"), "/é"))
    return [
        Feed(
            url=f"https://{host}.example{draw(query)}",
            name=draw(TEXT),
            tags=draw(TAGS),
            language=draw(st.sampled_from((None, "en", "tr"))),
        )
        for host in hosts
    ]


@given(feed_lists())
def test_opml_written_and_read_loses_nothing(feeds: list[Feed]) -> None:
    def by_url(feed: Feed) -> str:
        return feed.url

    assert sorted(config.read_opml(config.write_opml(feeds) if feeds else EMPTY), key=by_url) == sorted(
        feeds, key=by_url
    )


EMPTY = b'<opml version="2.0"><body><outline text="empty"/></body></opml>'


@given(feed_lists())
@examples(25)
def test_added_feeds_are_all_there_and_the_rest_stands_byte_for_byte(feeds: list[Feed]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = feeds_file(folder, (resources.folder("config") / "feeds.yaml").read_text("utf-8"))
        before, data = path.read_text("utf-8"), parse("", path.read_bytes(), None).data
        config.import_feeds(folder, feeds)
        after = path.read_text("utf-8")
        assert after.startswith(before)
        assert parse("", path.read_bytes(), None).data["feeds"][: len(data["feeds"])] == data["feeds"]
        assert len(parse("", path.read_bytes(), None).data["feeds"]) == len(data["feeds"]) + len(feeds)


def test_what_is_written_is_opml_2_with_folders(tmp_path: Path) -> None:
    root = ET.fromstring(config.write_opml([FULL, Feed(url="https://b.example/", name="B")]))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [outline.get("text") for outline in root.iterfind("body/outline")] == ["world", "B"]
    (feed,) = root.iterfind("body/outline/outline")
    assert (feed.get("type"), feed.get("xmlUrl"), feed.get("category")) == ("rss", FULL.url, "world,yes")


def test_folders_in_folders_and_categories_become_tags() -> None:
    content = b"""<opml version="2.0"><body><outline text="News"><outline text="Near &amp; Far/East">
        <outline type="rss" text=" A  b " xmlUrl="https://a.example/?x=1&widgetId=2" category="/x/y,z"/>
        </outline></outline><outline xmlUrl="feed://b.example/rss"/><outline xmlUrl="ITPC://c.example/rss"/>
        <outline xmlUrl="javascript:alert(1)" text="c"/>
        <outline xmlUrl="https://A.example/?x=1&widgetId=2"/></body></opml>"""
    assert [(feed.url, feed.name, feed.tags) for feed in config.read_opml(content)] == [
        ("https://a.example/?x=1&widgetId=2", "A b", ("x", "y", "z", "News", "Near & Far East")),
        ("http://b.example/rss", "b.example", ()),
        ("http://c.example/rss", "c.example", ()),
    ]


@pytest.mark.parametrize(
    "attributes, name, language",
    [
        ('text="A" title="B" language="en"', "A", "en"),
        ('title="B" language="EN-us"', "B", "en"),
        ('text="A" language="unknown" custom="x" description="y" version="RSS2"', "A", None),
        ('TEXT="A" Language="tr"', "A", "tr"),
    ],
)
def test_the_text_is_the_name_and_a_language_is_one_that_is_known(
    attributes: str, name: str, language: str | None
) -> None:
    content = f'<opml><body><outline {attributes} xmlUrl="https://a.example/"/></body></opml>'.encode()
    (feed,) = config.read_opml(content)
    assert (feed.url, feed.name, feed.language) == ("https://a.example/", name, language)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-9", "windows-1254"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="Kıyı" xmlUrl="https://a.example/"/>'  # noqa: RUF001 - Turkish
    )
    assert config.read_opml(f"{text}</body></opml>".encode(encoding))[0].name == "Kıyı"  # noqa: RUF001 - Turkish


@pytest.mark.parametrize(
    "content,says",
    [
        (b'<!DOCTYPE x [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><opml><outline text="&b;"/></opml>', "entities"),
        (b'<!doctype opml system "x" [\n]><opml/>', "entities"),
        (b'<outline text="a">' * 100_000, "nested"),
        (b"<outline text='" + b"a" * 2000 + b"'>", "a name of 2000 characters"),
        (b"x" * 6_000_000, "at most"),
        (b"<html><body>Not found</body></html>", "not an OPML"),
        (b"", "not an OPML"),
        (b'<outline text="x"></outline></outline></outline>', "cannot be read"),
    ],
    ids=["bomb", "internal subset", "depth", "name", "size", "a page", "nothing", "unpaired tags"],
)
def test_hostile_lists_are_refused_with_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(DigestError, match=says):
        config.read_opml(content)


@given(st.binary(max_size=300) | st.text("<>/&;=\"' opmlutinexUr:\n!-[]", max_size=200).map(str.encode))
def test_no_bytes_make_the_reader_fall_over(content: bytes) -> None:
    try:
        config.read_opml(content)
    except DigestError as error:
        assert "OPML" in str(error)  # noqa: PT017 - either way is right


Tree = tuple[dict[str, str], list["Tree"]]
"""An outline: its attributes, and what is in it."""


def tree_of(outline: ET.Element) -> Tree:
    """With the attributes that say nothing new where they are left out, without empty ones, and with single blanks."""
    said = {name: plain for name, value in outline.attrib.items() if (plain := " ".join(value.split()))}
    if "xmlUrl" in said:
        host = said["xmlUrl"].split("/")[2].removeprefix("www.")
        said = {"type": "rss", "text": said.get("title", host), **said}
    if "text" in said:
        said = {"title": said["text"], **said}
    return said, [tree_of(inside) for inside in outline.iterfind("outline")]


def outlines_of(content: bytes) -> Tree:
    body = ET.fromstring(re.sub(rb"&(?!#?\w+;)", b"&amp;", content)).find("body")  # many a list forgets that
    assert body is not None
    return tree_of(body)


def there_and_back(content: bytes, folder: Path) -> bytes:
    """What `digest feeds import` of this and then `digest feeds export` gives."""
    feeds_file(folder, "feeds: []\n")
    (folder / "topics.yaml").write_text("topics: {talks: Syria talks}\n")
    (folder / "newsletters.yaml").write_text("newsletters: {}\n")
    config.import_feeds(folder, config.read_opml(content))
    return config.write_opml(config.load(folder, {}).feeds)


ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("text", "title", "description", "version", "nestedName", "null"), TEXT),
        "category": st.sampled_from(("/a/b,c", "a", ",", "A,a")) | TEXT,
        "language": st.sampled_from(("en", "EN-us", "unknown")),
        "type": st.sampled_from(("rss", "atom")),
        "htmlUrl": st.just("https://a.example/?a=1&b=$c"),
    },
)


@st.composite
def opml_documents(draw: DrawFn) -> bytes:
    """Feeds in folders in folders; two folders beside each other have different names."""
    names = draw(st.lists(TEXT, min_size=1, max_size=3))
    ways = st.lists(st.sampled_from(names), max_size=3).map(tuple)
    root = ET.Element("opml", version="2.0")
    folders: dict[tuple[str, ...], ET.Element] = {(): ET.SubElement(root, "body")}
    for number, way in enumerate(draw(st.lists(ways, min_size=1, max_size=6))):
        for end in range(1, len(way) + 1):
            around = folders[way[: end - 1]]
            if way[:end] not in folders:
                folders[way[:end]] = ET.SubElement(around, "outline", text=way[end - 1])
        ET.SubElement(folders[way], "outline", draw(ATTRIBUTES), xmlUrl=f"https://a.example/{number}")
    written: bytes = ET.tostring(root, encoding="utf-8")
    return written


@given(opml_documents())
@examples(25)
def test_a_list_that_was_imported_is_exported_with_the_same_outlines(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        assert outlines_of(there_and_back(content, Path(name))) == outlines_of(content)


def test_a_feed_in_several_folders_is_one_feed_and_comes_back_into_all_of_them(folder: Path) -> None:
    content = b"""<opml><body>
        <outline text="News"><outline text="A" xmlUrl="https://a.example/"/></outline>
        <outline text="Sport"><outline text="B" xmlUrl="https://b.example/"/></outline>
        <outline text="Best"><outline text="A" xmlUrl="https://a.example/"/></outline>
        <outline text="A" xmlUrl="https://a.example/"/></body></opml>"""
    assert outlines_of(there_and_back(content, folder)) == outlines_of(content)
    assert [(feed.name, feed.tags) for feed in config.load(folder, {}).feeds] == [
        ("A", ("News", "Best")),
        ("B", ("Sport",)),
    ]


def test_what_tells_nothing_new_is_not_kept(folder: Path) -> None:
    content = b"""<opml><body><outline text="News" title="News">
        <outline text=" A  b " title="A b" type="rss" xmlUrl="https://a.example/"/>
        <outline text="B" description="What it is" xmlUrl="https://b.example/"/></outline>
        <outline text="C" category="World" xmlUrl="https://c.example/"><outline text="D" xmlUrl="https://d.example/"/>
        </outline></body></opml>"""
    there_and_back(content, folder)
    assert (folder / "feeds.yaml").read_text("utf-8") == (
        'feeds: [{url: "https://a.example/", name: A b, tags: [News]}, '
        '{url: "https://b.example/", name: B, tags: [News], opml: {description: What it is}}, '
        '{url: "https://c.example/", name: C, tags: [World], folders: []}, {url: "https://d.example/", name: D}]\n'
    )


@pytest.mark.parametrize(
    "changed, attribute, says",
    [
        ({"url": "https://new.example/"}, "xmlUrl", "https://new.example/"),
        ({"name": "New"}, "text", "New"),
        ({"tags": ("new",)}, "category", "new"),
        ({"language": "tr"}, "language", "tr"),
    ],
)
def test_a_key_that_was_changed_counts_more_than_what_was_imported(
    changed: dict[str, Any], attribute: str, says: str
) -> None:
    content = b"""<opml><body><outline text="A" xmlUrl="feed://a.example/" category="/a/b" language="en-us"
        description="x"/></body></opml>"""
    (feed,) = config.read_opml(content)
    (outline,) = ET.fromstring(config.write_opml([replace(feed, **changed)])).iter("outline")
    assert (outline.get(attribute), outline.get("description")) == (says, "x")


@pytest.mark.corpus
def test_every_real_list_comes_back_as_it_was(tmp_path: Path) -> None:
    files = sorted((SHARED / "data/opml").glob("*.opml"))
    if not files:
        pytest.skip("no shared data folder beside this checkout")
    files.remove(SHARED / "data/opml/Russia.opml")  # nobody can say what it means: it has quotes within quotes
    for file in files:
        (folder := tmp_path / file.stem).mkdir()
        assert outlines_of(there_and_back(file.read_bytes(), folder)) == outlines_of(file.read_bytes()), file.name


@pytest.mark.corpus
def test_every_real_list_is_read_whole_and_can_be_imported(folder: Path) -> None:
    files = sorted((SHARED / "data/opml").glob("*.opml"))
    if not files:
        pytest.skip("no shared data folder beside this checkout")
    found: list[Feed] = []
    for file in files:
        content = file.read_bytes()
        feeds = config.read_opml(content)
        assert len(feeds) == content.count(b"xmlUrl=")
        assert config.read_opml(config.write_opml(feeds)) == feeds
        found += feeds
    config.import_feeds(folder, found)
    assert len(config.load(folder, {}).feeds) > 250
