"""The CDK's command line against an emulator of AWS, and what is deployed there."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx
from psycopg.conninfo import make_conninfo

from cairn.bootstrap import access
from local.aws import ACCOUNT, REGION, isolated
from local.sqs import Sqs
from tests.graph_servers import Address, unavailable

REPOSITORY = Path(__file__).resolve().parent.parent.parent
STATELESS, OBSERVABILITY = "cairn-emulator-stateless", "cairn-emulator-observability"
_CLI = REPOSITORY / "node_modules" / ".bin" / "cdk"
_SERVICES = (
    "apigateway", "cloudformation", "ecr", "iam", "kms", "lambda", "logs", "monitoring",
    "s3", "secretsmanager", "sns", "ssm", "sts",
)  # fmt: skip
_OFFLINE = ("--no-notices", "--no-version-reporting")
_UNASKED = ("--require-approval", "never", "--progress", "events", "--no-lookups")


def install_cli() -> None:
    """The CDK's command line, as package-lock.json has it."""
    if not shutil.which("npm"):
        unavailable("The deployment needs Node 20 or newer with npm, which runs the CDK's command line.")
    done = subprocess.run(["make", "node_modules"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"npm could not install the CDK's command line: {done.stderr[-500:]}")


def start_emulator(directory: Path) -> Sqs:
    """An emulator of everything that a deployment touches, with nothing in it."""
    for folder in ("run", "logs"):
        (directory / folder).mkdir(parents=True)
    emulator = Sqs(directory, also=_SERVICES)
    emulator.spawn(isolated(dict(os.environ)))
    emulator.wait_ready()
    return emulator


@dataclass(frozen=True)
class Cdk:
    """The command line, with a home and an output folder of its own."""

    endpoint: str
    directory: Path

    def bootstrap(self) -> None:
        # Away from cdk.json, which would have the app synthesised for nothing.
        self._succeed("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=self.directory)

    def deploy(self, context: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Synthesises and deploys, as `make deploy` does."""
        app = ["--app", f"{sys.executable} -m infra_cdk.app", "--output", self._synthesized]
        named = [part for key, value in context.items() for part in ("-c", f"{key}={value}")]
        return self._run("deploy", *app, *named, *_UNASKED, "**")

    def deploy_again(self) -> subprocess.CompletedProcess[str]:
        """Deploys what was synthesised last."""
        return self._run("deploy", "--app", self._synthesized, *_UNASKED, "**")

    def destroy(self) -> None:
        """Takes it down."""
        self._succeed("destroy", "--app", self._synthesized, "--force", "**")

    @property
    def _synthesized(self) -> str:
        return str(self.directory / "cdk.out")

    def _succeed(self, *arguments: str, cwd: Path = REPOSITORY) -> None:
        done = self._run(*arguments, cwd=cwd)
        assert done.returncode == 0, said(done)

    def _run(self, *arguments: str, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
        argv = [str(_CLI), *arguments, *_OFFLINE]
        return subprocess.run(argv, cwd=cwd, env=self._environment(), capture_output=True, text=True, check=False)

    def _environment(self) -> dict[str, str]:
        """Nothing is written to the user's home but the packages that jsii unpacks once per machine."""
        unpacked = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
        (self.directory / "home").mkdir(exist_ok=True)
        return isolated(dict(os.environ)) | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "HOME": str(self.directory / "home"),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(unpacked)),
            "TMPDIR": str(self.directory),
        }


def database_secret(address: Mapping[str, str]) -> str:
    """A secret as RDS makes them."""
    same = {name: address[name] for name in ("host", "dbname", "password")}
    return json.dumps({"engine": "postgres", "port": int(address["port"]), "username": address["user"]} | same)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The end of what a command said."""
    return (done.stdout + done.stderr)[-6000:]


@cache
def _client(service: str, endpoint: str) -> Any:
    key = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **key)


@dataclass
class Deployment:
    """What is deployed, and the secrets it was deployed with."""

    emulator: Sqs
    cdk: Cdk
    context: dict[str, str] = field(default_factory=dict)
    project_id: str = ""
    api_key: str = ""

    def aws(self, service: str) -> Any:
        return _client(service, self.emulator.endpoint)

    def keep_secret(self, content: str) -> str:
        """Puts a secret into Secrets Manager; its ARN."""
        return self.aws("secretsmanager").create_secret(Name=secrets.token_hex(4), SecretString=content)["ARN"]

    def describe(self, owner: Mapping[str, str], role: Mapping[str, str], graph: Address) -> None:
        """Keeps what the app is told."""
        neo4j = {"uri": graph.uri, "username": graph.user, "password": graph.password, "database": graph.database}
        self.context = {
            "env": "emulator",
            "owner_secret_arn": self.keep_secret(database_secret(owner)),
            "app_secret_arn": self.keep_secret(database_secret(role)),
            "neo4j_secret_arn": self.keep_secret(json.dumps(neo4j)),
        }

    def deploy(self, **changes: str) -> subprocess.CompletedProcess[str]:
        """Deploys with these in place of what the context says."""
        return self.cdk.deploy(self.context | changes)

    def create_project(self, address: Mapping[str, str]) -> None:
        """The first project, as docs/operations.md makes it."""
        self.project_id, self.api_key = access.create_project(make_conninfo(**address), "first")

    def status(self, stack: str) -> str:
        (found,) = self.aws("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return found["StackStatus"]

    @property
    def outputs(self) -> dict[str, str]:
        (found,) = self.aws("cloudformation").describe_stacks(StackName=STATELESS)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def resources(self, *kinds: str) -> dict[str, str]:
        """Physical ids of the stateless stack's resources of these types, by logical id."""
        listed = self.aws("cloudformation").describe_stack_resources(StackName=STATELESS)["StackResources"]
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed if r["ResourceType"] in kinds}

    @cached_property
    def url(self) -> str:
        """Where the API answers. Its name would need a resolver; the emulator takes its id in a path too."""
        api_id = httpx.URL(self.outputs["ApiUrl"]).host.split(".")[0]
        return f"{self.emulator.endpoint}/_aws/execute-api/{api_id}/$default"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Token {self.api_key}"}, timeout=60)

    def waiting(self, queue: str) -> int:
        """Messages in the queue that an output names, received or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.aws("sqs").get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=names)
        return sum(map(int, answer["Attributes"].values()))
