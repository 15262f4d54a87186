"""Who may do what: every grant of the stateless stack, on one screen.

Grants are policies of the functions' own roles, never of a key or a secret: those would point back from the stateful
stack into this one. Besides these a role may write its own log group, its traces, and in a VPC its network interfaces.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra_cdk.components.migration import Migration
from infra_cdk.components.python_function import PythonFunction
from infra_cdk.components.work_queue import WorkQueue
from infra_cdk.environments import Environment, is_profile
from infra_cdk.stacks.surroundings import Surroundings

SEND: Final = ("sqs:SendMessage",)
COUNT: Final = ("sqs:GetQueueAttributes",)
CONSUME: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes")
RECONCILE: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage")
READ_SECRET: Final = ("secretsmanager:GetSecretValue",)
DECRYPT: Final = ("kms:Decrypt",)
INVOKE: Final = ("lambda:InvokeFunction",)
ASK_MODEL: Final = ("bedrock:InvokeModel",)  # Converse asks for the same


def grant_access(
    environment: Environment,
    around: Surroundings,
    functions: Mapping[str, PythonFunction],
    queues: Mapping[str, WorkQueue],
    migration: Migration,
) -> None:
    """Writes every grant."""
    role = {name: function.role for name, function in functions.items()}
    consolidate, ingest, graph = queues["consolidate"], queues["ingest"], queues.get("graph_sync")

    # The database. Only migrate is its owner.
    for name in role.keys() - {"migrate"}:
        _allow(role[name], READ_SECRET, around.app_secret_arn)
    _allow(role["migrate"], READ_SECRET, around.owner_secret_arn, around.app_secret_arn)
    for name in role:
        _allow(role[name], DECRYPT, around.key_arn)
    _allow(migration.role, INVOKE, functions["migrate"].function.function_arn)

    # What is to be consolidated.
    for name in ("add_memory", "ingest", "maintain"):
        _allow(role[name], (*SEND, *COUNT), consolidate.queue.queue_arn)  # who sends asks for it in a release's check
    _allow(role["maintain"], RECONCILE, consolidate.dead_letters.queue_arn)
    _allow(role["search"], COUNT, consolidate.queue.queue_arn)
    _allow(role["consolidate"], (*CONSUME, *SEND), consolidate.queue.queue_arn)
    _allow(role["ingest"], (*CONSUME, *SEND), ingest.queue.queue_arn)  # to put messages off

    # What goes into the graph.
    if graph:
        for name in ("add_memory", "consolidate", "maintain"):
            _allow(role[name], (*SEND, *COUNT), graph.queue.queue_arn)
        _allow(role["search"], COUNT, graph.queue.queue_arn)
        _allow(role["maintain"], RECONCILE, graph.dead_letters.queue_arn)
        _allow(role["graph_sync"], CONSUME, graph.queue.queue_arn)
        for name in ("add_memory", "search", "graph_sync"):
            _allow(role[name], READ_SECRET, environment.neo4j_secret_arn)
            _allow(role[name], DECRYPT, environment.secrets_key_arn)

    # Whoever asks a model, and whoever embeds by one.
    asked = environment.anthropic_secret_arn if environment.llm == "anthropic" else environment.openai_secret_arn
    for function in functions.values():
        if function.spec.asks_model:
            _let_read(function.role, environment, asked)
            model = environment.llm, environment.llm_model
            _allow(function.role, ASK_MODEL, *_models(function.role, environment, *model))
        for choice in environment.embedders if function.spec.embeds else ():
            _let_read(function.role, environment, choice.secret_arn if choice.is_outside else None)
            model = choice.embedder, choice.model
            _allow(function.role, ASK_MODEL, *_models(function.role, environment, *model))


def _let_read(role: iam.Role, environment: Environment, secret_arn: str | None) -> None:
    _allow(role, READ_SECRET, secret_arn)
    if secret_arn:
        _allow(role, DECRYPT, environment.secrets_key_arn)


def _models(role: iam.Role, environment: Environment, asked: str, model: str | None) -> list[str]:
    """ARNs of what may be invoked of Bedrock: the model, or the profile with the models behind it."""
    if asked != "bedrock" or model is None:
        return []
    behind = environment.bedrock_model_arns if is_profile(model) else ()
    return [model if model.startswith("arn:") else _model_arn(role, environment, model), *behind]


def _model_arn(role: iam.Role, environment: Environment, model: str) -> str:
    stack = cdk.Stack.of(role)
    service = f"arn:{stack.partition}:bedrock:{environment.bedrock_region or stack.region}"
    profile = f"{service}:{stack.account}:inference-profile/{model}"
    return profile if is_profile(model) else f"{service}::foundation-model/{model}"


def _allow(role: iam.Role, actions: tuple[str, ...], *resources: str | None) -> None:
    named = [resource for resource in resources if resource is not None]
    if named:
        role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=named))
