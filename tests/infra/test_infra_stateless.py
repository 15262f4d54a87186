import json

import pytest

from cairn.kernel.settings import ConsolidateSettings
from infra_cdk.functions import functions
from tests.infra.conftest import ALL, DEPLOYED
from tests.infra.templates import Synthesized

FUNCTION = "AWS::Lambda::Function"


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_function_is_deployed(synthesized: dict[str, Synthesized], name: str):
    found = {
        p["Handler"].split(".")[1] for p in synthesized[name].properties("Stateless", FUNCTION) if "." in p["Handler"]
    }
    expected = {spec.name for spec in functions(ALL[name])}
    assert expected <= found
    assert ("graph_sync" in found) is ALL[name].has_graph


def test_functions_are_what_lambda_runs_best(deployed: Synthesized):
    for function in deployed.properties("Stateless", FUNCTION):
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["LoggingConfig"]["LogGroup"]
        if "functions." in function["Handler"]:
            assert function["TracingConfig"] == {"Mode": "Active"}


def test_only_the_alias_serves(deployed: Synthesized):
    aliases = set(deployed.resources("Stateless", "AWS::Lambda::Alias"))
    sources = deployed.properties("Stateless", "AWS::Lambda::EventSourceMapping")
    integrations = deployed.properties("Stateless", "AWS::ApiGatewayV2::Integration")
    authorizers = deployed.properties("Stateless", "AWS::ApiGatewayV2::Authorizer")
    rules = [r for r in deployed.properties("Stateless", "AWS::Events::Rule") if "ScheduleExpression" in r]
    assert sources
    assert integrations
    assert authorizers
    assert rules
    for source in sources:
        assert json.dumps(source["FunctionName"]).count("Alias") or _names(source["FunctionName"], aliases), source
    for called in (*(i["IntegrationUri"] for i in integrations), *(a["AuthorizerUri"] for a in authorizers)):
        assert _names(called, aliases), called
    for rule in rules:
        assert _names(rule["Targets"], aliases), rule


def _names(value: object, logical_ids: set[str]) -> bool:
    return any(f'"{name}"' in json.dumps(value) for name in logical_ids)


def test_no_alias_moves_before_the_database_is_migrated(deployed: Synthesized):
    (migration,) = deployed.resources("Stateless", "Custom::Migration")
    aliases = deployed.resources("Stateless", "AWS::Lambda::Alias")
    assert aliases
    for name, alias in aliases.items():
        assert migration in alias.get("DependsOn", []), name


def test_each_new_version_of_migrate_runs(deployed: Synthesized):
    (migration,) = deployed.properties("Stateless", "Custom::Migration")
    resources = deployed.resources("Stateless")
    version = resources[migration["Version"]["Fn::GetAtt"][0]]
    assert version["Type"] == "AWS::Lambda::Version"
    assert "migrate" in json.dumps(version["Properties"]["FunctionName"])


def test_queues_keep_order_and_give_up_after_seven_receives(everything: Synthesized):
    queues = everything.resources("Stateless", "AWS::SQS::Queue")
    sources = everything.properties("Stateless", "AWS::Lambda::EventSourceMapping")
    assert len(sources) == 3
    for source in sources:
        queue = queues[source["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BatchSize"] == (1 if "Consolidate" in source["EventSourceArn"]["Fn::GetAtt"][0] else 10)
        assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
        assert (
            queue["RedrivePolicy"]["maxReceiveCount"] == 7 == ConsolidateSettings.model_fields["max_receives"].default
        )
        dead = queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
        assert dead.get("FifoQueue") == queue.get("FifoQueue")
        assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600
        if queue.get("FifoQueue"):
            assert queue["DeduplicationScope"] == "messageGroup"
            assert queue["FifoThroughputLimit"] == "perMessageGroupId"
    assert sum(bool(q["Properties"].get("FifoQueue")) for q in queues.values()) == 4


@pytest.mark.parametrize("consumer", ["consolidate", "graph_sync", "ingest"])
def test_a_message_stays_hidden_for_longer_than_its_consumer_runs_and_for_less_than_five_minutes(
    everything: Synthesized, consumer: str
):
    queues = everything.resources("Stateless", "AWS::SQS::Queue")
    (mapping,) = [
        s
        for s in everything.properties("Stateless", "AWS::Lambda::EventSourceMapping")
        if consumer.replace("_", "") in s["EventSourceArn"]["Fn::GetAtt"][0].lower()
    ]
    queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]
    assert everything.function(consumer)["Timeout"] < queue["VisibilityTimeout"] < 300


def test_events_of_other_systems_reach_the_ingestion_queue(deployed: Synthesized):
    (rule,) = [r for r in deployed.properties("Stateless", "AWS::Events::Rule") if "EventPattern" in r]
    assert rule["EventPattern"] == {"detail-type": ["cairn.memory.add"]}
    (target,) = rule["Targets"]
    assert "IngestQueue" in json.dumps(target["Arn"])
    assert "UndeliveredEvents" in json.dumps(target["DeadLetterConfig"])


def test_a_run_of_upkeep_that_fails_is_not_repeated(deployed: Synthesized):
    (rule,) = [r for r in deployed.properties("Stateless", "AWS::Events::Rule") if "ScheduleExpression" in r]
    (target,) = rule["Targets"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
    (invoked,) = deployed.properties("Stateless", "AWS::Lambda::EventInvokeConfig")
    assert invoked["MaximumRetryAttempts"] == 0
    assert "maintainLive" in json.dumps(invoked["Qualifier"])


def test_every_way_in_but_health_asks_the_authorizer(deployed: Synthesized):
    routes = deployed.properties("Stateless", "AWS::ApiGatewayV2::Route")
    open_routes = {r["RouteKey"] for r in routes if r["AuthorizationType"] == "NONE"}
    assert open_routes == {"GET /health", "GET /health/{proxy+}"}
    assert all(
        r["AuthorizationType"] == "CUSTOM" and r["AuthorizerId"] for r in routes if r["RouteKey"] not in open_routes
    )
    (authorizer,) = deployed.properties("Stateless", "AWS::ApiGatewayV2::Authorizer")
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_stage_throttles_and_logs(synthesized: dict[str, Synthesized], name: str):
    (stage,) = synthesized[name].properties("Stateless", "AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == ALL[name].requests_per_second
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == ALL[name].burst
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert logged["requestId"] == "$context.requestId"
    assert logged["route"] == "$context.routeKey"
    # The path of a request has the names of users in it.
    assert not [value for value in logged.values() if value in ("$context.path", "$context.http.path")]
    (authorizer,) = synthesized[name].properties("Stateless", "AWS::ApiGatewayV2::Authorizer")
    assert authorizer["AuthorizerResultTtlInSeconds"] == ALL[name].authorizer_cache_seconds


def test_releases_are_gradual_outside_dev(synthesized: dict[str, Synthesized]):
    assert not synthesized["dev"].resources("Stateless", "AWS::CodeDeploy::DeploymentGroup")
    for name in ("staging", "prod"):
        groups = synthesized[name].properties("Stateless", "AWS::CodeDeploy::DeploymentGroup")
        aliases = synthesized[name].resources("Stateless", "AWS::Lambda::Alias")
        assert len(groups) == len(aliases)
        for group in groups:
            assert "Canary10Percent5Minutes" in json.dumps(group["DeploymentConfigName"])
        assert all("CodeDeployLambdaAliasUpdate" in a["UpdatePolicy"] for a in aliases.values())


def test_snapshots_start_the_http_functions_of_production(prod: Synthesized, dev: Synthesized):
    for name in ("add_memory", "search"):
        assert prod.function(name)["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        assert "SnapStart" not in dev.function(name)
    assert "SnapStart" not in prod.function("consolidate")


def test_whoever_floods_production_opens_no_more_connections_than_are_reserved(prod: Synthesized, dev: Synthesized):
    own = ALL["prod"]
    reserved = {
        "add_memory": own.http_concurrency,
        "search": own.http_concurrency,
        "authorize": own.authorizer_concurrency,
    }
    for name, most in reserved.items():
        assert prod.function(name)["ReservedConcurrentExecutions"] == most
        assert "ReservedConcurrentExecutions" not in dev.function(name)


def test_functions_run_without_a_way_out_unless_they_need_one(prod: Synthesized, everything: Synthesized):
    for spec in functions(ALL["prod"]):
        assert "Isolated" in json.dumps(prod.function(spec.name)["VpcConfig"]["SubnetIds"]), spec.name
    for name, leaves in {
        "add_memory": True,
        "consolidate": True,
        "graph_sync": True,
        "search": True,
        "ingest": False,
    }.items():
        subnets = json.dumps(everything.function(name)["VpcConfig"]["SubnetIds"])
        assert ("Egress" in subnets) is leaves, name


@pytest.mark.parametrize(
    ("name", "layer", "variable"),
    [("everything", "multilingual", "CAIRN_EMBEDDER"), ("prod", "embedder", "CAIRN_EMBEDDER_DIR")],
)
def test_only_what_embeds_carries_the_model(synthesized: dict[str, Synthesized], name: str, layer: str, variable: str):
    found = synthesized[name]
    specs = [spec.name for spec in functions(ALL[name])]
    carrying = {spec for spec in specs if f"Layers{layer}" in json.dumps(found.function(spec)["Layers"])}
    assert carrying == {spec for spec in specs if variable in found.variables(spec)}
    assert carrying == {"add_memory", "search", "consolidate", "ingest", "maintain"}


def test_no_function_has_more_layers_than_lambda_takes():
    for environment in ALL.values():
        assert all(len(spec.layers(environment)) <= 5 for spec in functions(environment))


def test_without_a_graph_nothing_points_at_one(prod: Synthesized):
    assert "GRAPH" not in json.dumps(prod.template("Stateless"))


def test_the_emulator_has_no_network_and_no_database_of_its_own(synthesized: dict[str, Synthesized]):
    emulator = synthesized["emulator"]
    assert set(emulator.paths()) == {"Stateless", "Observability"}
    for function in emulator.properties("Stateless", FUNCTION):
        assert "VpcConfig" not in function
    assert emulator.variables("search")["CAIRN_EMBEDDER_DIR"] == "/srv/layers/embedder"


def test_the_emulator_knows_every_type_it_is_given(synthesized: dict[str, Synthesized]):
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    for stack in ("Stateless", "Observability"):
        kinds = {r["Type"] for r in synthesized["emulator"].resources(stack).values()}
        unknown = {k for k in kinds if k not in _RESOURCE_HANDLERS and not k.startswith("Custom::")}
        assert not unknown


def test_clients_learn_where_everything_is(deployed: Synthesized):
    outputs = deployed.template("Stateless")["Outputs"]
    assert {"ApiUrl", "BusName", "IngestQueueUrl", "MigrateFunction", "ConsolidateDeadLettersUrl"} <= set(outputs)


def test_a_domain_of_ones_own_closes_the_generated_one(everything: Synthesized, prod: Synthesized):
    (api,) = everything.properties("Stateless", "AWS::ApiGatewayV2::Api")
    assert api["DisableExecuteApiEndpoint"] is True
    assert everything.template("Stateless")["Outputs"]["ApiUrl"]["Value"] == "https://memory.example.com"
    assert not prod.resources("Stateless", "AWS::ApiGatewayV2::DomainName")
