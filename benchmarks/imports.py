"""What a cold start imports: CPU and wall time and memory of each function's handler, in a fresh process each time.

Times are those over a bare interpreter, medians of --repeat processes. The last row is what loading the embedding model
and the first embedding add to a function that embeds. Compiled modules (.pyc) are used where Python finds them, so the
first process of all warms them; docs/benchmarks tells what they are worth.

    python -m benchmarks.imports
    python -m benchmarks.imports --tree search        where its time goes
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, cast

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.machine import about

REPOSITORY: Final = Path(__file__).resolve().parent.parent
MODEL: Final = "the embedding model"
_PROBE: Final = """
import json, os, time
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
{before}
memory, wall, cpu = resident(), time.perf_counter(), time.process_time()
{measured}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
print()
print(json.dumps({{"cpu_ms": cpu * 1000, "wall_ms": wall * 1000, "rss_mb": (resident() - {less}) / 1e6}}))
"""
_EMBED: Final = """
from pathlib import Path
from cairn.models_ai.embed.minilm import OnnxEmbedder
OnnxEmbedder(Path({folder!r})).embed(["Where does she live?"])
"""
# "import time:      1332 |    2042471 | functions.search.handler", in microseconds; depth is shown by spaces.
_LINE: Final = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one import costs."""

    name: str
    cpu_ms: float
    wall_ms: float
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Module:
    """A module in an import tree: its own time and that with what it imports, in milliseconds."""

    name: str
    own_ms: float
    all_ms: float
    depth: int


def functions() -> list[str]:
    """Names of all functions, by their folders."""
    return sorted(path.parent.name for path in (REPOSITORY / "functions").glob("*/handler.py"))


def probe(name: str) -> str:
    """The program that measures a function, or the model on top of one."""
    if name == MODEL:
        measured = _EMBED.format(folder=str(REPOSITORY / "layers" / "embedder"))
        return _PROBE.format(before="import functions.search.handler", measured=measured, less="memory")
    return _PROBE.format(before="", measured=f"import functions.{name}.handler", less="0")


def cost(name: str, repeat: int) -> Cost:
    """The medians of so many fresh processes, after one that nobody counts."""
    runs = [cast("dict[str, float]", json.loads(_run(["-c", probe(name)]).splitlines()[-1])) for _ in range(repeat + 1)]
    return Cost(name, **{key: round(median(run[key] for run in runs[1:]), 1) for key in runs[0]})


def _run(arguments: list[str], *, errors: bool = False) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    if done.returncode:
        raise SystemExit(f"A fresh process failed: {done.stderr.strip().splitlines()[-1]}")
    return done.stderr if errors else done.stdout


def modules(importtime: str) -> list[Module]:
    """The modules that `python -X importtime` names, as a tree from the top: a module before what it imports."""
    found = [
        Module(name, int(own) / 1000, int(everything) / 1000, len(indent) // 2)
        for own, everything, indent, name in cast("list[tuple[str, str, str, str]]", _LINE.findall(importtime))
    ]
    return found[::-1]


def show_tree(name: str, least_ms: float, console: Console) -> None:
    """Print the modules of a function that take at least so long, each below the one that imports it first."""
    text = _run(["-X", "importtime", "-c", f"import functions.{name}.handler"], errors=True)
    table = Table("ms with what it imports", "ms itself", "module", box=None, pad_edge=False)
    for module in modules(text):
        if module.all_ms >= least_ms:
            table.add_row(f"{module.all_ms:.0f}", f"{module.own_ms:.1f}", "  " * module.depth + module.name)
    console.print(table)


def show(costs: list[Cost], console: Console) -> None:
    """Print the costs as a table."""
    table = Table("function", "CPU ms", "wall ms", "resident MB", box=None, pad_edge=False)
    for one in costs:
        plus = "+ " if one.name == MODEL else ""
        table.add_row(plus + one.name, f"{one.cpu_ms:.0f}", f"{one.wall_ms:.0f}", f"{plus}{one.rss_mb:.0f}")
    console.print(table)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="processes of each function (default: 5)")
    parser.add_argument("--tree", metavar="FUNCTION", choices=functions(), help="show what its import is made of")
    parser.add_argument("--least-ms", type=float, default=10, help="leave out of the tree what takes less (10)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark from the command line."""
    options, console = arguments(), Console()
    if options.tree:
        show_tree(options.tree, options.least_ms, console)
        return
    machine = about()
    names = track([*functions(), MODEL], "fresh processes", console=console, transient=True)
    costs = [cost(name, options.repeat) for name in names]
    show(costs, console)
    result: dict[str, Any] = {"benchmark": "imports", "machine": machine, "imports": [asdict(one) for one in costs]}
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
