import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra_cdk.components.bundling import REPOSITORY
from infra_cdk.environments import DEV
from tests.infra.conftest import ALL
from tests.infra.templates import Synthesized


def test_a_finding_without_its_reason_stops_the_synthesis(synthesized: dict[str, Synthesized], tmp_path: Path):
    """Each environment was synthesised under these rules; here one is broken."""
    from aws_cdk import aws_sqs as sqs

    from infra_cdk.app import build_app
    from infra_cdk.stage import CairnStage

    app = build_app(DEV, outdir=str(tmp_path), bundle=False)
    stage = app.node.find_child("dev")
    assert isinstance(stage, CairnStage)
    sqs.Queue(stage.stateless, "Open")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert "AwsSolutions-SQS4" in (tmp_path / "validation-report.json").read_text()
    assert len(synthesized) == len(ALL)


def test_nothing_is_looked_up(synthesized: dict[str, Synthesized]):
    manifests = [m for s in synthesized.values() for m in s.directory.rglob("manifest.json")]
    assert manifests
    for manifest in manifests:
        assert not json.loads(manifest.read_text()).get("missing"), manifest


def test_no_availability_zone_is_made_up(deployed: Synthesized):
    assert "dummy" not in deployed.paths()["Stateful"].read_text()


def test_the_templates_fit_their_resource_schemas(synthesized: dict[str, Synthesized]):
    templates = [str(path) for s in synthesized.values() for path in s.paths().values()]
    # W3005 is about DependsOn that a reference already says, which the CDK writes everywhere.
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--", *templates],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_templates_are_small_enough(synthesized: dict[str, Synthesized]):
    for name, environment in synthesized.items():
        for stack, path in environment.paths().items():
            assert len(environment.resources(stack)) < 400, (name, stack)  # CloudFormation takes 500
            assert path.stat().st_size < 900_000, (name, stack)  # and a megabyte


def test_no_asset_needs_docker(synthesized: dict[str, Synthesized]):
    for environment in synthesized.values():
        for manifest in environment.directory.rglob("*.assets.json"):
            assert not json.loads(manifest.read_text())["dockerImages"]


def test_an_app_is_synthesised_without_a_network(tmp_path: Path):
    """In a network namespace with no interface up, where not even a name can be resolved."""
    unshare = shutil.which("unshare")
    isolated = [unshare, "--map-root-user", "--net"] if unshare else []
    if not unshare or subprocess.run([*isolated, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets no one make a network namespace")
    build = (
        "from infra_cdk.app import build_app; from infra_cdk.environments import DEV; "
        f"build_app(DEV, outdir={str(tmp_path)!r}, bundle=False).synth()"
    )
    ran = subprocess.run(
        [*isolated, sys.executable, "-c", build], cwd=REPOSITORY, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert list(tmp_path.rglob("*.template.json"))
