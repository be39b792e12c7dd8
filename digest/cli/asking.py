"""`status`, `preview`, `explain`."""

from __future__ import annotations

import json
import os
from calendar import day_name
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import (
    config_option,
    json_option,
    load,
    meant,
    newsroom,
    now_option,
    print_json,
    without_logins,
)
from digest.errors import ConfigError, DigestError, StoreError
from digest.wording import AT_ONCE, counted, lasting, shown

if TYPE_CHECKING:
    from digest.pipeline.explaining import Explanation
    from digest.store.revisions import Revision


@click.command()
@click.option("--feed", "address", metavar="URL", help="Tell all of this feed instead; its name does, too.")
@config_option
@json_option
def status(address: str | None, folder: Path, *, as_json: bool) -> None:
    """Tell what is ill, what is due and what was sent.

    The first place to look: notices that stand, feeds that are ill and why, due times, the outbox by state, the last
    editions. With --feed all that is known of one feed, and why its next poll is when it is. Changes nothing.
    """
    from digest.store import report

    database = _database(folder)
    told = without_logins(report.status(database) if address is None else _feed(database, address))
    if as_json:
        print_json(told)
    else:
        click.echo("\n".join(_status_lines(told) if address is None else _feed_lines(told)))


def _feed(database: str, asked: str) -> dict[str, Any]:
    from digest.store import report

    address = meant(asked, report.names(database))
    told = report.feed(database, address) if address else None
    if told is None:
        raise DigestError(f"no stored feed has the URL {asked}; see `digest feeds list`")
    return told


def _database(folder: Path) -> str:
    """The database's URL. While the configuration on disk is wrong, its problems are told, and status goes on."""
    from digest import config

    try:
        return load(folder).database
    except ConfigError as error:
        database = config.database(folder, os.environ)  # first: where that is wrong, too, all is told once
        click.echo(f"{error}\nThe configuration is wrong; a running daemon keeps its last good one.\n", err=True)
        return database


_MOST_FEEDS = 20
"""So many are told of one by one: where the network is down, all are ill, and the rest would be out of sight."""


def _status_lines(told: dict[str, Any]) -> Iterator[str]:
    for notice in told["notices"]:
        since = f" (since {shown(notice['since_at'])})" if notice["since_at"] else ""
        yield f"ATTENTION, {notice['subject']}{since}: {notice['text']}"
    feeds, articles = told["feeds"], told["articles"]
    following = f"; next poll {shown(feeds['next_poll_at'])}" if feeds["next_poll_at"] else ""
    yield f"Feeds      {feeds['total']}, {feeds['ill']} with a problem{following}"
    for feed in feeds["problems"][:_MOST_FEEDS]:
        yield f"  {feed['name']}  {feed['url']}"
        yield f"    {feed['problem']}"
        good, following = shown(feed["succeeded_at"]), shown(feed["next_poll_at"])
        yield f"    since {shown(feed['since_at'])}, last good {good}, next poll {following}"
    for feed in feeds["notices"][:_MOST_FEEDS]:
        yield f"  {feed['name']}  {feed['url']}"
        yield f"    {feed['notice']}"
    for what, found in (("with a problem", feeds["problems"]), ("with something to tell", feeds["notices"])):
        if len(found) > _MOST_FEEDS:
            yield f"  and {len(found) - _MOST_FEEDS} more {what}: `digest feeds list`"
    yield from _hub_lines(told["hubs"])
    yield (
        f"Articles   {articles['total']} in {counted(articles['stories'], 'story', 'stories')}, "
        f"{counted(articles['matches'], 'match', 'matches')}, {articles['held']} held, {articles['waiting']} waiting"
    )
    for problem in told["problems"]:
        yield f"  article {problem['id']} {problem['problem']}; tried again {shown(problem['retry_at'])}"
    yield (
        "Due"
        if told["subscriptions"]
        else "Due        nothing; `digest once` or `digest run` reads the configuration"
    )
    for row in told["subscriptions"]:
        last = shown(row["last_slot_at"])
        yield f"  {row['newsletter']}: {_when(row)}, {counted(row['subscribers'], 'subscriber')}, last {last}"
    yield "Outbox     " + (", ".join(f"{n} {state}" for state, n in told["deliveries"].items()) or "empty")
    for row in told["troubles"]:
        again = f", tried again {shown(row['retry_at'])}" if row["retry_at"] else ""
        tried = counted(row["attempts"], "attempt")
        yield f"  {row['address']} ({row['newsletter']}) {row['state']} after {tried}{again}"
        yield f"    {row['code'] or ''} {row['text']}".rstrip()
    yield "Editions" if told["editions"] else "Editions   none yet"
    for row in told["editions"]:
        yield f"  {row['newsletter']} of {shown(row['slot_at'])}: {_edition(row)}"


def _when(row: dict[str, Any]) -> str:
    """When a newsletter is due next; a subscriber of it may have a schedule of his own."""
    if not row["instant"]:
        return shown(row["next_due_at"])
    if row["instant"] == row["subscribers"]:
        return AT_ONCE
    return f"{shown(row['next_due_at'])}, to {row['instant']} {AT_ONCE}"


def _feed_lines(feed: dict[str, Any]) -> Iterator[str]:
    yield f"{feed['name']}  {feed['url']}"
    if feed["poll_url"]:
        yield f"Polled at    {feed['poll_url']}"
    held = f", {feed['held']} held" if feed["held"] else ""
    yield f"Articles     {feed['articles']}{held}; the last new one {shown(feed['brought_at'])}"
    yield f"Last poll    {shown(feed['polled_at'])}; last good {shown(feed['succeeded_at'])}"
    following = shown(feed["next_poll_at"]) if feed["next_poll_at"] else "never"
    yield f"Next poll    {following}" + (f": {feed['wait_reason']}" if feed["wait_reason"] else "")
    if feed["host_pause_until_at"] and feed["host_pause_until_at"] > datetime.now(UTC):
        yield f"Host         {feed['host_pause_reason']}; until {shown(feed['host_pause_until_at'])}"
    if feed["rhythm_seconds"]:
        yield f"Rhythm       something new about every {lasting(timedelta(seconds=feed['rhythm_seconds']))}"
    if feed["wishes"]:
        yield f"Asked for    {', '.join(_wishes(feed['wishes']))}"
    if feed["problem"]:
        failed = f", {counted(feed['failures'], 'failure')} in a row" if feed["failures"] else ""
        yield f"Problem      {feed['problem']} (since {shown(feed['since_at'])}{failed})"
    if feed["notice"]:
        yield f"Notice       {feed['notice']}"
    if feed["moved_seen"]:
        yield f"Moved        to {feed['moved_to']}, seen on {', '.join(map(shown, feed['moved_seen']))}"
    if feed["gap_at"]:
        yield f"Gap          between {shown(feed['gap_from_at'])} and {shown(feed['gap_at'])}"
    if feed["hub"]:
        lease = f" until {shown(feed['hub_expires_at'])}" if feed["hub_expires_at"] else ""
        yield f"Hub          {feed['hub']}, {feed['hub_state']}{lease}"
    yield f"Validators   ETag {feed['etag'] or 'none'}, Last-Modified {feed['last_modified'] or 'none'}"


_WISHES = {"fresh": "Cache-Control or Expires", "ttl": "ttl", "update_period": "sy:updatePeriod"}


def _wishes(asked: dict[str, Any]) -> Iterator[str]:
    for name, words in _WISHES.items():
        if name in asked:
            yield f"{lasting(timedelta(seconds=asked[name]))} ({words})"
    if "skip_hours" in asked:
        yield f"not in the hours {', '.join(map(str, asked['skip_hours']))} GMT (skipHours)"
    if "skip_days" in asked:
        yield f"not on {', '.join(day_name[day] for day in asked['skip_days'])} GMT (skipDays)"


def _hub_lines(told: dict[str, Any]) -> Iterator[str]:
    if not told["total"]:
        return
    yield f"Hubs       {counted(told['total'], 'feed')} with a hub, {told['pushed']} pushed"
    for row in told["problems"]:
        yield f"  {row['name']}  {row['url']}"
        yield f"    {row['problem']}"
        yield f"    {row['hub']} is asked again {shown(row['retry_at'])}"


def _edition(row: dict[str, Any]) -> str:
    people = counted(row["subscribers"], "subscriber")
    told = {
        "composed": f"{counted(row['stories'], 'story', 'stories')} for {people}",
        "empty": f"nothing to send to {people}",
        "late": f"passed over for {people}, it was too late (`late` in newsletters.yaml)",
    }
    return told[row["state"]]


@click.command()
@click.argument("newsletter")
@config_option
@now_option
@click.option(
    "--for",
    "address",
    metavar="ADDRESS",
    help="The subscriber whose edition it is; without it the newsletter's first.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/preview"),
    show_default=True,
    help="The folder for the three files.",
)
@click.option("--open", "browse", is_flag=True, help="Open the HTML in a browser.")
def preview(
    newsletter: str, folder: Path, now: datetime | None, address: str | None, out: Path, *, browse: bool
) -> None:
    """Render the next edition of NEWSLETTER; send nothing.

    By what is stored now: nothing is polled, and the database stays as it is. Writes NEWSLETTER.html, .txt and .eml.
    """
    from digest.pipeline import previewing

    with newsroom(folder, now, create=False) as room:
        page = previewing.preview(room, room.newsletter(newsletter), address)
    if page is None:
        click.echo(f"Nothing to send: {newsletter} has no new story for {address or 'its first subscriber'}.")
        return
    out.mkdir(parents=True, exist_ok=True)
    for ending, content in (("html", page.html.encode()), ("txt", page.text.encode()), ("eml", page.message)):
        path = out / f"{newsletter}.{ending}"
        path.write_bytes(content)
        click.echo(f"wrote {path}")
    stories = counted(page.stories, "story", "stories")
    click.echo(f"{page.subject}  ({stories}, due {shown(page.slot_at)}, for {page.address})")
    if browse:
        click.launch(str(out / f"{newsletter}.html"))


@click.command()
@click.argument("article", required=False)
@config_option
@now_option
@click.option(
    "--topic",
    "topics",
    metavar="ID",
    multiple=True,
    help="Only this topic; may be given several times; without it all.",
)
@click.option("--subscriber", metavar="ADDRESS", help="Tell what became of it for this one.")
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Judge many at once: a file of JSON lines with `article` (link or id) and `topic`.",
)
@json_option
def explain(
    *,
    article: str | None,
    folder: Path,
    now: datetime | None,
    topics: tuple[str, ...],
    subscriber: str | None,
    pairs: Path | None,
    as_json: bool,
) -> None:
    """Say why ARTICLE is in a digest, or why it is not.

    ARTICLE is its link (with or without tracking parameters) or its id. For each topic: whether it matches, by which
    words; then, for each newsletter with the topic, the edition that it was in, or the first reason why not. --pairs
    tells the matching only.
    """
    from digest.pipeline import explaining

    if (article is None) == (pairs is None):
        raise click.UsageError("give an ARTICLE, or --pairs FILE")
    if pairs is not None and (topics or subscriber):
        raise click.UsageError("--pairs names a topic on each line; leave --topic and --subscriber out")
    asked = _read_pairs(pairs) if pairs is not None else []
    with newsroom(folder, now, create=False) as room:
        if pairs is not None:
            told = explaining.judge(room, asked)
            if as_json:
                print_json(told)
            else:
                click.echo("\n".join(map(_judged, told)))
            return
        wanted = [room.topic(topic).id for topic in topics] or [topic.id for topic in room.settings.topics]
        found = explaining.explain(room, str(article), topics=wanted, subscriber=subscriber)
    if not found:
        raise StoreError(
            f"no article with the link or id {article} is stored; its feed has not brought it yet, or it was dropped "
            "(`retention.articles`)"
        )
    if as_json:
        print_json([explanation.as_json(str(article)) for explanation in found])
        return
    click.echo("\n".join(_explanation_lines(found)))


def _judged(told: dict[str, Any]) -> str:
    answer = f"match {told['score']:.2f}" if told["match"] else "no match"
    return f"{answer}  {told['article']}  {told['topic']}: {told['reason']}"


def _read_pairs(path: Path) -> list[dict[str, str]]:
    pairs = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            pair = json.loads(line)
        except json.JSONDecodeError as error:
            raise DigestError(
                f"{path}:{number}:{error.colno}: no JSON ({error.msg}); expected one object a line"
            ) from error
        if not isinstance(pair, dict) or not {"article", "topic"} <= pair.keys():
            raise DigestError(f'{path}:{number}: expected an object like {{"article": "https://…", "topic": "id"}}')
        pairs.append(pair)
    return pairs


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")  # other line breaks may stand inside a JSON text
    except UnicodeDecodeError as error:
        raise DigestError(f"{path}: not UTF-8 at byte {error.start + 1}; expected JSON lines") from error


def _explanation_lines(found: list[Explanation]) -> Iterator[str]:
    told: int | None = None
    for explanation in found:
        article, verdict = explanation.article, explanation.verdict
        if article.id != told:
            told = article.id
            yield article.entry.title
            seen, link = shown(article.first_seen_at), article.entry.link or "no link"
            yield f"  article {article.id}, {article.feed_name}, first seen {seen}, {link}"
            yield from _edits(article.revision - 1, explanation.revisions)
        answer = "match" if verdict.matched else "no match"
        cut = "" if explanation.cut is None else f", cut {explanation.cut:.2f}"
        yield f"{explanation.topic.name} ({explanation.topic.id}): {answer}, score {verdict.score:.2f}{cut}"
        yield f"  {verdict.reason}"
        for evidence in verdict.evidence:
            yield f"  “{evidence.found}” stands for “{evidence.term}” in the {evidence.field}, at {evidence.start}"
        if weighed := list(explanation.weighed()):
            yield "  what counted:"
            yield from (f"    {line}" for line in weighed)
        for fate in explanation.fates:
            yield f"  {fate}"


def _edits(times: int, revisions: tuple[Revision, ...]) -> Iterator[str]:
    if revisions:
        last = revisions[-1]
        what = [f"title was “{last.was['title']}”"] if "title" in last.was else []
        what += [f"{name} changed" for name in last.was if name not in {"title", "link"}]
        what += [f"link was {last.was['link'] or 'none'}"] if "link" in last.was else []
        yield f"  edited {counted(times, 'time')}, last on {shown(last.replaced_at)}: {', '.join(what)}"
