"""The drawing on a plan's cover: the available reserve with and without the plan, from its data."""

from __future__ import annotations

from itertools import pairwise

from reports.charts.theme import mix, palette
from reports.document import Path

WIDTH, HEIGHT = 816, 1056
"""The page in CSS pixels, 8.5 by 11 inches."""
TOP, BOTTOM = 560.0, 850.0
"""Where the highest and the lowest amount stand."""
THREADS = 56
GOLD = "#efb654"

Points = list[tuple[float, float]]


def draw(path: Path | None, colour: str) -> str:
    """Return the cover's background as SVG.

    Without a path (no outlook yet) the ground stands alone: a drawing that shows no data is not made up.

    Args:
        path: reserve by year in cents; all four lists of one length, two years at least.
        colour: the organization's colour.
    """
    roles = palette(colour)
    ground = roles["own-deep"]
    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{ground}"/>']
    if path is not None and len(path.years) > 1:
        parts += _threads(path, ground)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">{"".join(parts)}</svg>'
    )


def _threads(path: Path, ground: str) -> list[str]:
    amounts = [*path.with_plan, *path.without_plan, *path.minimum]
    low, high = min(amounts), max(amounts)
    span = max(high - low, 1)
    step = WIDTH / (len(path.years) - 1)

    def points(values: list[float]) -> Points:
        return [
            (index * step, BOTTOM - (value - low) / span * (BOTTOM - TOP))
            for index, value in enumerate(values)
        ]

    thread = mix(ground, "#ffffff", 0.6)
    parts = []
    for index in range(THREADS):
        share = index / THREADS
        between = [
            without + (with_it - without) * share
            for with_it, without in zip(path.with_plan, path.without_plan, strict=True)
        ]
        opacity = 0.22 + 0.5 * (1 - share)
        parts.append(_line(points(between), thread, 0.8, f'stroke-opacity="{opacity:.2f}"'))
    parts.append(
        _line(
            points([float(v) for v in path.minimum]),
            mix(ground, "#ffffff", 0.75),
            1.1,
            'stroke-dasharray="1 6"',
        )
    )
    plan = points([float(v) for v in path.with_plan])
    parts.append(_line(plan, GOLD, 3.4, ""))
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{GOLD}"/>' for x, y in plan[1:-1]]
    return parts


def _line(points: Points, colour: str, width: float, more: str) -> str:
    return (
        f'<path d="{_curve(points)}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linecap="round" {more}/>'
    )


def _curve(points: Points) -> str:
    """Return a smooth path through the points that never swings beyond them (monotone cubic)."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    tangents = [slopes[0]]
    for before, after in pairwise(slopes):
        tangents.append(0.0 if before * after <= 0 else 2 * before * after / (before + after))
    tangents.append(slopes[-1])
    commands = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for index, (start, end) in enumerate(pairwise(points)):
        third = (end[0] - start[0]) / 3
        commands.append(
            f"C{start[0] + third:.1f} {start[1] + tangents[index] * third:.1f} "
            f"{end[0] - third:.1f} {end[1] - tangents[index + 1] * third:.1f} {end[0]:.1f} {end[1]:.1f}"
        )
    return "".join(commands)
