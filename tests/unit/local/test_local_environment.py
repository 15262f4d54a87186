from dataclasses import replace

from local.environment import Deployment
from local.functions import MIGRATE, SEARCH

DEPLOYMENT = Deployment(
    database_url="postgresql://app@h/d",
    owner_database_url="postgresql://owner@h/d",
    app_role="cairn_d",
    app_password="s",
    sqs_endpoint="http://127.0.0.1:1",
    consolidate_queue_url="q",
    consolidate_dlq_url="d",
    ingest_queue_url="i",
    event_bus="cairn",
    aws_endpoint="http://127.0.0.1:1",
    aws_access_key_id="local",
    aws_secret_access_key="s3",
    graph_queue_url="g",
    graph_dlq_url="gd",
    graph_uri="",
    graph_user="",
    graph_password="",
    graph_database="",
    database_key="embedded",
)
USER = {
    "CAIRN_QUERY_CACHE_SIZE": "5",
    "OPENAI_API_KEY": "k",
    "AWS_PROFILE": "work",
    "AWS_SESSION_TOKEN": "t",
    "PGSSLMODE": "require",
    "DATABASE_URL": "postgresql://owner@h/d",
}


def test_the_users_own_settings_reach_the_functions():
    environment = DEPLOYMENT.environment(SEARCH, USER)
    assert environment["CAIRN_QUERY_CACHE_SIZE"] == "5"
    assert environment["OPENAI_API_KEY"] == "k"
    assert environment["POWERTOOLS_SERVICE_NAME"] == "search"


def test_the_users_aws_account_does_not():
    environment = DEPLOYMENT.environment(SEARCH, USER)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "PGSSLMODE"} & environment.keys()
    assert environment["AWS_ACCESS_KEY_ID"] == "local"


def test_a_key_that_bedrock_alone_takes_does():
    environment = DEPLOYMENT.environment(SEARCH, USER | {"AWS_BEARER_TOKEN_BEDROCK": "b"})
    assert environment["AWS_BEARER_TOKEN_BEDROCK"] == "b"
    assert "AWS_BEARER_TOKEN_BEDROCK" not in DEPLOYMENT.environment(SEARCH, USER)


def test_only_migrate_is_told_the_owners_url():
    assert not any("owner" in value for value in DEPLOYMENT.environment(SEARCH, USER).values())
    assert DEPLOYMENT.owner_environment(MIGRATE, USER)["CAIRN_OWNER_DATABASE_URL"] == "postgresql://owner@h/d"


def test_without_a_graph_the_functions_are_told_of_none():
    user = USER | {"CAIRN_NEO4J_URI": "bolt://elsewhere", "CAIRN_GRAPH_QUEUE_URL": "q"}
    assert not [name for name in DEPLOYMENT.environment(SEARCH, user) if "NEO4J" in name or "GRAPH" in name]


def test_with_a_graph_they_are_told_where_it_is():
    deployment = replace(DEPLOYMENT, graph_uri="bolt://h", graph_user="u", graph_password="p", graph_database="d")
    environment = deployment.environment(SEARCH, USER)
    assert environment["CAIRN_NEO4J_URI"] == "bolt://h"
    assert environment["CAIRN_NEO4J_PASSWORD"] == "p"
    assert (environment["CAIRN_GRAPH_QUEUE_URL"], environment["CAIRN_GRAPH_DLQ_URL"]) == ("g", "gd")
