"""What a cold start pays for: a function imports what it needs and no more."""

import subprocess
import sys

import pytest

PROBE = "import sys, functions.{name}.handler; print(*sys.modules)"
OTHER_PACKAGES = {"onnxruntime", "tokenizers", "fastapi", "mangum"}
# What our own rules of language are made of takes a while to compile.
RULES = {"cairn.language.entities", "cairn.language.preferences", "cairn.consolidate.pipeline", "cairn.memories.change"}


@pytest.mark.parametrize(
    ("function", "unwanted"),
    [
        ("authorize", OTHER_PACKAGES | RULES | {"boto3", "numpy", "cairn.language.periods"}),
        ("migrate", OTHER_PACKAGES | RULES | {"boto3", "numpy", "cairn.language.periods"}),
        ("maintain", OTHER_PACKAGES | {"numpy", "cairn.consolidate.pipeline", "cairn.memories.change"}),
        ("graph_sync", OTHER_PACKAGES | {"cairn.consolidate.pipeline", "cairn.memories.change"}),
        ("check_release", OTHER_PACKAGES | RULES | {"psycopg", "numpy", "cairn.language.periods"}),
        ("consolidate", {"fastapi", "mangum"}),
        ("ingest", {"boto3", "onnxruntime", "fastapi", "mangum"}),
        ("search", {"boto3", "onnxruntime"}),
        ("add_memory", {"boto3", "onnxruntime"}),
    ],
)
def test_a_handler_imports_only_what_it_needs(function: str, unwanted: set[str]):
    code = PROBE.format(name=function)
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(modules) & unwanted == set()


WITHOUT = (
    "import sys\nfor name in {hidden!r}: sys.modules[name] = None\nimport functions.{function}.handler\nimport {more}"
)


@pytest.mark.parametrize("function", ["add_memory", "consolidate", "ingest"])
@pytest.mark.parametrize(
    ("adapters", "hidden"),
    [
        (
            ("embed.bedrock", "llm.bedrock", "llm.endpoint"),
            ("numpy", "openai", "httpx2", "onnxruntime", "neo4j"),
        ),
        (("embed.openai", "llm.openai", "llm.anthropic"), ("numpy", "onnxruntime")),
    ],
)
def test_what_asks_models_over_the_network_needs_no_package_of_a_layer_that_is_left_out(
    function: str, adapters: tuple[str, ...], hidden: tuple[str, ...]
):
    more = ", ".join(f"cairn.models_ai.{adapter}" for adapter in adapters)
    code = WITHOUT.format(hidden=hidden, function=function, more=more)
    subprocess.run([sys.executable, "-c", code], check=True)
