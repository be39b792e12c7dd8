"""Editions for the tests of rendering and messages: what readers get on good days, and what feeds do on bad ones."""
# ruff: noqa: RUF001 - text in other alphabets is what these editions are for

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from digest.model import Edition, EditionStory, Reason, Report
from digest.settings import Site

AT = datetime(2026, 3, 14, 4, 30, tzinfo=UTC)

SITE = Site(
    name="World Watch",
    url="https://news.example.org",
    sender_name="World Watch",
    sender_address="news@example.org",
    postal_address="World Watch, 12 Harbour Street, Izmir",
)

TALKS = ("syria-turkey-talks", "Syria Turkey talks")
PKK = ("pkk", "PKK")
WATER = ("water", "Euphrates water")


def reason(topic: tuple[str, str], *words: str) -> Reason:
    return Reason(topic_id=topic[0], topic_name=topic[1], words=words)


def report(number: int, outlet: str, **changes: Any) -> Report:
    plain = Report(
        article_id=number,
        outlet=outlet,
        title=f"Report {number}",
        link=f"https://example.net/reports/{number}?from=feed&n={number}",
        published_at=AT - timedelta(hours=number),
    )
    return replace(plain, **changes)


def story(number: int, title: str, *reasons: Reason, **changes: Any) -> EditionStory:
    plain = EditionStory(
        story_id=number,
        article_id=number,
        title=title,
        summary="",
        link=f"https://example.com/news/{number}",
        outlet="Reuters",
        language="en",
        published_at=AT - timedelta(hours=3 * number),
        score=1 - number / 1000,
        reasons=reasons,
    )
    return replace(plain, **changes)


ORDINARY = Edition(
    newsletter="middle-east",
    title="Middle East watch",
    audience="a1",
    slot_at=AT,
    composed_at=AT,
    language="en",
    timezone="Europe/Istanbul",
    topics=(TALKS, PKK, WATER),
    stories=(
        story(
            1,
            "Top diplomats of Syria and Turkey meet in Ankara",
            reason(TALKS, "Syria", "Turkey", "talks"),
            reason(PKK, "PKK"),
            summary="The foreign ministers of Syria and Turkey held four hours of talks in Ankara on Friday, the "
            "first at that level in a year. Both sides spoke of a joint committee for the border. The PKK was on "
            "the agenda.",
            reports=(
                report(11, "BBC News"),
                report(12, "Al Jazeera"),
                report(13, "Deutsche Presse-Agentur", link=None),
            ),
        ),
        story(
            2,
            "Border committee to start work in May",
            reason(TALKS, "talks", "Syrian", "Turkish"),
            outlet="Anadolu Agency",
            summary="A Syrian and Turkish committee is to begin work in May, officials said after the talks.",
        ),
        story(
            3,
            "PKK kendini feshettiğini açıkladı: İstanbul'da ilk tepkiler",
            reason(PKK, "PKK"),
            outlet="BBC Türkçe",
            language="tr",
            summary="Örgüt, kongre kararını yazılı bir bildiriyle duyurdu. Ankara temkinli konuştu.",
            published_at=AT - timedelta(hours=20),
        ),
        story(
            4,
            "مباحثات سورية تركية حول مياه الفرات",
            reason(WATER, "الفرات"),
            outlet="الجزيرة",
            language="ar",
            summary="ناقش الجانبان حصص المياه من نهر الفرات وأعمال الصيانة في السدود. "
            "ومن المقرر عقد جولة ثانية في نيسان.",
            published_at=AT - timedelta(days=2),
            reports=(report(14, "Rudaw"),),
        ),
        story(
            5,
            "Dam levels on the Euphrates at a ten-year low",
            reason(WATER, "Euphrates"),
            outlet="Enab Baladi",
            link=None,
            published_at=AT - timedelta(days=3),
        ),
    ),
    left_out=3,
)

ONE = replace(ORDINARY, topics=(TALKS,), stories=(ORDINARY.stories[1],), left_out=0)

EMPTY = replace(ORDINARY, stories=(), left_out=0)

ARABIC = replace(
    ORDINARY,
    title="مرصد الشرق الأوسط",
    language="ar",
    timezone="Asia/Damascus",
    topics=(("talks", "محادثات سوريا وتركيا"), ("water", "مياه الفرات")),
    stories=(
        story(
            1,
            "وزيرا خارجية سوريا وتركيا يجتمعان في أنقرة",
            reason(("talks", "محادثات سوريا وتركيا"), "سوريا", "تركيا", "محادثات"),
            outlet="الجزيرة",
            language="ar",
            summary="عقد وزيرا خارجية سوريا وتركيا محادثات استمرت أربع ساعات في أنقرة يوم الجمعة. "
            "وتحدث الجانبان عن لجنة مشتركة للحدود.",
            reports=(report(11, "رويترز"), report(12, "BBC")),
        ),
        story(
            2,
            "Syrian and Turkish officials plan a second round of talks",
            reason(("talks", "محادثات سوريا وتركيا"), "Syrian", "Turkish", "talks"),
            outlet="Reuters",
            summary="Officials of both countries said that a second round would be held in April.",
            published_at=AT - timedelta(hours=15),
        ),
        replace(ORDINARY.stories[3], reasons=(reason(("water", "مياه الفرات"), "الفرات"),)),
    ),
    left_out=2,
)

HOSTILE_TITLE = (
    'Breaking\r\nBcc: victim@example.com\r\n\r\n<script>alert("1")</script> \u202egnp.exe\u202c & \x00\x1b[31m '
    "\ue101\ue103 {{ 7 * 7 }} {% raw %} =?utf-8?q?forged?= 👩‍👩‍👧‍👦 " + "endless " * 110
)

HOSTILE = replace(
    ORDINARY,
    title='Watch "everything"\r\nX-Injected: yes <b>',
    topics=(("t", "<i>topic</i> & co\n"), PKK),
    stories=(
        story(
            1,
            HOSTILE_TITLE,
            reason(("t", "<i>topic</i>"), "<script>", "alert", ".*", "(", ""),
            reason(PKK),
            summary="</td></table><style>*{display:none}</style> <img src=http://example.com/pixel.gif> alert\u2028 "
            "[click](javascript:alert(1)) --> <!-- <![endif]--> " + "x" * 5000,
            link="javascript:alert(1)",
            outlet="<b>Outlet</b>\r\n",
            language='en" onload="alert(1)',
            reports=(
                report(2, '"><script>', link="data:text/html,x"),
                report(3, "Fine", link='https://example.com/"onmouseover="alert(1)" x'),
            ),
        ),
        story(
            2, "\x00\u202e", reason(PKK), outlet="", link="https://example.com/" + "a" * 5000, language="x-klingon"
        ),
    ),
    left_out=0,
)

SIXTY = replace(
    ORDINARY,
    stories=tuple(
        replace(
            ORDINARY.stories[n % 5],
            story_id=n,
            title=f"{n + 1}. {ORDINARY.stories[n % 5].title}",
            summary=ORDINARY.stories[n % 5].summary * 2,
        )
        for n in range(60)
    ),
    left_out=140,
)

ALL = {
    "ordinary": ORDINARY,
    "one": ONE,
    "empty": EMPTY,
    "arabic": ARABIC,
    "hostile": HOSTILE,
    "sixty": SIXTY,
}
