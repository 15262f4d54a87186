"""The network: two zones, a database nobody outside can reach, functions with a way out only where they need one."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra_cdk.components.logs import log_group
from infra_cdk.environments import Environment

POSTGRES_PORT: Final = 5432
_BOLT_PORT: Final = 7687
_HTTPS_PORT: Final = 443
_CIDR: Final = "10.40.0.0/16"


@dataclass(frozen=True)
class Placement:
    """Where functions run: their subnets and their security group."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    security_group: ec2.ISecurityGroup


class Network(Construct):
    """VPC, endpoints, security groups, flow logs."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(_CIDR),
            max_azs=2,
            nat_gateways=environment.nat_gateways,
            subnet_configuration=_subnets(environment),
            # Nothing is in it, and emptying it would take a function of the CDK's own.
            restrict_default_security_group=False,
        )
        self._log_flows()
        self.isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.database_group = self._group("DatabaseGroup", "The database: reached from functions alone")
        self.outside = self._outside() if environment.nat_gateways else None
        self.inside = self._inside() if environment.interface_endpoints else self.outside

    def place(self, *, leaves_network: bool) -> Placement:
        """Where a function runs: without a way out unless it calls what has no endpoint in the network."""
        placement = self.outside if leaves_network else self.inside
        if placement is None:
            raise ValueError(f"{self._environment.name}: no subnets for a function with a way out: set nat_gateways.")
        return placement

    def _inside(self) -> Placement:
        group = self._group("InsideGroup", "Functions without a way out")
        self._reach_database(group)
        endpoints = self._group("EndpointsGroup", "Endpoints of AWS services")
        services = {
            "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            "Sqs": ec2.InterfaceVpcEndpointAwsService.SQS,
        }
        if self._environment.bedrock_models and not self._environment.bedrock_region:
            services["BedrockRuntime"] = ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME
        for name, service in services.items():
            self.vpc.add_interface_endpoint(
                name, service=service, subnets=self.isolated, security_groups=[endpoints], open=False
            )
        # The endpoints answer for their services' names in the whole network, so the other functions use them too.
        for client in (group, *([self.outside.security_group] if self.outside else [])):
            self._allow(client, endpoints, _HTTPS_PORT, "AWS services")
        return Placement(self.vpc, self.isolated, group)

    def _outside(self) -> Placement:
        group = self._group("OutsideGroup", "Functions that call a model, Neo4j, or AWS through the NAT gateway")
        self._reach_database(group)
        ports = {_HTTPS_PORT} | self._environment.model_ports
        for port in sorted(ports | ({_BOLT_PORT} if self._environment.has_graph else set[int]())):
            group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), f"Out, port {port}")
        return Placement(self.vpc, ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS), group)

    def _reach_database(self, group: ec2.SecurityGroup) -> None:
        self._allow(group, self.database_group, POSTGRES_PORT, "Postgres")

    def _allow(self, client: ec2.ISecurityGroup, server: ec2.ISecurityGroup, port: int, what: str) -> None:
        client.add_egress_rule(server, ec2.Port.tcp(port), what)
        server.add_ingress_rule(client, ec2.Port.tcp(port), what)

    def _group(self, construct_id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, construct_id, vpc=self.vpc, description=description, allow_all_outbound=False)

    def _log_flows(self) -> None:
        group = log_group(self, "FlowLogs", self._environment)
        role = iam.Role(self, "FlowLogRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"))
        self.vpc.add_flow_log(
            "Rejected",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )


def _subnets(environment: Environment) -> list[ec2.SubnetConfiguration]:
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=22)
    if not environment.nat_gateways:
        return [isolated]
    return [
        isolated,
        ec2.SubnetConfiguration(name="Egress", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=22),
        ec2.SubnetConfiguration(
            name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=26, map_public_ip_on_launch=False
        ),
    ]
