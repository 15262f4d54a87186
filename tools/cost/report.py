"""An estimate as lines of text."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tools.cost.estimate import SIZES, Load, agentcore, mem0, monthly
from tools.cost.prices import ALL, MEM0_PRO_RETRIEVALS, MILLION


def lines(environments: Sequence[str], load: Load) -> Iterator[str]:
    """Dollars a month: idle and with this load, in each environment; what one million more would add; the peers."""
    yield f"{load.adds:,} adds, {load.searches:,} searches, {load.memories:,} memories kept; dollars a month, us-east-1"
    yield ""
    yield from _table(environments, load)
    yield ""
    yield f"{'a million adds more':<24}" + "".join(f"{'':>10}{d:>10.2f}" for d in _more(environments, load, "adds"))
    yield f"{'a million searches more':<24}" + "".join(
        f"{'':>10}{d:>10.2f}" for d in _more(environments, load, "searches")
    )
    yield ""
    yield f"{'AgentCore Memory':<24}{agentcore(load):>20,.2f}"
    price = mem0(load)
    shown = f"{price:,.2f}" if price is not None else "on request"
    yield f"{'Mem0, hosted':<24}{shown:>20}  (Pro: {MEM0_PRO_RETRIEVALS:,} searches, unverified)"


def _table(environments: Sequence[str], load: Load) -> Iterator[str]:
    yield f"{'':<24}" + "".join(f"{name:>20}" for name in environments)
    yield f"{'':<24}" + f"{'idle':>10}{'load':>10}" * len(environments)
    nothing = replace(load, adds=0, searches=0, memories=0)
    columns = [(monthly(SIZES[name], nothing), monthly(SIZES[name], load)) for name in environments]
    for part in columns[0][0]:
        if any(loaded[part] for _, loaded in columns):
            yield f"{part:<24}" + "".join(f"{idle[part]:>10.2f}{loaded[part]:>10.2f}" for idle, loaded in columns)
    totals = ((sum(idle.values()), sum(loaded.values())) for idle, loaded in columns)
    yield f"{'total':<24}" + "".join(f"{idle:>10.2f}{loaded:>10.2f}" for idle, loaded in totals)


def _more(environments: Sequence[str], load: Load, what: str) -> list[float]:
    """What a million more would add to this load; little, as long as the database stands there anyway."""
    more = replace(load, **{what: getattr(load, what) + MILLION})
    return [sum(monthly(SIZES[n], more).values()) - sum(monthly(SIZES[n], load).values()) for n in environments]


def price_table() -> Iterator[str]:
    """The prices as a table in Markdown."""
    yield "| | dollars | for one | read at |"
    yield "|---|---|---|---|"
    for name, price in ALL.items():
        yield f"| {name} | {_dollars(price.dollars)} | {price.unit} | {price.source} |"


def _dollars(dollars: float) -> str:
    """Without an exponent, and without zeros at its end."""
    return f"{dollars:.10f}".rstrip("0").rstrip(".")
