"""Draw what the benchmarks measured, from the JSON that they write, as SVG that is the same for the same numbers.

python -m benchmarks.charts compare.json scale.json ablation.json
python -m benchmarks.charts compare.json --out /tmp/charts --png
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import matplotlib as mpl
from matplotlib.figure import Figure

OUT: Final = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"
_BLUE: Final = "#1f5fa8"
_PALE_BLUE: Final = "#a9c6e8"
_ORANGE: Final = "#d0672a"
_PALE_ORANGE: Final = "#f0c4a8"
_GREY: Final = "#8a8a8a"
_PALE_GREY: Final = "#d4d4d4"
_STYLE: Final = {
    "svg.hashsalt": "cairn",
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
}
Data = dict[str, Any]
Chart = tuple[str, Any]


def caption(data: Data) -> str:
    """The machine, and how busy it was."""
    machine = data["machine"]
    return f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['when']}, load {machine['load_average']}"


def figure(title: str, data: Data, panels: int, size: tuple[float, float]) -> tuple[Any, list[Any]]:
    """A figure with panels beside each other, its title above and where it was measured below."""
    made: Any = Figure(figsize=size, layout="constrained")
    made.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    made.supxlabel(caption(data), x=0.99, ha="right", fontsize=8, color=_GREY)
    return made, list(made.subplots(1, panels, squeeze=False)[0])


def bars(axes: Any, title: str, rows: Sequence[tuple[str, float, str]], form: Callable[[float], str] = str) -> None:
    """Horizontal bars from the top, each with its name on the left and its value at its end."""
    names, values, colours = zip(*rows, strict=True)
    drawn = axes.barh(range(len(rows)), values, color=colours)
    axes.set_yticks(range(len(rows)), names)
    axes.bar_label(drawn, [form(value) for value in values], padding=4)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_xlim(0, max(values) * 1.25 or 1)
    axes.set_title(title)


def _systems(data: Data, clients: int) -> list[tuple[str, Data, str, str]]:
    """Cairn, mem0 and mem0 without its index as they searched: name, figures, and two colours."""
    found = {(row["operation"], row["system"]): row for row in data["measurements"] if row["clients"] == clients}
    operations = list(dict.fromkeys(operation for operation, _ in found))
    ours, theirs = list(dict.fromkeys(system for _, system in found))
    shown = [(ours, found["search", ours], _BLUE, _PALE_BLUE), (theirs, found["search", theirs], _ORANGE, _PALE_ORANGE)]
    bare = [operation for operation in operations if "without" in operation]
    return shown + [(f"{theirs},\nHNSW dropped", found[one, theirs], _GREY, _PALE_GREY) for one in bare]


def compare(data: Data) -> Iterator[Chart]:
    """Search times and rows of both systems, and adds."""
    clients = sorted({row["clients"] for row in data["measurements"]})
    of = f"{data['memories']:,} memories of {data['users']:,} users"
    made, panels = figure(f"Search, {of}", data, len(clients) + 1, (11, 4.2))
    for axes, count in zip(panels, clients, strict=False):
        rows: list[tuple[str, float, str]] = []
        for name, row, strong, pale in _systems(data, count):
            rows += [(f"{name}  p50", row["p50_ms"], strong), ("p95", row["p95_ms"], pale)]
        bars(axes, f"{_clients(count)}, ms", rows, lambda value: f"{value:.0f}")
    rows = [(name, row["rows_mean"], strong) for name, row, strong, _ in _systems(data, clients[0])]
    bars(panels[-1], "memories found, of 10", rows, lambda value: f"{value:.2g}")
    yield "compare-search", made

    adds = list(dict.fromkeys(row["operation"] for row in data["measurements"] if row["operation"].startswith("add")))
    kinds = [(operation, count) for operation in adds for count in clients]
    made, panels = figure(f"Adds without inference, memories per second, {of} before", data, len(kinds), (13, 2.4))
    for axes, kind in zip(panels, kinds, strict=True):
        added = [row for row in data["measurements"] if (row["operation"], row["clients"]) == kind]
        rows = [(row["system"], row["per_second"], c) for row, c in zip(added, (_BLUE, _ORANGE), strict=True)]
        bars(axes, f"{kind[0]}, {_clients(kind[1])}", rows, lambda value: f"{value:.0f}")
    yield "compare-add", made


def _clients(count: int) -> str:
    return "1 client" if count == 1 else f"{count} clients"


def lines(axes: Any, rows: Sequence[Data], series: Sequence[tuple[str, str, str]], *, log: bool) -> None:
    """Lines over the number of memories, each named at its end; `series` are key, name and colour."""
    sizes = [row["memories"] for row in rows]
    for key, name, colour in series:
        values = [row[key] for row in rows]
        axes.plot(sizes, values, marker="o", color=colour)
        axes.annotate(
            f" {name}: {values[-1]:g}",
            (sizes[-1], values[-1]),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )
    axes.set_xscale("log")
    axes.set_xticks(sizes, [_short(size) for size in sizes])
    axes.minorticks_off()
    axes.margins(x=0.05, y=0.15)
    if log:
        axes.set_yscale("log")
        ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000) if _between(tick, rows, series)]
        axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.minorticks_off()
    axes.grid(axis="y", color="#e6e6e6")
    axes.set_axisbelow(True)


def _between(tick: float, rows: Sequence[Data], series: Sequence[tuple[str, str, str]]) -> bool:
    values = [row[key] for row in rows for key, _, _ in series]
    return min(values) / 2 <= tick <= max(values) * 2


def _short(size: int) -> str:
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1_000}k" if size >= 1_000 else str(size)


def scale(data: Data) -> Iterator[Chart]:
    """Search times against size, in all and of one user, and recall."""
    times = [("p50_ms", "p50", _BLUE), ("p95_ms", "p95", _GREY)]
    if users := data.get("users"):
        made, (axes,) = figure("One search, users of 100 memories each", data, 1, (7.5, 4))
        lines(axes, users, times, log=False)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("memories of all users")
        axes.set_title("ms, one client")
        yield "scale-users", made
    if scope := data.get("scope"):
        made, (left, right) = figure("One search, all memories of one user", data, 2, (11.5, 4.4))
        lines(left, scope, [*times, ("exact_p50_ms", "p50 with exact", _ORANGE)], log=True)
        left.set_title("ms, one client; through indexes above 8,000")
        lines(right, scope, [("recall_at_10", "recall", _BLUE)], log=False)
        right.set_ylim(0, 1.05)
        right.set_title("share of the ten best of every row that is found")
        for axes in (left, right):
            axes.set_xlabel("memories of the user")
        yield "scale-scope", made


def ablation(data: Data) -> Iterator[Chart]:
    """Recall by what is weighed."""
    scores = cast("dict[str, Data]", data["scores"])
    left_out = [name for name in scores if name.startswith("shipped without")]
    built = [name for name in scores if name not in left_out]
    made, panels = figure(f"Recall@10, {data['questions']} questions of LoCoMo, per cent", data, 2, (11, 3.8))
    (now,) = (name for name in built if name.endswith(": as shipped"))
    shipped = 100 * scores[now]["all"]["recall_at_10"]

    def rows(names: Sequence[str], strong: str) -> list[tuple[str, float, str]]:
        values = [100 * scores[name]["all"]["recall_at_10"] for name in names]
        return [(n, v, _BLUE if n == now else strong) for n, v in zip(names, values, strict=True)]

    bars(panels[0], "built up, and otherwise", rows(built, _PALE_BLUE), lambda value: f"{value:.1f}")
    shown = rows(left_out, _PALE_ORANGE)
    shown = [(name.removeprefix("shipped "), value, colour) for name, value, colour in shown]
    bars(panels[1], "left out of what is shipped", shown, lambda value: f"{value:.1f}  ({value - shipped:+.1f})")
    yield "ablation", made


_DRAWN: Final[dict[str, Callable[[Data], Iterator[Chart]]]] = {"compare": compare, "scale": scale, "ablation": ablation}


def draw(path: Path, out: Path, *, png: bool) -> list[Path]:
    """Draw the charts of one result; returns the files."""
    data = cast("Data", json.loads(path.read_text()))
    drawer = _DRAWN.get(str(data.get("benchmark")))
    if drawer is None:
        raise SystemExit(f"{path} is not a result that can be drawn: 'benchmark' is not one of {', '.join(_DRAWN)}.")
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    # matplotlib's own types are partly unknown.
    with cast("Any", mpl).rc_context(_STYLE):
        for name, made in drawer(data):
            save = made.savefig
            save(out / f"{name}.svg", metadata={"Date": None})
            written.append(out / f"{name}.svg")
            if png:
                save(out / f"{name}.png", dpi=110)
    return written


def main() -> None:
    """Draw from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+", help="JSON of compare, scale and ablation")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the charts (default: docs/benchmarks)")
    parser.add_argument("--png", action="store_true", help="write PNG too, to look at")
    options = parser.parse_args()
    for path in options.results:
        for written in draw(path, options.out, png=options.png):
            print(written)


if __name__ == "__main__":
    main()
