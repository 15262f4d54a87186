"""Metric names, shared by the functions that emit them and the dashboards and alarms that read them."""

from enum import StrEnum


class Metric(StrEnum):
    """Names in the CloudWatch namespace `Cairn`; counts unless the comment says otherwise."""

    REQUESTS = "Requests"
    LATENCY = "Latency"  # milliseconds, one request
    SERVER_ERRORS = "ServerErrors"
    FAULTS = "Faults"  # by function and version: what neither a caller nor an outage explains, so perhaps a release
    NOT_IMPLEMENTED = "NotImplemented"  # asked for a part of Mem0's API that is not there; no server error
    ADD_ACCEPTED = "AddAccepted"
    ENQUEUE_FAILED = "EnqueueFailed"
    INGESTED = "Ingested"  # adds taken from other systems
    INGEST_REFUSED = "IngestRefused"  # messages on their way to the dead-letter queue, counted at their first receive
    MEMORIES_ADDED = "MemoriesAdded"
    MEMORIES_UPDATED = "MemoriesUpdated"
    MEMORIES_CLOSED = "MemoriesClosed"
    FACTS_KNOWN = "FactsKnown"
    FACTS_DROPPED = "FactsDropped"  # extracted by a model and not believed
    LLM_CALLS = "LlmCalls"
    LLM_TOKENS = "LlmTokens"
    EMBEDDING_CALLS = "EmbeddingCalls"  # of an endpoint
    EMBEDDING_TOKENS = "EmbeddingTokens"
    EVENT_SUCCEEDED = "EventSucceeded"
    EVENTS_PARKED = "EventsParked"  # put back to wait for their next try, or for an earlier event of the scope
    RECORDS_FAILED = "RecordsFailed"
    RECORDS_GIVEN_BACK = "RecordsGivenBack"  # an invocation had no time left for them
    EVENT_FAILED = "EventFailed"
    EVENTS_RESENT = "EventsResent"
    MEMORIES_EXPIRED = "MemoriesExpired"
    MEMORIES_INDEXED = "MemoriesIndexed"  # of large scopes
    ROWS_REEMBEDDED = "RowsReembedded"  # memories and turns that got a vector of another model
    GRAPH_PUT = "GraphPut"  # memories projected into the graph
    GRAPH_REMOVED = "GraphRemoved"
    GRAPH_MOVED = "GraphMoved"  # projected again, as a name they say came to mean another entity
    GRAPH_SENT = "GraphSent"  # by upkeep: what never reached the graph
    GRAPH_FAILED = "GraphFailed"  # memories given up on
    CHAT_ANSWERED = "ChatAnswered"
    SEARCH_HITS = "SearchHits"
