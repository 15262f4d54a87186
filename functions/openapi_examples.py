"""One answer of every operation as an example, and one of every error. Tests hold them against their schemas."""

from collections.abc import Callable
from typing import Any, Final

from cairn.auth.answers import KeyAnswer
from cairn.events.answers import AddAnswer, AddedAnswer, ErasureAnswer, EventAnswer
from cairn.graph.answers import GraphEntityAnswer, RelationAnswer, WaitingAnswer
from cairn.language.dated import Precision
from cairn.memories.answers import EntityAnswer, HistoryAnswer, MemoryAnswer, ScopeAnswer
from cairn.platform.http.answers import PageAnswer
from cairn.search.answers import ContextAnswer, SearchAnswer, SearchHitAnswer
from functions.add_memory import graph_routes as graph_writes
from functions.add_memory import routes as writes
from functions.search import graph_routes, list_routes, mem0_routes, routes

_PROJECT: Final = "01980000-0000-7000-8000-000000000002"
_MEMORY: Final = "01980000-0000-7000-8000-000000000010"
_LATER: Final = "01980000-0000-7000-8000-000000000011"
_MESSAGE: Final = "01980000-0000-7000-8000-000000000020"
_EVENT: Final = "01980000-0000-7000-8000-000000000030"
_TOLD: Final = "2026-03-01T09:30:00+00:00"
_CAME: Final = "2026-03-01T09:30:02.418000+00:00"
_ENDED: Final = "2026-09-14T17:05:00+00:00"

_ADA: Final[ScopeAnswer] = {"user_id": "ada", "agent_id": None, "app_id": None, "run_id": None}
_HOLDS: Final[MemoryAnswer] = {
    **_ADA,
    "id": _MEMORY,
    "memory": "Ada lives in Lisbon.",
    "session_id": None,
    "actor": "user",
    "kind": "fact",
    "metadata": {"source": "onboarding"},
    "categories": ["personal_details"],
    "importance": 7,
    "feedback": None,
    "event_time": "2026-02-01T00:00:00+00:00",
    "event_precision": Precision.MONTH,
    "immutable": False,
    "expiration_date": None,
    "timestamp": _TOLD,
    "valid_from": _TOLD,
    "since_precision": None,
    "invalid_at": None,
    "replaced_by": None,
    "version": 1,
    "extractor": "rules",
    "source_message_ids": [_MESSAGE],
    "source_spans": [[0, 17]],
    "structured_attributes": None,
    "synthesized": False,
    "created_at": _TOLD,
    "learned_at": _CAME,
    "updated_at": _CAME,
}
_ENDED_MEMORY: Final[MemoryAnswer] = {**_HOLDS, "invalid_at": _ENDED, "replaced_by": _LATER}
_SUCCESSOR: Final[MemoryAnswer] = {
    **_HOLDS,
    "id": _LATER,
    "memory": "Ada lives in Porto.",
    "event_time": None,
    "event_precision": None,
    "timestamp": _ENDED,
    "valid_from": _ENDED,
    "created_at": _ENDED,
    "learned_at": _ENDED,
    "updated_at": _ENDED,
}
_HIT: Final[SearchHitAnswer] = {
    **_HOLDS,
    "lifecycle_state": "active",
    "score": 0.731844,
    "score_breakdown": {"semantic": 0.82, "bm25": 0.4, "recency": 0.9, "entity": 0.0},
}
_FOUND: Final[SearchAnswer] = {"results": [_HIT]}
_PAGE: Final[PageAnswer] = {"count": 1, "next": None, "previous": None}
_HISTORY: Final[HistoryAnswer] = {
    **_ADA,
    "id": "01980000-0000-7000-8000-000000000040",
    "memory_id": _MEMORY,
    "input": [{"role": "user", "content": "I live in Lisbon."}],
    "old_memory": None,
    "new_memory": "Ada lives in Lisbon.",
    "event": "ADD",
    "actor": "user",
    "event_id": _EVENT,
    "session_id": None,
    "categories": ["personal_details"],
    "metadata": {"source": "onboarding"},
    "created_at": _TOLD,
    "updated_at": _TOLD,
}
_USER: Final[EntityAnswer] = {
    "id": "ada",
    "name": "ada",
    "type": "user",
    "total_memories": 1,
    "owner": _PROJECT,
    "metadata": None,
    "created_at": _TOLD,
    "updated_at": _CAME,
}
_ADDED: Final[AddedAnswer] = {
    "id": _MEMORY,
    "event": "ADD",
    "memory": "I live in Lisbon.",
    "data": {"memory": "I live in Lisbon."},
}
_ADD: Final[AddAnswer] = {
    "message": "Memories are being consolidated; poll the event.",
    "status": "PENDING",
    "event_id": _EVENT,
}
_WRITTEN: Final[EventAnswer] = {
    **_ADA,
    "id": _EVENT,
    "event_id": _EVENT,
    "event_type": "ADD",
    "status": "SUCCEEDED",
    "payload": {"infer": True, "metadata": {}, "categories": [], "expiration_date": None, "immutable": False},
    "metadata": {},
    "results": [
        {
            "event": "ADD",
            "id": _MEMORY,
            "reason": "New.",
            "memory": "Ada lives in Lisbon.",
            "data": {"memory": "Ada lives in Lisbon."},
        }
    ],
    "attempts": 1,
    "redrives": 0,
    "parked": 0,
    "usage": {"calls": 1, "tokens_in": 812, "tokens_out": 96, "cost_usd": 0.0004},
    "warnings": [],
    "error": None,
    "graph_status": None,
    "created_at": _TOLD,
    "updated_at": _CAME,
    "started_at": _TOLD,
    "completed_at": _CAME,
    "latency": 2418.0,
}
_ERASED: Final[ErasureAnswer] = {
    "message": writes.ALL_DELETED,
    "event_id": _EVENT,
    "erased": {"memories": 1, "history": 1, "messages": 1, "events": 1, "graph_queued": 1},
}
_CONTEXT: Final[ContextAnswer] = {
    "context": f"What holds now:\n- Ada lives in Lisbon. [memory {_MEMORY}]",
    "tokens": 41,
    "truncated": False,
    "memory_ids": [_MEMORY],
}
_KEY: Final[KeyAnswer] = {
    "id": "01980000-0000-7000-8000-000000000050",
    "name": "laptop",
    "role": "writer",
    "user_id": None,
    "created_at": _TOLD,
    "expires_at": None,
    "revoked_at": None,
}
_PERSON: Final[GraphEntityAnswer] = {**_ADA, "name": "Ada", "type": "person"}
_PLACE: Final[GraphEntityAnswer] = {**_ADA, "name": "Lisbon", "type": "place"}
_LIVES_IN: Final[RelationAnswer] = {
    "source": "Ada",
    "type": "lives_in",
    "target": "Lisbon",
    "memory_id": _MEMORY,
    "valid_from": _TOLD,
    "invalid_at": None,
}
_WAITING: Final[WaitingAnswer] = {"waiting": 0, "failed": 0, "error": None}

ANSWERS: Final[dict[Callable[..., Any], Any]] = {
    routes.health: {
        "status": "ok",
        "database": "up",
        "queue": "up",
        "embeddings": {"model": "all-MiniLM-L6-v2", "dimensions": 384},
    },
    routes.ping: {
        "status": "ok",
        "org_id": "01980000-0000-7000-8000-000000000001",
        "project_id": _PROJECT,
        "user_email": "laptop@cairn.invalid",
    },
    routes.search: _FOUND,
    routes.search_legacy: [_HIT],
    routes.history: [_HISTORY],
    routes.get: {**_HOLDS, "lifecycle_state": "active", "access_count": 3, "last_accessed_at": _CAME},
    routes.context: _CONTEXT,
    routes.summary: [{**_ADA, "summary": "Ada lives in Lisbon.", "updated_at": _CAME}],
    routes.usage: {
        "results": [
            {
                "day": "2026-03-01",
                "kind": "extract",
                "requests": 1,
                "tokens_in": 812,
                "tokens_out": 96,
                "cost_usd": 0.0004,
            }
        ],
        "total": {"requests": 1, "tokens_in": 812, "tokens_out": 96, "cost_usd": 0.0004},
        "budget": {"daily_tokens": 1_000_000, "used_today": 908, "remaining": 999_092, "resets_in_seconds": 52_200},
    },
    routes.project: {
        "id": _PROJECT,
        "project_id": _PROJECT,
        "org_id": "01980000-0000-7000-8000-000000000001",
        "name": "default",
        "description": "",
        "members": [],
        "created_at": _TOLD,
        "custom_instructions": None,
        "agent_custom_instructions": None,
        "custom_categories": [{"travel": "Trips and plans for them."}],
        "inclusion_prompt": None,
        "exclusion_prompt": None,
        "extractor": "model",
        "daily_token_budget": None,
        "multilingual": False,
        "decay": False,
        "memory_depth": None,
        "usecase_setting": None,
        "retrieval_criteria": None,
        "enable_graph": False,
        "version": "v3",
    },
    routes.event: _WRITTEN,
    routes.keys: {"results": [_KEY]},
    list_routes.list_memories: {**_PAGE, "results": [_HOLDS]},
    list_routes.list_v2: [_HOLDS],
    list_routes.list_v1: [_HOLDS],
    list_routes.list_of_entity: [_HOLDS],
    list_routes.preferences: {
        **_PAGE,
        "results": [{**_HOLDS, "memory": "Ada likes rye.", "categories": ["user_preferences"]}],
        "languages": ["en"],
    },
    list_routes.entities: {
        **_PAGE,
        "results": [_USER],
        "total_users": 1,
        "total_agents": 0,
        "total_apps": 0,
        "total_runs": 0,
    },
    list_routes.entity: _USER,
    list_routes.events: {**_PAGE, "results": [_WRITTEN]},
    mem0_routes.profile: {
        "status": "not_enabled",
        "profile": None,
        "entity_type": "user",
        "entity_id": "ada",
        "updated_at": None,
        "generation_count": 0,
    },
    mem0_routes.webhooks: [],
    graph_routes.related: {
        "start": [_PERSON],
        "entities": [_PERSON, _PLACE],
        "relations": [_LIVES_IN],
        "memories": [_HOLDS],
        "complete": True,
    },
    graph_routes.path: {"entities": [_PERSON, _PLACE], "path": [{**_LIVES_IN, "memory": _HOLDS}]},
    graph_routes.communities: {
        "count": 1,
        "results": [{"size": 2, "central": _PERSON, "relations": 1, "entities": [_PERSON, _PLACE]}],
        "relations": 1,
        "complete": True,
    },
    graph_routes.evolution: {
        "results": [
            {**_ENDED_MEMORY, "supersedes": [], "earlier": []},
            {**_SUCCESSOR, "supersedes": [_MEMORY], "earlier": []},
        ]
    },
    graph_routes.superseded: {**_PAGE, "results": [{**_ENDED_MEMORY, "successor": _SUCCESSOR}]},
    graph_routes.thread: {
        "memory": _SUCCESSOR,
        "predecessors": [_ENDED_MEMORY],
        "successors": [],
        "messages": [
            {
                "id": _MESSAGE,
                "sequence": 0,
                "role": "user",
                "name": None,
                "content": "I live in Porto now.",
                "timestamp": _ENDED,
            }
        ],
        "around": [],
    },
    graph_routes.waiting: _WAITING,
    graph_routes.drift: {
        **_WAITING,
        "rows": 1,
        "projections": 1,
        "missing": 0,
        "outdated": 0,
        "extra": 0,
        "missing_ids": [],
        "outdated_ids": [],
        "extra_ids": [],
        "complete": True,
        "next_after": None,
    },
    graph_writes.sync: {**_WAITING, "status": "PENDING", "queued": 1, "waiting": 1},
    graph_writes.redrive: {"redriven": 0},
    writes.add: _ADD,
    writes.add_v1: [_ADDED],
    writes.import_memories: {"event_id": _EVENT, "status": "SUCCEEDED", "imported": 2, "known": 0},
    writes.batch_update: {"message": "Successfully updated 2 memories"},
    writes.batch_delete: {"message": "Successfully deleted 2 memories"},
    writes.update: {**_HOLDS, "version": 2, "lifecycle_state": "active"},
    writes.delete_all: _ERASED,
    writes.delete: {"message": writes.DELETED, "cascade_count": 0},
    writes.delete_entity: _ERASED,
    writes.feedback: {"id": _MEMORY, "feedback": "POSITIVE", "feedback_reason": None},
    writes.chat: {**_CONTEXT, "answer": "You live in Lisbon.", "event_id": _EVENT},
    writes.update_project: {"message": "Project updated successfully"},
    writes.redrive: {"event_id": _EVENT, "status": "PENDING", "message": "The event is queued again."},
    writes.create_key: {**_KEY, "key": "m0-3nF8..."},
    writes.revoke_key: {"message": "API key revoked."},
}
"""An answer of each operation, by the function that gives it."""


def _error(detail: str, code: str) -> dict[str, str]:
    return {"detail": detail, "error": detail, "code": code}


ERRORS: Final[dict[int, Any]] = {
    400: _error("memory_id should be a valid UUID.", "invalid_request"),
    401: _error("Send the API key in the Authorization header as 'Token <key>'.", "unauthenticated"),
    403: _error("This API key is a reader key; this takes a writer key.", "forbidden"),
    404: _error("Memory not found!", "not_found"),
    405: _error("/v1/ping/ does not take POST.", "method_not_allowed"),
    408: _error("The body took too long to come.", "invalid_request"),
    409: _error("Another memory of this scope already says exactly that.", "conflict"),
    413: _error("The body is larger than Cairn takes.", "payload_too_large"),
    429: _error("The project has spent its tokens of today.", "budget_exceeded"),
    500: _error("Something went wrong on our side; it was logged.", "internal"),
    503: _error("The database does not answer.", "database_unavailable"),
}
"""An error of each status."""
