"""What a function imports when it starts: nothing that only others need, since every cold start waits for it."""

import subprocess
import sys

import pytest

RULES = {"cairn.entities", "cairn.periods", "cairn.preferences", "cairn.usecases.consolidate"}


@pytest.mark.parametrize(
    ("function", "others"),
    [
        ("authorize", RULES | {"boto3", "fastapi", "onnxruntime", "cairn.adapters.postgres.memories"}),
        ("migrate", RULES | {"boto3", "fastapi", "onnxruntime", "cairn.adapters.postgres.memories"}),
        ("graph_sync", {"fastapi", "onnxruntime", "cairn.usecases.consolidate", "cairn.usecases.memories"}),
        ("maintain", {"fastapi", "onnxruntime", "cairn.usecases.consolidate", "cairn.usecases.memories"}),
    ],
)
def test_a_function_starts_without_what_others_need(function: str, others: set[str]):
    program = f"import sys, functions.{function}.handler; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert others.intersection(done.stdout.split()) == set()
