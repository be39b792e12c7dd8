"""What readers are offered, beside the topics: site, newsletters, templates. Kept when a configuration is taken over,
so that `digest plan` can hold an edited one against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from digest.settings import Newsletter, Settings

State = Literal["new", "changed", "removed"]
Said = Mapping[str, str]
"""What → how it is set."""

_NEWSLETTER = "newsletter "


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferPlan:
    """A part of the configuration that is not the same in both."""

    name: str
    """`site`, `templates`, or `newsletter` with its id."""
    state: State
    changes: tuple[tuple[str, str, str], ...] = ()
    """(what, before, after); empty where there was or will be nothing."""
    subscribers: tuple[str, ...] = ()
    """The addresses of those who will see it."""

    @property
    def newsletter(self) -> str | None:
        """Its id; None for what concerns all newsletters."""
        return self.name.removeprefix(_NEWSLETTER) if self.name.startswith(_NEWSLETTER) else None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "changes": {what: {"before": before, "after": after} for what, before, after in self.changes},
            "subscribers": list(self.subscribers),
        }


def offered(settings: Settings) -> dict[str, Said]:
    """All of it, by the names that `OfferPlan` tells; reads the operator's templates."""
    site = settings.site
    return {
        "site": {
            "name": site.name,
            "url": site.url,
            "from": f"{site.sender_name} <{site.sender_address}>",
            "postal_address": site.postal_address,
        },
        "templates": _templates(settings.templates),
    } | {f"{_NEWSLETTER}{newsletter.id}": _newsletter(newsletter) for newsletter in settings.newsletters}


def differences(before: Mapping[str, Said], after: Mapping[str, Said]) -> Iterator[OfferPlan]:
    """What is not the same in both, in the order of the second, what is gone last."""
    for name in [*after, *sorted(before.keys() - after.keys())]:
        was, will = before.get(name), after.get(name)
        if was is None or will is None:
            yield OfferPlan(name=name, state="new" if was is None else "removed")
        elif changes := tuple(_changes(was, will)):
            yield OfferPlan(name=name, state="changed", changes=changes)


def _changes(was: Said, will: Said) -> Iterator[tuple[str, str, str]]:
    for what in dict.fromkeys([*will, *was]):
        if was.get(what, "") != will.get(what, ""):
            yield what, was.get(what, ""), will.get(what, "")


def _newsletter(newsletter: Newsletter) -> Said:
    return {
        "title": newsletter.title,
        "topics": ", ".join(newsletter.topics),
        "schedule": newsletter.schedule.text,
        "timezone": newsletter.timezone,
        "language": newsletter.language,
        "max_stories": str(newsletter.max_stories),
        "when_empty": newsletter.when_empty,
        "late": newsletter.late,
    }


def _templates(folder: Path | None) -> Said:
    """Of the operator's own the path, and a hash that says which text it is."""
    if folder is None:
        return {}
    files = sorted(path for path in folder.rglob("[!.]*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _text(path) for path in files}


def _text(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()[:12]
    except OSError as error:  # who renders with it says so; polling goes on
        return error.strerror or "unreadable"
