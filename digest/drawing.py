"""Drawing precision over recall as SVG, through the template `measuring/curve.svg`, which says how it looks.

Each way of matching has a mark where it stands and, if its score is worth a curve, what every other cut would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment

from digest.measures import Figures, Point

SIDE = 360
"""Of a plot, in pixels."""

_SHAPES = ("circle", "diamond", "square", "triangle")
_SAME_F1 = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One way of matching."""

    name: str
    figures: Figures
    curve: tuple[Point, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One collection; the first series stands out."""

    title: str
    subtitle: str
    series: tuple[Series, ...]


def draw(panels: Sequence[Panel], environment: Environment) -> str:
    """An SVG document, for a light or a dark page as the reader prefers. There must be a panel."""
    return environment.get_template("measuring/curve.svg").render(
        side=SIDE,
        rows=max(len(panel.series) for panel in panels),
        sameness=[_same(f1) for f1 in _SAME_F1],
        panels=[
            {
                "title": panel.title,
                "subtitle": panel.subtitle,
                "series": [_series(series, number) for number, series in enumerate(panel.series)],
            }
            for panel in panels
        ],
    )


def _series(series: Series, number: int) -> dict[str, object]:
    found = series.figures
    x, y = _place(found.recall, found.precision)
    return {
        "name": series.name,
        "colour": f"s{number % len(_SHAPES)}",
        "shape": _SHAPES[number % len(_SHAPES)],
        "x": x,
        "y": y,
        "path": _path([(point.recall, point.precision) for point in series.curve if point.recall]),
        "figures": [f"{value:.2f}" for value in (found.precision, found.recall, found.f1, found.ndcg20)],
    }


def _same(f1: float) -> dict[str, object]:
    """Where precision and recall give that F1: P = F1 R / (2 R - F1)."""
    recalls = [f1 / (2 - f1) + (1 - f1 / (2 - f1)) * step / 40 for step in range(41)]
    points = [(recall, f1 * recall / (2 * recall - f1)) for recall in recalls]
    return {"f1": f1, "path": _path(points), "y": _place(*points[-1])[1]}


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Of one point or none there is nothing to draw."""
    places = dict.fromkeys(_place(*point) for point in points)
    return "M" + "L".join(f"{x} {y}" for x, y in places) if len(places) > 1 else ""


def _place(recall: float, precision: float) -> tuple[float, float]:
    return round(SIDE * recall, 1), round(SIDE * (1 - precision), 1)
