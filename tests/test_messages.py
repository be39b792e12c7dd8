"""Messages are compared with what the standard library builds and reads: it is the oracle for RFC 5322 and MIME."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from html import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from properties import examples
from sample_editions import ALL, AT, HOSTILE_TITLE, ONE, SITE

from digest import rendering, resources
from digest.messages import ADDRESS, LEAVE, NAME, Skeleton, clean
from digest.model import Edition, Recipient, Rendered
from digest.wording import shorten

TEMPLATES = rendering.environment([resources.folder("templates")])
LINK = "mailto:news+leave@example.org?subject=leave%20middle-east&body=" + "x" * 120
AMAL = Recipient(address="amal@example.org", name="Amal", message_id="<d1.abc@news.example.org>", leave=LINK)
SMALL = Rendered(subject="Subject", html=f"<p>{ADDRESS} <a href='{LEAVE}'>x</a></p>", text=f"To {ADDRESS}: {LEAVE}\n")


def build(rendered: Rendered = SMALL, edition: Edition = ONE, recipient: Recipient = AMAL) -> bytes:
    return Skeleton.build(rendered, edition=edition, site=SITE).fill(recipient)


def read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def head(data: bytes) -> list[bytes]:
    return data.partition(b"\r\n\r\n")[0].split(b"\r\n")


def decoded(data: bytes, name: str) -> str:
    """By the old decoder: the one of `policy.default` puts blanks between encoded words of a display name."""
    return str(make_header(decode_header(message_from_bytes(data)[name]))).replace("\r\n", "")


def filled(part: str, recipient: Recipient, *, html: bool) -> str:
    values = {NAME: clean(recipient.name) or recipient.address, ADDRESS: recipient.address, LEAVE: recipient.leave}
    for slot, value in values.items():
        part = part.replace(slot, escape(value) if html else value)
    return part.rstrip("\n") + "\n"


def assert_well_formed(data: bytes) -> None:
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert b"\n" not in data.replace(b"\r\n", b"")
    headers, _, rest = data.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in headers.split(b"\r\n"))
    assert all(len(line) <= 76 for line in rest.split(b"\r\n"))
    assert data.isascii(), "8BITMIME and SMTPUTF8 are not asked for"
    for word in re.findall(rb"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=", headers):
        assert len(word) <= 75
    message = read(data)
    assert message.get_content_type() == "multipart/alternative"
    for part in message.walk():
        assert part.defects == []
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for header in ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "Auto-Submitted"):
        assert len(message.get_all(header, [])) == 1


def reference(rendered: Rendered, recipient: Recipient) -> EmailMessage:
    """The same message, built by the standard library."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"{SITE.sender_name} <{SITE.sender_address}>"
    message["Subject"] = rendered.subject
    message["Date"] = AT
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "bulk"
    message["To"] = f"{recipient.name} <{recipient.address}>"
    message["Message-ID"] = recipient.message_id
    message.set_content(filled(rendered.text, recipient, html=False), cte="quoted-printable")
    message.add_alternative(filled(rendered.html, recipient, html=True), subtype="html", cte="quoted-printable")
    return read(message.as_bytes())


@pytest.mark.parametrize("name", ALL)
def test_a_filled_skeleton_says_what_the_standard_library_says(name: str) -> None:
    rendered = rendering.render(ALL[name], SITE, TEMPLATES)
    data = build(rendered, ALL[name])
    assert_well_formed(data)
    message, expected = read(data), reference(rendered, AMAL)
    for header in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Precedence"):
        # The standard library starts a long subject on the second line, and reads a blank there.
        assert message[header] == expected[header].strip(), header
    assert body(message, "plain") == body(expected, "plain")
    assert body(message, "html") == body(expected, "html")
    assert message["List-Unsubscribe"] == f"<{LINK}>"
    assert message["Content-Language"] == ALL[name].language
    assert message["List-Id"].endswith("<middle-east.news.example.org>")


def test_the_bytes_are_stable_and_the_date_is_the_editions() -> None:
    assert build() == build()
    assert b"\r\nDate: Sat, 14 Mar 2026 04:30:00 +0000\r\n" in build()


def test_recipients_of_an_edition_differ_in_nothing_but_what_is_theirs() -> None:
    skeleton = Skeleton.build(SMALL, edition=ONE, site=SITE)
    jo = replace(
        AMAL, address="jo@example.org", name="Amal", message_id="<d2.abc@news.example.org>", leave="mailto:j@x"
    )
    one, other = read(skeleton.fill(AMAL)), read(skeleton.fill(jo))
    different = {name for name in one if one[name] != other[name]}
    assert different == {"To", "Message-ID", "List-Unsubscribe"}
    assert body(other, "plain") == "To jo@example.org: mailto:j@x\n"


def test_a_long_unsubscribe_link_stands_whole_on_its_line() -> None:
    assert f"List-Unsubscribe: <{LINK}>".encode() in head(build())


def test_a_subject_of_another_script_is_folded_into_encoded_words() -> None:
    subject = "مرصد الشرق الأوسط: وزيرا خارجية سوريا وتركيا يجتمعان في أنقرة (و4 أخبار أخرى)"
    data = build(replace(SMALL, subject=subject))
    assert all(len(line) <= 76 for line in head(data) if not line.startswith(b"List-Unsubscribe"))
    assert read(data)["Subject"] == subject


def test_a_plain_long_subject_is_folded_and_not_encoded() -> None:
    subject = "Middle East watch: " + "several words " * 7 + "end"
    data = build(replace(SMALL, subject=subject))
    assert b"=?" not in data.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head(data) if not line.startswith(b"List-Unsubscribe"))
    assert read(data)["Subject"] == subject


@pytest.mark.parametrize(
    "name,line",
    [
        ("Amal", b"To: Amal <amal@example.org>"),
        ("", b"To: <amal@example.org>"),
        ("O'Neil, Jo", b'To: "O\'Neil, Jo" <amal@example.org>'),
        ('The "Boss" \\ Co', b'To: "The \\"Boss\\" \\\\ Co" <amal@example.org>'),
        ("a@b.example", b'To: "a@b.example" <amal@example.org>'),
        ("Bcc: x\r\nBcc: y@example.com", b'To: "Bcc: x Bcc: y@example.com" <amal@example.org>'),
        ("Zoë", b"To: =?utf-8?q?Zo=C3=AB?= <amal@example.org>"),
    ],
)
def test_names_are_written_as_the_standard_wants_them(name: str, line: bytes) -> None:
    data = build(recipient=replace(AMAL, name=name))
    assert line in head(data)
    (address,) = read(data)["To"].addresses
    assert (address.display_name, address.addr_spec) == (clean(name), "amal@example.org")


@pytest.mark.parametrize(
    "address,written",
    [
        ("Amal@Example.ORG", "Amal@Example.ORG"),
        ('"odd name"@example.org', '"odd name"@example.org'),
        ("odd name@example.org", '"odd name"@example.org'),
        ("a@example.org>\r\nBcc: <b@example.org", '"a@example.org> Bcc: <b"@example.org'),
    ],
)
def test_addresses_are_written_as_the_standard_wants_them(address: str, written: str) -> None:
    assert f"To: Amal <{written}>".encode() in head(build(recipient=replace(AMAL, address=address)))


def test_the_name_slot_falls_back_to_the_address() -> None:
    rendered = replace(SMALL, text=f"Hello {NAME}!\n")
    assert body(read(build(rendered)), "plain") == "Hello Amal!\n"
    assert body(read(build(rendered, recipient=replace(AMAL, name=" \n"))), "plain") == "Hello amal@example.org!\n"


def test_values_are_escaped_in_html_and_only_there() -> None:
    recipient = replace(AMAL, address='"<b>&"@example.org', leave="https://example.org/?a=1&b=2")
    message = read(build(recipient=recipient))
    assert body(message, "html") == (
        "<p>&quot;&lt;b&gt;&amp;&quot;@example.org <a href='https://example.org/?a=1&amp;b=2'>x</a></p>\n"
    )
    assert body(message, "plain") == 'To "<b>&"@example.org: https://example.org/?a=1&b=2\n'


def test_each_body_takes_the_encoding_that_is_shorter() -> None:
    rendered = rendering.render(ALL["arabic"], SITE, TEMPLATES)
    parts = list(read(build(rendered)).iter_parts())
    assert [part["Content-Transfer-Encoding"] for part in parts] == ["base64", "quoted-printable"]
    latin = list(read(build(rendering.render(ONE, SITE, TEMPLATES))).iter_parts())
    assert [part["Content-Transfer-Encoding"] for part in latin] == ["quoted-printable", "quoted-printable"]


def test_a_list_is_named_after_newsletter_and_host() -> None:
    site = replace(SITE, url="https://nachrichten.bücher.example:8443/liste")
    data = Skeleton.build(SMALL, edition=ONE, site=site).fill(AMAL)
    assert b"List-Id: Middle East watch <middle-east.nachrichten.xn--bcher-kva.example>" in head(data)


# --- anything at all ------------------------------------------------------------------------------------------------

ANY_TEXT = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(codec=None), max_size=60),
    st.text('"\\,;:<>@()[]=?_. \r\n\tabé字👩‍👩‍👧\u202e\ue101\ue103', max_size=120),
    st.integers(0, 900).map(lambda n: "x" * n),
    st.integers(0, 300).map(lambda n: "字" * n),
)


@settings(deadline=None)
@given(subject=ANY_TEXT, name=ANY_TEXT, sender=ANY_TEXT, title=ANY_TEXT)
@example(subject=HOSTILE_TITLE, name=HOSTILE_TITLE, sender=HOSTILE_TITLE, title=HOSTILE_TITLE)
@example(subject="=?utf-8?q?forged?=", name="=?utf-8?q?forged?=", sender="=?", title="")
def test_no_text_breaks_a_header(subject: str, name: str, sender: str, title: str) -> None:
    site, edition = replace(SITE, sender_name=sender), replace(ONE, title=title)
    skeleton = Skeleton.build(replace(SMALL, subject=subject), edition=edition, site=site)
    data = skeleton.fill(replace(AMAL, name=name))
    assert_well_formed(data)
    message = read(data)
    assert set(message) == set(read(build()))
    assert decoded(data, "Subject") == clean(subject)
    for header, wanted, address in (("To", name, AMAL.address), ("From", sender, SITE.sender_address)):
        assert message[header].addresses[0].addr_spec == address
        shown = str(make_header(decode_header(parseaddr(message_from_bytes(data)[header])[0])))
        assert shown.replace("\r\n", "") == shorten(clean(wanted), 128)


# Lines as templates make them: any text that can be printed, slots anywhere, several in a row.
BODIES = st.text(
    st.one_of(
        st.sampled_from([NAME, ADDRESS, LEAVE, "\n", " ", "=", ".", "字", "م", "é"]), st.characters(codec="utf-8")
    ),
    max_size=400,
).map(lambda text: re.sub("[\r\x00]|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "", text))


@examples(200)
@given(text=BODIES, html=BODIES, name=st.text(st.characters(codec="utf-8"), max_size=90).map(clean))
@example(text=f"{NAME}{NAME}字{NAME}字字{ADDRESS}", html=f"字{LEAVE}" * 9, name="y")
@example(text=f"字字字字{NAME}a{NAME}", html="", name="")
def test_any_body_comes_out_as_it_went_in(text: str, html: str, name: str) -> None:
    recipient = replace(AMAL, name=name)
    data = build(replace(SMALL, text=text, html=html), recipient=recipient)
    assert_well_formed(data)
    assert body(read(data), "plain") == filled(text, recipient, html=False)
    assert body(read(data), "html") == filled(html, recipient, html=True)


@given(ANY_TEXT)
def test_what_is_cleaned_is_one_line_that_can_be_sent_and_holds_no_slot(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == clean(cleaned)
    assert len(cleaned.splitlines()) <= 1
    assert not set(cleaned) & {NAME, ADDRESS, LEAVE, "\x00", "\u202e"}
    cleaned.encode()


def test_cleaning_keeps_joined_letters_and_emoji() -> None:
    for text in ("👩‍👩‍👧", "می‌خواهم", "10\u00a0km", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u200fא"):
        assert clean(text) == text
