"""`plan`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.options import config_option, json_option, newsroom, now_option, print_json, progress, without_logins
from digest.wording import counted, shown

if TYPE_CHECKING:
    from digest.pipeline.planning import Difference, Plan, TopicPlan

CHANGES = 3
"""The exit status when something would change; terraform's 2 is wrong usage here."""
_SHOWN = 10


@click.command()
@config_option
@now_option
@click.option("--days", type=click.IntRange(1, 400), default=7, show_default=True, help="Of how many days.")
@click.option(
    "--limit", type=click.IntRange(0), default=_SHOWN, show_default=True, help="So many articles a topic and side."
)
@json_option
@click.pass_context
def plan(ctx: click.Context, folder: Path, now: datetime | None, days: int, limit: int, *, as_json: bool) -> None:
    """Tell what an edited configuration would change.

    Compares the files with what is running, on the articles of the last days: for each topic that is new, changed or
    removed the matches gained and lost and why, how many a day, and whom it concerns. Changes nothing.

    Exit status: 0 nothing would change, 3 something would.
    """
    from digest.pipeline import planning

    with newsroom(folder, now, create=False) as room, progress("holding articles against what is new"):
        told = planning.plan(room, days)
    if as_json:
        print_json(without_logins(told.as_json()))
    else:
        click.echo("\n".join(map(without_logins, _lines(told, limit))))
    ctx.exit(CHANGES if told.changes else 0)


def _lines(plan: Plan, limit: int) -> Iterator[str]:
    if not plan.changes:
        yield "nothing would change"
        return
    for topic in plan.topics:
        yield from _topic_lines(topic, limit)
    for offer in plan.offers:
        yield f"{_SIGNS[offer.state]} {offer.name}: {_changes(offer.changes) or offer.state}"
    for each in plan.subscriptions:
        yield f"{_SIGNS[each.state]} {each.address} to {each.newsletter}: {_changes(each.changes) or each.state}"
    for sign, word, urls in (("+", "new", plan.feeds_added), ("-", "removed", plan.feeds_removed)):
        yield from (f"{sign} feed {url}: {word}" for url in urls)
    yield f"{_sum(plan)}; {counted(len(plan.touched), 'subscriber')} touched"


def _sum(plan: Plan) -> str:
    if not plan.topics:
        return "no topic is changed"
    gained, lost = (sum(len(getattr(topic, side)) for topic in plan.topics) for side in ("gained", "lost"))
    return (
        f"{counted(len(plan.topics), 'topic')}: {counted(gained, 'match', 'matches')} gained, {lost} lost in "
        f"{counted(plan.articles, 'article')} since {shown(plan.since)}"
    )


_SIGNS = {"new": "+", "changed": "~", "removed": "-"}


def _topic_lines(topic: TopicPlan, limit: int) -> Iterator[str]:
    found = f"{len(topic.gained)} gained, {len(topic.lost)} lost"
    yield f"{_SIGNS[topic.state]} topic {topic.id}: {topic.state}; {found}"
    people = f"{counted(len(topic.subscribers), 'subscriber')} ({', '.join(topic.newsletters)})"
    yield f"    for {people}" if topic.newsletters else "    in no newsletter"
    days = [f"{day:%b %d}: {topic.before[day]} → {topic.after[day]}" for day in topic.before]
    yield f"    a day  {', '.join(days)}"
    for sign, found_then in (("+", topic.gained), ("-", topic.lost)):
        for difference in found_then[:limit]:
            yield from _difference(sign, difference)
        if len(found_then) > limit:
            yield f"  {sign} and {counted(len(found_then) - limit, 'other')}"


def _difference(sign: str, difference: Difference) -> Iterator[str]:
    article, seen = difference.article, shown(difference.article.first_seen_at)
    yield f"  {sign} {article.entry.title}"
    yield f"      {article.feed_name}, {seen}, article {article.id}: {difference.verdict.reason}"


def _changes(changes: Iterable[tuple[str, str, str]]) -> str:
    return "; ".join(f"{what} {before or 'nothing'} → {after or 'nothing'}" for what, before, after in changes)
