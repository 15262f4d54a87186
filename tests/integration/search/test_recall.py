"""The recall gate: search with its defaults finds as much of what answers our own questions as it did."""

import pytest

from tests import recall
from tests.integration.api import Api


@pytest.mark.default_embedder("the figures to compare with are what search found with the default embedder")
def test_search_finds_as_much_as_before(api: Api, request: pytest.FixtureRequest):
    found = [
        one
        for conversation in recall.conversations()
        for one in recall.ask(api, conversation, recall.load(api, conversation))
    ]
    measured = recall.figures(found)
    if request.config.stash.get(recall.RENEW, False):
        recall.write(measured)
    fault = recall.fault(measured)
    assert fault is None, fault
