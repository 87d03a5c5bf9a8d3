"""`make picture`: draws docs/exports.svg from what `make bench` wrote to var/bench/exports.json."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, NullFormatter

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "var" / "bench" / "exports.json"
PICTURE = ROOT / "docs" / "exports.svg"
OURS, OTHERS, INK, FAINT = "#2563eb", "#c3cad5", "#1f2937", "#6b7280"
# A card of its own: as light, and as legible, on a dark page as on a light one.
CARD = "#ffffff"
COLORS = {"PostgreSQL": OURS, "SQLite": "#0f9d76"}
SHELLS = {"PostgreSQL": "psql \\copy, same SQL", "SQLite": "sqlite3 -csv, same file"}
STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": FAINT,
    "axes.edgecolor": OTHERS,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": INK,
    "figure.facecolor": CARD,
    "axes.facecolor": CARD,
    "svg.hashsalt": "usersvc",  # the same picture from the same numbers
}


def main() -> None:
    """Draw."""
    if not FOUND.exists():
        sys.exit(f"{FOUND} is missing: run `make bench` first.")
    costs = json.loads(FOUND.read_text())["costs"]
    with mpl.rc_context(STYLE):
        shape = {"width_ratios": [1] * len(costs) + [2.3]}
        figure, axes = pyplot.subplots(1, len(costs) + 1, figsize=(13, 3.4), gridspec_kw=shape)
        for place, (database, cost) in zip(axes, costs.items(), strict=False):
            _bars(place, database, cost)
        _curves(axes[-1], costs)
        figure.tight_layout(w_pad=2.5)
        figure.savefig(PICTURE, metadata={"Date": None})


def _bars(axes: Axes, database: str, cost: dict[str, Any]) -> None:
    """Draw what one person of the largest download costs us and the others."""
    *_, ours = cost["ours"].values()
    others = cost["others"]
    bars = {
        "usersvc, over HTTP": ours,
        SHELLS[database]: others["shell"],
        "raw dump": others["raw"],
        "streaming DRF": others["streaming DRF"],
        "django-import-export": others["django-import-export"],
    }
    colors = [COLORS[database], *[OTHERS] * (len(bars) - 1)]
    drawn = axes.barh(list(bars), list(bars.values()), color=colors, height=0.62)
    labels = [f"{value:.1f}" if value < 100 else f"{value:.0f}" for value in bars.values()]
    axes.bar_label(drawn, labels, padding=4)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.14 * max(bars.values()))
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines["bottom"].set_visible(False)
    _title(axes, f"{database}: µs a person, as CSV")


def _curves(axes: Axes, costs: dict[str, Any]) -> None:
    """Draw what a person costs in downloads of every size."""
    last = {database: list(cost["ours"].values())[-1] for database, cost in costs.items()}
    for database, cost in costs.items():
        people = [int(count) for count in cost["ours"]]
        axes.plot(people, list(cost["ours"].values()), marker="o", color=COLORS[database])
        text = f"{database} {last[database]:.1f}, time ∝ people^{cost['exponent']:.2f}"
        above = last[database] == max(last.values())
        # On either side of both, or the names of lines that are close would meet.
        # The lines fall from where downloads are small: its name stands above that.
        place = (0, 46) if above else (0, -9)
        look = {"ha": "right", "va": "bottom" if above else "top", "color": COLORS[database]}
        axes.annotate(text, (people[-1], last[database]), place, "data", "offset points", **look)
    axes.set_xscale("log")
    axes.set_ylim(0)
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.03)
    _title(axes, "usersvc: µs a person, by people in the file")


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=11, fontweight="bold", color=INK)


if __name__ == "__main__":
    main()
