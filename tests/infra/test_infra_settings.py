import dataclasses

import pytest
from annotated_types import Le

from cairn.graph import sqs as graph_consumer
from cairn.ingest import sqs as ingest
from cairn.kernel.settings import (
    OF_A_WORKER,
    AddMemorySettings,
    AuthorizeSettings,
    DatabaseSettings,
    GraphSettings,
    GraphSyncSettings,
    MaintainSettings,
    MigrateSettings,
    SearchSettings,
)
from infra_cdk.components.settings_contract import check_settings
from infra_cdk.environments import DEV, PROD, Environment, emulator, is_profile
from infra_cdk.functions import ADD_MEMORY, AUTHORIZE, GRAPH_SYNC, INGEST, FunctionSpec, functions
from infra_cdk.functions import SEARCH as SEARCH_SPEC
from tests.infra.conftest import BEDROCK

SEARCH = {
    "CAIRN_ENVIRONMENT": "test",
    "CAIRN_DATABASE_SECRET_ARN": "arn",
    "CAIRN_CONSOLIDATE_QUEUE_URL": "https://queue",
}


def test_a_complete_environment_passes():
    check_settings("search", SearchSettings, SEARCH | {"AWS_LAMBDA_EXEC_WRAPPER": "x", "POWERTOOLS_SERVICE_NAME": "x"})


def test_a_variable_that_nothing_reads_stops_the_synthesis():
    with pytest.raises(ValueError, match=r"search: SearchSettings does not read \['CAIRN_TYPO'\]"):
        check_settings("search", SearchSettings, SEARCH | {"CAIRN_TYPO": "x"})


def test_a_variable_that_is_missing_stops_the_synthesis():
    with pytest.raises(ValueError, match=r"needs \['CAIRN_CONSOLIDATE_QUEUE_URL'\]"):
        check_settings("search", SearchSettings, {k: v for k, v in SEARCH.items() if "QUEUE" not in k})


def test_a_database_without_its_secret_stops_the_synthesis():
    with pytest.raises(ValueError, match=r"needs \['CAIRN_DATABASE_SECRET_ARN'\]"):
        check_settings("search", SearchSettings, {k: v for k, v in SEARCH.items() if "SECRET" not in k})


def test_migrate_needs_both_secrets():
    with pytest.raises(ValueError, match=r"CAIRN_APP_DATABASE_SECRET_ARN.*CAIRN_OWNER_DATABASE_SECRET_ARN"):
        check_settings("migrate", MigrateSettings, {"CAIRN_ENVIRONMENT": "test"})


def test_an_alias_is_the_name_that_is_read():
    check_settings("add_memory", AddMemorySettings, SEARCH | {"OPENAI_BASE_URL": "https://models"})
    with pytest.raises(ValueError, match="CAIRN_OPENAI_BASE_URL"):
        check_settings("add_memory", AddMemorySettings, SEARCH | {"CAIRN_OPENAI_BASE_URL": "https://models"})


def test_the_variables_of_the_next_embedder_are_read_by_who_embeds():
    check_settings("search", SearchSettings, SEARCH | {"CAIRN_NEXT_EMBEDDER": "openai"})
    for name in ("CAIRN_NEXT_TYPO", "CAIRN_FOLLOWING"):
        with pytest.raises(ValueError, match=name):
            check_settings("search", SearchSettings, SEARCH | {name: "x"})
    with pytest.raises(ValueError, match="CAIRN_NEXT_EMBEDDER"):
        check_settings("authorize", AuthorizeSettings, SEARCH | {"CAIRN_NEXT_EMBEDDER": "openai"})


def test_a_variable_of_another_function_is_unread():
    complete = SEARCH | {"CAIRN_CONSOLIDATE_DLQ_URL": "https://dlq", "CAIRN_TOKENIZER_DIR": "/opt"}
    with pytest.raises(ValueError, match="CAIRN_TOKENIZER_DIR"):
        check_settings("maintain", MaintainSettings, complete)


@pytest.mark.parametrize(
    ("environment", "changes", "reason"),
    [
        (DEV, {"nat_gateways": 0}, "interface_endpoints"),
        (DEV, {"domain_name": "a.example.com"}, "certificate_arn"),
        (DEV, {"database_proxy": True}, "pause"),
        (DEV, {"min_acu": 1}, "pause"),
        (PROD, {"nat_gateways": 0, "neo4j_secret_arn": "arn"}, "NAT gateway"),
        (PROD, {"nat_gateways": 0, "openai_base_url": "https://models"}, "NAT gateway"),
        (PROD, {"nat_gateways": 0, "embedder": "openai", "embedding_secret_arn": "arn"}, "NAT gateway"),
        (PROD, {"nat_gateways": 0, "llm": "anthropic", "llm_model": "m", "anthropic_secret_arn": "a"}, "NAT gateway"),
        (BEDROCK, {"bedrock_region": "us-west-2"}, "NAT gateway"),
        (DEV, {"embedder": "openai"}, "embedding_secret_arn"),
        (DEV, {"embedder": "bedrock"}, "embedding_model"),
        (DEV, {"llm": "bedrock"}, "llm_model"),
        (DEV, {"llm": "anthropic", "llm_model": "m"}, "anthropic_secret_arn"),
        (DEV, {"embedder": "bedrock", "embedding_model": "eu.cohere.embed-v4:0"}, "bedrock_model_arns"),
        (DEV, {"llm": "bedrock", "llm_model": "arn:aws:bedrock:eu-west-1:0:inference-profile/x"}, "bedrock_model_arns"),
    ],
)
def test_an_environment_that_cannot_work_is_refused(environment: Environment, changes: dict[str, object], reason: str):
    with pytest.raises(ValueError, match=reason):
        dataclasses.replace(environment, **changes)


def test_an_environment_without_a_way_out_is_possible():
    assert dataclasses.replace(PROD, nat_gateways=0).interface_endpoints


@pytest.mark.parametrize(
    ("changes", "ports"),
    [
        ({}, set[int]()),
        ({"openai_secret_arn": "arn"}, {443}),
        ({"openai_base_url": "https://m.example.com/v1"}, {443}),
        ({"openai_base_url": "http://m.example.com"}, {80}),
        ({"openai_base_url": "http://m:11434/v1"}, {11434}),
        ({"llm": "anthropic", "llm_model": "m", "anthropic_base_url": "http://m:8080"}, {8080}),
        ({"llm": "bedrock", "llm_model": "amazon.nova-lite-v1:0", "openai_base_url": "http://m:11434"}, set[int]()),
        ({"embedder": "openai", "embedding_base_url": "http://e:7997/v1", "openai_secret_arn": "arn"}, {443, 7997}),
    ],
)
def test_a_model_endpoint_is_reached_at_its_own_port(changes: dict[str, object], ports: set[int]):
    assert dataclasses.replace(DEV, **changes).model_ports == ports


@pytest.mark.parametrize(
    ("model", "profile"),
    [
        ("amazon.titan-embed-text-v2:0", False),
        ("ai21.jamba-1-5-mini-v1:0", False),
        ("arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0", False),
        ("eu.cohere.embed-v4:0", True),
        ("global.cohere.embed-v4:0", True),
        ("us-gov.anthropic.claude-sonnet-4-5-v1:0", True),
        ("arn:aws:bedrock:eu-west-1:000000000000:application-inference-profile/x", True),
    ],
)
def test_an_inference_profile_is_known_by_its_name(model: str, profile: bool):
    assert is_profile(model) is profile


OVER_THE_DATABASE = [
    spec
    for spec in functions(emulator(owner_secret_arn="a", app_secret_arn="a", resources_dir="/", neo4j_secret_arn="a"))
    if issubclass(spec.settings, DatabaseSettings)
]


@pytest.mark.parametrize("spec", OVER_THE_DATABASE, ids=lambda spec: spec.name)
def test_a_function_outlives_a_database_that_does_not_answer(spec: FunctionSpec):
    """A connection that was lost, another that is not there, and for a worker the same once more to write that down."""
    assert issubclass(spec.settings, DatabaseSettings)
    waits = spec.settings.waits
    once = waits.lost + waits.opening
    after = {AUTHORIZE.name: waits.statement, "add_memory": 0, "search": 0}.get(spec.name, once)
    assert once + after < spec.timeout_seconds - 1


def test_workers_wait_for_a_database_that_resumes():
    workers = {spec.name for spec in OVER_THE_DATABASE if getattr(spec.settings, "waits", None) == OF_A_WORKER}
    assert workers == {"consolidate", "ingest", "graph_sync", "maintain"}
    assert OF_A_WORKER.connect[0] >= 25


def longest_graph_seconds(settings: type[GraphSettings]) -> float:
    bounds = settings.model_fields["graph_timeout_seconds"].metadata
    return next(bound.le for bound in bounds if isinstance(bound, Le))


def test_a_record_is_begun_only_where_what_hangs_can_still_be_waited_for():
    database = OF_A_WORKER.lost + OF_A_WORKER.opening
    # A connection to the graph that no longer answers is found out first, then that another does not.
    graph = 2 * longest_graph_seconds(GraphSyncSettings)
    assert database < ingest._NEEDS_SECONDS < INGEST.timeout_seconds
    assert database + graph < graph_consumer._NEEDS_SECONDS < GRAPH_SYNC.timeout_seconds / 2


@pytest.mark.parametrize("spec", [ADD_MEMORY, SEARCH_SPEC], ids=lambda spec: spec.name)
def test_a_graph_that_hangs_is_given_up_while_somebody_can_be_told(spec: FunctionSpec):
    assert issubclass(spec.settings, GraphSettings)
    assert 2 * longest_graph_seconds(spec.settings) + 5 < spec.timeout_seconds


def test_no_key_goes_to_the_address_of_the_next_embedder_that_is_not_its_own():
    first = dataclasses.replace(PROD, embedder="openai", embedding_secret_arn="arn:first", embedding_model="a")
    moved = dataclasses.replace(first, next_embedder="openai", next_embedding_base_url="https://e.example.com/v1")
    assert [choice.secret_arn for choice in moved.embedders] == ["arn:first", None]
    other_model = dataclasses.replace(first, next_embedder="openai", next_embedding_model="b")
    assert [choice.secret_arn for choice in other_model.embedders] == ["arn:first", "arn:first"]
