"""Metric names, shared by the functions that emit them and the dashboards and alarms that read them."""

from enum import StrEnum


class Metric(StrEnum):
    """Names in the CloudWatch namespace `Cairn`; counts unless the comment says otherwise."""

    REQUESTS = "Requests"
    LATENCY = "Latency"  # milliseconds, one request
    SERVER_ERRORS = "ServerErrors"
    ADD_ACCEPTED = "AddAccepted"
    ENQUEUE_FAILED = "EnqueueFailed"
    MEMORIES_ADDED = "MemoriesAdded"
    FACTS_KNOWN = "FactsKnown"
    EVENT_SUCCEEDED = "EventSucceeded"
    RECORDS_FAILED = "RecordsFailed"
    EVENT_FAILED = "EventFailed"
    EVENTS_RESENT = "EventsResent"
    MEMORIES_EXPIRED = "MemoriesExpired"
    SEARCH_HITS = "SearchHits"
    KEY_DENIED = "KeyDenied"
