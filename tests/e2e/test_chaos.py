"""Promise: accepted means kept. Any process dies at any moment, and every accepted write is applied exactly once."""

from pathlib import Path

from tests.e2e.chaos import VICTIMS, Chaos
from tests.e2e.conftest import Service

KILLS = 50


def test_what_was_accepted_is_applied_exactly_once_whatever_dies(tmp_path: Path):
    service = Service(tmp_path / "data").start()
    try:
        outcome = Chaos(service, seed=20261121).run(KILLS)
    finally:
        service.stop()
    assert outcome.kills.total() == KILLS
    assert outcome.kills.keys() == VICTIMS.keys()
    assert outcome.stopped
    assert outcome.accepted > KILLS
    assert outcome.is_clean, outcome
