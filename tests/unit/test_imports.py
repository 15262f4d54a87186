"""What a cold start pays for: a function imports what it needs and no more."""

import subprocess
import sys

import pytest

PROBE = "import sys, functions.{name}.handler; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"


@pytest.mark.parametrize(
    ("function", "unwanted"),
    [
        ("authorize", {"boto3", "numpy", "onnxruntime", "tokenizers", "fastapi", "mangum"}),
        ("migrate", {"boto3", "numpy", "onnxruntime", "tokenizers", "fastapi", "mangum"}),
        ("maintain", {"numpy", "onnxruntime", "tokenizers", "fastapi", "mangum"}),
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
