"""Searches that are scored by attention."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cairn.filters import parse_filters
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import Selection
from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.models_ai.embed.port import Embedder
from cairn.platform.database import Database
from cairn.search.ranking import (
    ATTENTION,
    FITS_SCORE,
    GRAPH,
    GRAPH_WEIGHT,
    RECENCY,
    SEMANTIC,
    Attention,
    Scoring,
    composite,
)
from cairn.search.search import Search, SearchRequest
from cairn.search.statement import search_statement
from cairn.search.store import PostgresSearchStore
from cairn.search.types import FromGraph, SearchQuery
from tests.embeddings import weighed
from tests.integration.api import Api
from tests.integration.conftest import Settings

TEXTS = (
    "I adopted a grey cat called Miso",
    "We drove from Porto to Lisbon in March",
    "My flight number is TP1363",
    "I play the cello in an orchestra",
    "My doctor told me to avoid peanuts",
)
SHARES = {"semantic": 0.2, "bm25": 0.2, "attention": 0.4, "recency": 0.1, "importance": 0.1}


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Nothing is dropped, unless a test says otherwise."""
    own = getattr(request, "param", {})
    settings.search = settings.search.model_copy(update={"scoring_distillation": 0.0} | own)
    return settings


@pytest.fixture
def filled(api: Api) -> Api:
    for text in TEXTS:
        api.add(text)
    return api


def attended(api: Api, query: str, **fields: Any) -> list[dict[str, Any]]:
    return api.search_for(query, scoring="attention", explain=True, **fields)


def raw(hits: list[dict[str, Any]], signal: str) -> list[float]:
    return [hit["explain"][signal]["score"] for hit in hits]


def at(year: int) -> int:
    return int(datetime(year, 5, 2, tzinfo=UTC).timestamp())


def test_explain_shows_each_part_and_adds_up(filled: Api):
    hits = attended(filled, "grey cat")
    assert len(hits) == len(TEXTS)
    for hit in hits:
        parts = hit["explain"]
        assert {name: part["weight"] for name, part in parts.items() if part["weight"]} == SHARES
        assert sum(part["contribution"] for part in parts.values()) == pytest.approx(hit["score"], abs=5e-6)
    assert sum(raw(hits, ATTENTION)) == pytest.approx(1, abs=1e-5)
    assert hits[0]["memory"] == TEXTS[0]


def test_an_explained_search_says_how_it_was_scored(filled: Api, embedding_model: tuple[str, int]):
    body = {"query": "cat", "filters": {"user_id": "ada"}, "explain": True}
    asked = [
        filled.request("POST", "/v3/memories/search/", body | {"scoring": scoring}).body["search"]
        for scoring in ("attention", "linear")
    ]
    way = "learned" if embedding_model[0] == OnnxEmbedder.model else "plain"
    assert [(one["scoring"], one.get("attention")) for one in asked] == [("attention", way), ("linear", None)]
    plain = filled.request("POST", "/v3/memories/search/", body).body
    assert plain["search"]["scoring"] == "linear"
    assert ATTENTION not in plain["results"][0]["explain"]


def test_the_score_keeps_its_meaning(filled: Api):
    for query in ("grey cat", "quantum chromodynamics"):
        linear, by_attention = filled.search_for(query)[0], attended(filled, query)[0]
        assert by_attention["score"] == pytest.approx(linear["score"], abs=1e-6)
    assert by_attention["score"] < FITS_SCORE


ONLY_ATTENTION = {
    "scoring_attention": 1.0,
    "scoring_similarity": 0.0,
    "scoring_recency": 0.0,
    "scoring_importance": 0.0,
}


@pytest.mark.parametrize("settings", [ONLY_ATTENTION], indirect=True)
def test_the_order_follows_attention(filled: Api):
    for query in ("which pet do I have?", "what must I not eat?", "music"):
        hits = attended(filled, query)
        assert raw(hits, ATTENTION) == sorted(raw(hits, ATTENTION), reverse=True)
        assert RECENCY not in hits[0]["explain"]


def test_a_query_attends_with_what_it_is_projected_to(filled: Api, connection: Database, real_embedder: Embedder):
    """Without projections the order is the cosine's; with the contrary of the query it is turned round."""
    selection, tenant = Selection(parse_filters({"user_id": "ada"})), Tenant(uuid.UUID(filled.project_id))
    cosines: list[list[float]] = []
    for project in (None, lambda vector: [-20 * component for component in vector]):
        attention = Attention(composite(1, 0, 0, 0), project, 24, 0)
        search = Search(PostgresSearchStore(connection), real_embedder, attention=lambda _, own=attention: own)
        found = search(tenant, SearchRequest("a pet", selection, threshold=0, scoring=Scoring.ATTENTION))
        cosines.append([hit.signals[SEMANTIC].raw for hit in found.hits])
        assert found.attention == ("learned" if project else "plain")
    assert cosines[0] == sorted(cosines[0], reverse=True)
    assert cosines[1] == cosines[0][::-1]


def test_what_the_graph_found_counts_on_top(filled: Api, connection: Database, real_embedder: Embedder):
    attention = Attention(composite(0.4, 0.4, 0.1, 0.1), None, 24, 0)
    search = Search(PostgresSearchStore(connection), real_embedder, attention=lambda _: attention)
    selection, tenant = Selection(parse_filters({"user_id": "ada"})), Tenant(uuid.UUID(filled.project_id))
    by_attention = SearchRequest("a pet", selection, threshold=0, scoring=Scoring.ATTENTION)
    last = search(tenant, by_attention).hits[-1].memory.id
    store, near = PostgresSearchStore(connection), FromGraph(near=((last, 1),))
    search = Search(store, real_embedder, attention=lambda _: attention, near=lambda *_: near)
    hits = search(tenant, replace(by_attention, graph=True)).hits
    found = {hit.memory.id: hit.signals for hit in hits}
    assert {memory_id: signals[GRAPH].raw for memory_id, signals in found.items()} == {i: i == last for i in found}
    assert (found[last][GRAPH].weight, found[last][ATTENTION].weight) == (GRAPH_WEIGHT, 0.4)


@pytest.mark.parametrize("settings", [{"scoring_distillation": 0.5}], indirect=True)
def test_distillation_drops_what_is_attended_to_too_little(filled: Api):
    hits = attended(filled, "a grey cat")
    assert [hit["memory"] for hit in hits] == [TEXTS[0]]
    assert len(filled.search_for("a grey cat")) == len(TEXTS)


@pytest.mark.parametrize("settings", [{"scoring_half_life_hours": 24.0}], indirect=True)
def test_recency_halves_with_every_half_life_since_the_newest(api: Api):
    day, now = 24 * 3600, at(2024)
    for days in (0, 1, 2):
        api.add(f"We had soup number {days}", timestamp=now - days * day)
    hits = sorted(attended(api, "soup"), key=lambda hit: hit["memory"])
    assert raw(hits, RECENCY) == pytest.approx([1, 0.5, 0.25])


@pytest.mark.parametrize("settings", [{"scoring_half_life_hours": 1e-6}], indirect=True)
def test_what_is_very_old_or_is_yet_to_be_counts_as_old_or_as_new(api: Api):
    for year in (1971, 2020, 2300):
        api.add(f"We had soup in the year {year}", timestamp=at(year))
    recent = {hit["memory"][-4:]: hit["explain"][RECENCY]["score"] for hit in attended(api, "soup")}
    assert (recent["1971"], recent["2020"], recent["2300"]) == (0, 0, 1)
    recent = {h["memory"][-4:]: h["explain"][RECENCY]["score"] for h in attended(api, "soup", as_of="2021-01-01")}
    assert recent == {"1971": 0, "2020": 1}


def test_importance_counts_in_tenths(filled: Api):
    best = attended(filled, "grey cat")[0]
    filled.request("POST", "/v1/feedback/", {"memory_id": best["id"], "feedback": "POSITIVE"})
    before, after = (hit["explain"]["importance"] for hit in (best, attended(filled, "grey cat")[0]))
    assert (before["score"], after["score"]) == (5, 7)


def test_filters_superseded_memories_and_a_reranker_that_is_not_there_go_with_it(filled: Api):
    filled.add("I like rice", categories=["food"])
    hits = attended(filled, "cat", categories=["food"], include_superseded=True, rerank=True, graph=True)
    assert [hit["memory"] for hit in hits] == ["I like rice"]


def test_an_unknown_scoring_is_refused_by_name(filled: Api):
    for scoring in ("best", 1, ["linear"]):
        body = {"query": "cat", "filters": {"user_id": "ada"}, "scoring": scoring}
        answer = filled.request("POST", "/v3/memories/search/", body)
        assert (answer.status, answer.body["detail"]) == (400, "scoring should be 'linear' or 'attention'.")


def test_a_linear_search_does_none_of_the_work_of_attention():
    tenant = Tenant(uuid.uuid4())
    query = SearchQuery("cat", [0.05] * 384, Selection(parse_filters({"user_id": "ada"})), *weighed("any"))
    by_attention = replace(query, attending=Attention(composite(1, 0, 0, 0), None, 24, 0).of(query.vector))
    linear, attending = (search_statement(tenant, one)[0].as_string() for one in (query, by_attention))
    assert "<#>" in attending
    assert "<#>" not in linear
    assert "recency" not in linear


def test_an_empty_scope_has_nothing_to_attend_to(api: Api):
    assert attended(api, "cat") == []
