"""`status`, `preview`, `explain`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from digest.cli.options import config_option, json_option, load, newsroom, now_option, print_json, shown
from digest.errors import DigestError, StoreError


@click.command()
@config_option
@json_option
def status(folder: Path, *, as_json: bool) -> None:
    """Tell how things stand: feeds that are ill and why, due times, the outbox, the last editions."""
    from digest.store import report

    told = report.status(load(folder).database)
    if as_json:
        print_json(told)
    else:
        click.echo("\n".join(_status_lines(told)))


def _status_lines(told: dict[str, Any]) -> Iterator[str]:
    for notice in told["notices"]:
        yield f"ATTENTION, {notice['subject']} (since {shown(notice['since_at'])}): {notice['text']}"
    feeds, articles = told["feeds"], told["articles"]
    yield f"Feeds      {feeds['total']}, {feeds['ill']} with a problem; next poll {shown(feeds['next_poll_at'])}"
    for feed in feeds["problems"]:
        yield f"  {feed['name']}  {feed['url']}"
        yield f"    {feed['problem']}"
        good, following = shown(feed["succeeded_at"]), shown(feed["next_poll_at"])
        yield f"    since {shown(feed['since_at'])}, last good {good}, next poll {following}"
    yield (
        f"Articles   {articles['total']} in {articles['stories']} stories, {articles['matches']} matches, "
        f"{articles['held']} held, {articles['waiting']} waiting"
    )
    for problem in told["problems"]:
        yield f"  article {problem['id']} {problem['problem']}; tried again {shown(problem['retry_at'])}"
    yield "Due"
    for row in told["subscriptions"]:
        due, last = shown(row["next_due_at"]), shown(row["last_slot_at"])
        yield f"  {row['newsletter']}: {due}, {row['subscribers']} subscribers, last {last}"
    yield "Outbox     " + (", ".join(f"{n} {state}" for state, n in told["deliveries"].items()) or "empty")
    for row in told["troubles"]:
        again = f", tried again {shown(row['retry_at'])}" if row["retry_at"] else ""
        yield f"  {row['address']} ({row['newsletter']}) {row['state']} after {row['attempts']} attempts{again}"
        yield f"    {row['code'] or ''} {row['text']}".rstrip()
    yield "Editions"
    for row in told["editions"]:
        what = f"{row['stories']} stories for {row['subscribers']}" if row["state"] == "composed" else row["state"]
        yield f"  {row['newsletter']} of {shown(row['slot_at'])}: {what}"


@click.command()
@click.argument("newsletter")
@config_option
@now_option
@click.option("--for", "address", help="The subscriber whose edition it is; by default the newsletter's first.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("var/preview"), show_default=True
)
@click.option("--open", "browse", is_flag=True, help="Open the HTML in a browser.")
def preview(
    newsletter: str, folder: Path, now: datetime | None, address: str | None, out: Path, *, browse: bool
) -> None:
    """Render the next edition of NEWSLETTER to HTML, text and .eml, by what is stored. Touches nothing else."""
    from digest.pipeline import previewing

    with newsroom(folder, now, create=False) as room:
        found = room.newsletter(newsletter)
        if found is None:
            known = ", ".join(n.id for n in room.settings.newsletters)
            raise DigestError(f"there is no newsletter {newsletter}; there are: {known}")
        page = previewing.preview(room, found, address)
    if page is None:
        click.echo("Nothing to send: no new story for this subscriber at the next slot, or no such subscriber.")
        return
    out.mkdir(parents=True, exist_ok=True)
    for ending, content in (("html", page.html.encode()), ("txt", page.text.encode()), ("eml", page.message)):
        path = out / f"{newsletter}.{ending}"
        path.write_bytes(content)
        click.echo(f"wrote {path}")
    click.echo(f"{page.subject}  ({page.stories} stories, due {shown(page.slot_at)}, for {page.address})")
    if browse:
        click.launch(str(out / f"{newsletter}.html"))


@click.command()
@click.argument("article", required=False)
@config_option
@now_option
@click.option("--topic", "topics", multiple=True, help="Only this topic; by default every topic.")
@click.option("--subscriber", help="What became of it for this address.")
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Many at once: a file of JSON lines with `article` (link or id) and `topic`.",
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
    """Say why ARTICLE (its link or id) is in a digest, or the first reason why it is not."""
    from digest.pipeline import explaining

    if (article is None) == (pairs is None):
        raise click.UsageError("give an ARTICLE, or --pairs FILE")
    with newsroom(folder, now, create=False) as room:
        if pairs is not None:
            print_json(explaining.judge(room, _read_pairs(pairs)))
            return
        known = [topic.id for topic in room.settings.topics]
        if unknown := [topic for topic in topics if topic not in known]:
            raise DigestError(f"there is no topic {unknown[0]}; there are: {', '.join(known)}")
        found = explaining.explain(room, str(article), topics=topics or known, subscriber=subscriber)
    if not found:
        raise StoreError(f"no article with the link or id {article} is stored; its feed may not have brought it yet")
    if as_json:
        print_json([explanation.as_json(str(article)) for explanation in found])
        return
    click.echo("\n".join(_explanation_lines(found)))


def _read_pairs(path: Path) -> list[dict[str, str]]:
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
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


def _explanation_lines(found: list[Any]) -> Iterator[str]:
    article = found[0].article
    yield f"{article.entry.title}"
    seen, link = shown(article.first_seen_at), article.entry.link or "no link"
    yield f"  article {article.id}, {article.feed_name}, first seen {seen}, {link}"
    for explanation in found:
        verdict = explanation.verdict
        answer = "match" if verdict.matched else "no match"
        yield f"{explanation.topic.name} ({explanation.topic.id}): {answer}, score {verdict.score:.2f}"
        yield f"  {verdict.reason}"
        for evidence in verdict.evidence:
            yield f"  “{evidence.found}” stands for “{evidence.term}” in the {evidence.field}, at {evidence.start}"
        for fate in explanation.fates:
            yield f"  {fate}"
