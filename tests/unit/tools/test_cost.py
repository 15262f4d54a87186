"""The calculator: its sums by hand, what it says of itself, and the page that shows it."""

from dataclasses import replace

import pytest

from tests.write_cost_page import PAGE, output, refreshed
from tools import cli
from tools.cost import prices
from tools.cost.estimate import SIZES, Assumed, Load, agentcore, mem0, monthly

NOTHING = Load(0, 0, 0)
BUSY = Load(1_000_000, 5_000_000, 2_000_000)


def test_the_page_shows_what_the_calculator_says():
    page = PAGE.read_text()
    assert refreshed(page) == page, "run `python -m tests.write_cost_page`"
    assert page.count("$ cairn cost") >= 3


def test_every_price_names_its_source_and_the_page_says_what_is_unverified():
    named = {name for name, value in vars(prices).items() if isinstance(value, prices.Price)}
    assert len(prices.ALL) == len(named)
    assert all(price.source for price in prices.ALL.values())
    assert {n for n, p in prices.ALL.items() if not p.verified} == {"RDS Proxy", "CloudWatch, alarms"}
    assert prices.READ_ON in PAGE.read_text()


def test_a_database_that_does_not_pause_costs_its_least_size():
    assert monthly(SIZES["prod"], NOTHING)["Aurora"] == pytest.approx(2 * 730 * 0.12)
    assert monthly(SIZES["staging"], NOTHING)["Aurora"] == pytest.approx(0.5 * 730 * 0.12)


def test_a_database_that_pauses_is_awake_after_each_upkeep_and_request():
    idle = monthly(SIZES["dev"], NOTHING)["Aurora"]
    assert idle == pytest.approx(0.5 * 730 / 6 * 0.12)
    assert monthly(SIZES["dev"], Load(0, 60, 0))["Aurora"] == pytest.approx(idle + 0.5 * 10 * 0.12, rel=1e-3)
    always = monthly(SIZES["dev"], Load(0, 100_000, 0))["Aurora"]
    assert always == pytest.approx(0.5 * 730 * 0.12, rel=0.01)


def test_under_load_the_database_grows_past_its_least_size():
    load = replace(BUSY, searches=1_000_000_000)
    hours = (1_000_000 * 0.03 + 1_000_000_000 * 0.01) / 3600 / 0.25 / 0.5
    storage, io = 2_000_000 * 8_000 / 1e9 * 0.10, load.requests * 12 * 0.2e-6
    assert monthly(SIZES["prod"], load)["Aurora"] == pytest.approx(hours * 0.12 + storage + io)


def test_a_model_costs_its_tokens():
    load = replace(BUSY, price_in=1, price_out=10)
    assert monthly(SIZES["prod"], load)["model"] == pytest.approx(Assumed().tokens_in + 10 * Assumed().tokens_out)
    assert monthly(SIZES["prod"], BUSY)["model"] == 0


def test_an_endpoint_of_embeddings_costs_its_tokens():
    load = replace(BUSY, price_embedding=0.02)
    tokens = 1_000_000 * Assumed().embedded_add + 5_000_000 * Assumed().embedded_search
    assert monthly(SIZES["prod"], load)["embeddings"] == pytest.approx(tokens * 0.02 / 1_000_000)
    assert monthly(SIZES["prod"], BUSY)["embeddings"] == 0


def test_bedrock_has_an_endpoint_where_others_have_theirs_and_needs_no_gateway_there():
    load = replace(BUSY, price_in=1, price_out=1)
    by_bedrock = replace(load, bedrock=True)
    for name, more in (("staging", 2 * 730 * 0.01), ("prod", 2 * 730 * 0.01), ("dev", 0)):
        before, after = monthly(SIZES[name], load), monthly(SIZES[name], by_bedrock)
        assert after["interface endpoints"] - before["interface endpoints"] == pytest.approx(more)
        assert (after["NAT gateways"] < before["NAT gateways"]) is (name != "dev")


def test_a_proxy_has_a_floor():
    assert monthly(replace(SIZES["prod"], proxy=True), NOTHING)["RDS Proxy"] == pytest.approx(8 * 730 * 0.015)


def test_more_to_do_never_costs_less():
    for size in SIZES.values():
        idle, busy, busier = (
            monthly(size, load) for load in (NOTHING, BUSY, Load(2_000_000, 10_000_000, 4_000_000, 1, 1))
        )
        assert all(idle[part] <= busy[part] <= busier[part] for part in idle)


def test_the_peers():
    assert agentcore(BUSY) == pytest.approx(12 + 2_500 + 1_500)
    assert mem0(Load(1, 50_000, 1)) == 249
    assert mem0(Load(1, 50_001, 1)) is None


def test_the_command_shows_only_what_was_asked_for():
    shown = output("cairn cost --adds 1,000 --searches 0 --memories 5 --env dev")
    assert shown.startswith("1,000 adds, 0 searches, 5 memories kept")
    assert "prod" not in shown
    assert "model" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["--adds", "-1"],
        ["--adds", "many"],
        ["--adds", "9" * 16],
        ["--adds", "1", "--price-in", "nan"],
        ["--adds", "1", "--price-out", "x"],
        ["--adds", "1", "--env", "moon"],
    ],
)
def test_bad_input_is_said_in_a_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["cost", "--searches", "1", *arguments])
    assert "cairn cost: error: argument --" in capsys.readouterr().err
