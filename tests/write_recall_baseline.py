"""Writes tests/data/recall/baseline.json, what the recall gate compares with: python -m tests.write_recall_baseline."""

import sys
from pathlib import Path

import pytest

from tests.recall import BASELINE, RENEW

GATE = Path(__file__).parent / "integration" / "test_recall.py"


class Renewal:
    """Tells the gate to keep what it measures."""

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RENEW] = True


def main() -> None:
    failed = pytest.main(["-q", str(GATE)], plugins=[Renewal()])
    if not failed:
        sys.stdout.write(BASELINE.read_text())
    sys.exit(failed)


if __name__ == "__main__":
    main()
