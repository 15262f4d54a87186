import json

import pytest

from infra_cdk.environments import ENVIRONMENTS
from tests.infra.conftest import DEPLOYED
from tests.infra.templates import Synthesized

PINNED = {
    "AWS::RDS::DBCluster": {"DatabaseCluster5B53A178"},
    "AWS::RDS::DBSubnetGroup": {"DatabaseClusterSubnets5540150D"},
    "AWS::KMS::Key": {"Key961B73FD"},
    "AWS::EC2::VPC": {"NetworkVpc7FB7348F"},
}

SECRETS = {
    "dev": {"DatabaseAppSecret2E50FD00", "devStatefulDatabaseClusterSecretF51DE9013fdaad7efa858a3daf9490cf0a702aeb"},
    "staging": {
        "DatabaseAppSecret2E50FD00",
        "stagingStatefulDatabaseClusterSecret23FB22D43fdaad7efa858a3daf9490cf0a702aeb",
    },
    "prod": {"DatabaseAppSecret2E50FD00", "prodStatefulDatabaseClusterSecret14564D143fdaad7efa858a3daf9490cf0a702aeb"},
}


@pytest.mark.parametrize("kind", sorted(PINNED))
def test_what_holds_data_keeps_its_name(deployed: Synthesized, kind: str):
    """Another logical id is another resource: CloudFormation would make an empty one and let go of the full one."""
    assert set(deployed.resources("Stateful", kind)) == PINNED[kind]


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_databases_secrets_keep_their_names(synthesized: dict[str, Synthesized], name: str):
    assert set(synthesized[name].resources("Stateful", "AWS::SecretsManager::Secret")) == SECRETS[name]


def test_the_vault_keeps_its_name(prod: Synthesized):
    assert set(prod.resources("Stateful", "AWS::Backup::BackupVault")) == {"DatabaseVaultD3D0CD18"}


def test_the_database_writes_nobodys_words_into_its_log(deployed: Synthesized):
    (group,) = deployed.properties("Stateful", "AWS::RDS::DBClusterParameterGroup")
    quiet = {"log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0", "log_error_verbosity": "terse"}
    assert quiet.items() <= group["Parameters"].items()


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_database(synthesized: dict[str, Synthesized], name: str):
    environment = ENVIRONMENTS[name]
    (cluster,) = synthesized[name].resources("Stateful", "AWS::RDS::DBCluster").values()
    properties = cluster["Properties"]
    assert properties["Engine"] == "aurora-postgresql"
    assert properties["StorageEncrypted"] is True
    assert properties["KmsKeyId"]
    assert properties["EnableIAMDatabaseAuthentication"] is True
    assert properties["BackupRetentionPeriod"] == environment.backup_days
    assert properties["EnableCloudwatchLogsExports"] == ["postgresql"]
    assert properties.get("DeletionProtection", False) is environment.protect_data
    scaling = properties["ServerlessV2ScalingConfiguration"]
    assert (scaling["MinCapacity"], scaling["MaxCapacity"]) == (environment.min_acu, environment.max_acu)
    assert scaling.get("SecondsUntilAutoPause") == (600 if name == "dev" else None)
    assert cluster["DeletionPolicy"] == ("Snapshot" if environment.protect_data else "Delete")
    instances = synthesized[name].properties("Stateful", "AWS::RDS::DBInstance")
    assert len(instances) == (2 if environment.reader else 1)
    assert not any(i.get("PubliclyAccessible") for i in instances)


def test_production_is_backed_up_in_a_vault_that_outlives_it(prod: Synthesized, dev: Synthesized):
    (vault,) = prod.resources("Stateful", "AWS::Backup::BackupVault").values()
    assert vault["DeletionPolicy"] == "Retain"
    (selection,) = prod.properties("Stateful", "AWS::Backup::BackupSelection")
    assert "DatabaseCluster5B53A178" in json.dumps(selection["BackupSelection"]["Resources"])
    assert not dev.resources("Stateful", "AWS::Backup::BackupVault")


def test_the_key_rotates_and_production_keeps_it(deployed: Synthesized, prod: Synthesized):
    (key,) = deployed.properties("Stateful", "AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    (kept,) = prod.resources("Stateful", "AWS::KMS::Key").values()
    assert kept["DeletionPolicy"] == "Retain"


def test_only_functions_reach_the_database(deployed: Synthesized):
    rules = deployed.properties("Stateful", "AWS::EC2::SecurityGroupIngress")
    assert {r["FromPort"] for r in rules} <= {443, 5432}
    assert all("SourceSecurityGroupId" in r and "CidrIp" not in r for r in rules)
    for group in deployed.properties("Stateful", "AWS::EC2::SecurityGroup"):
        assert all("CidrIp" not in rule for rule in group.get("SecurityGroupIngress", []))


def test_the_databases_subnets_have_no_way_out(deployed: Synthesized):
    resources = deployed.resources("Stateful")
    (group,) = deployed.properties("Stateful", "AWS::RDS::DBSubnetGroup")
    subnets = {s["Ref"] for s in group["SubnetIds"]}
    assert len(subnets) == 2
    tables = {
        r["Properties"]["RouteTableId"]["Ref"]
        for r in resources.values()
        if r["Type"] == "AWS::EC2::SubnetRouteTableAssociation" and r["Properties"]["SubnetId"]["Ref"] in subnets
    }
    routes = deployed.properties("Stateful", "AWS::EC2::Route")
    assert not [r for r in routes if r["RouteTableId"]["Ref"] in tables]


def test_the_secret_of_the_role_names_the_cluster_and_a_made_password(deployed: Synthesized):
    secrets = deployed.resources("Stateful", "AWS::SecretsManager::Secret")
    app = secrets["DatabaseAppSecret2E50FD00"]["Properties"]
    made = app["GenerateSecretString"]
    assert made["GenerateStringKey"] == "password"
    assert "Endpoint.Address" in json.dumps(made["SecretStringTemplate"])
    assert "cairn_service" in json.dumps(made["SecretStringTemplate"])
    assert app["KmsKeyId"]


def test_a_proxy_stands_before_the_database_where_it_is_asked_for(everything: Synthesized, prod: Synthesized):
    (proxy,) = everything.properties("Stateful", "AWS::RDS::DBProxy")
    assert proxy["RequireTLS"] is True
    assert "CAIRN_DATABASE_HOST" in everything.variables("search")
    assert "CAIRN_DATABASE_HOST" not in everything.variables("migrate")  # migrations pin connections
    assert not prod.resources("Stateful", "AWS::RDS::DBProxy")


def test_production_cannot_be_deleted_by_mistake(prod: Synthesized, dev: Synthesized):
    for environment, protected in ((prod, True), (dev, False)):
        (manifest,) = environment.directory.glob("assembly-*/manifest.json")
        artifacts = json.loads(manifest.read_text())["artifacts"]
        (stack,) = [a for n, a in artifacts.items() if "Stateful" in n and a["type"] == "aws:cloudformation:stack"]
        assert bool(stack["properties"].get("terminationProtection")) is protected
