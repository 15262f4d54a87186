"""The CDK app: `-c env=dev` (or staging, prod) names the environment to deploy.

`-c env=emulator` takes the secrets of a database, and of a graph, from the context: see `environments.emulator`.
"""

import json
from typing import Final

import aws_cdk as cdk

from infra_cdk.acknowledged import check_with_nag
from infra_cdk.components.bundling import REPOSITORY
from infra_cdk.environments import ENVIRONMENTS, Environment, emulator
from infra_cdk.stage import CairnStage

_CONTEXT_FILE: Final = REPOSITORY / "cdk.json"
_EMULATOR_CONTEXT: Final = ("owner_secret_arn", "app_secret_arn", "neo4j_secret_arn", "openai_base_url")


def build_app(environment: Environment | None = None, *, outdir: str | None = None, bundle: bool = True) -> cdk.App:
    """The app with one environment: the one given, else the one that the context names.

    The feature flags are read here, so that the app is the same under the CDK's command line and without it.
    """
    context = json.loads(_CONTEXT_FILE.read_text())["context"]
    if not bundle:
        context["aws:cdk:bundling-stacks"] = []
    app = cdk.App(context=context, outdir=outdir, analytics_reporting=False)
    environment = environment or _named(app)
    stage = CairnStage(app, environment)
    check_with_nag(app, stage, environment)
    return app


def _named(app: cdk.App) -> Environment:
    name = app.node.try_get_context("env") or "dev"
    if name == "emulator":
        given = {key: app.node.try_get_context(key) for key in _EMULATOR_CONTEXT}
        return emulator(resources_dir=str(REPOSITORY / "layers"), **given)
    if name not in ENVIRONMENTS:
        raise ValueError(f"There is no environment {name!r}: use one of {sorted(ENVIRONMENTS)} with -c env=…")
    return ENVIRONMENTS[name]


if __name__ == "__main__":
    build_app().synth()
