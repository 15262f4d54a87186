"""The HTTP API: which request goes to which function, who may call, how often, and what is logged of it."""

import json
from collections.abc import Iterator
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.routing import CORS_HEADERS, OPEN_ROUTES, READ_POSTS, WRITE_POSTS_BELOW_READS
from infra_cdk.components.logs import log_group
from infra_cdk.environments import Environment

_GREEDY: Final = "/{proxy+}"
_ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "project": "$context.authorizer.project_id",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
}
"""No query string and no header: those may hold names of users and keys."""


class HttpApi(Construct):
    """The API and its one stage."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        reads: lambda_.IFunction,
        writes: lambda_.IFunction,
        authorize: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self.domain = self._domain()
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"cairn-{environment.name}",
            create_default_stage=False,
            cors_preflight=apigateway.CorsPreflightOptions(
                allow_origins=list(environment.cors_origins),
                allow_methods=[apigateway.CorsHttpMethod.ANY],
                allow_headers=list(CORS_HEADERS),
                max_age=cdk.Duration.minutes(5),
            ),
            disable_execute_api_endpoint=self.domain is not None,
        )
        self.stage = self._stage()
        self._add_routes(reads, writes, authorize)

    @property
    def url(self) -> str:
        """Where clients call."""
        return f"https://{self._environment.domain_name}" if self.domain else self.api.api_endpoint

    def _add_routes(self, reads: lambda_.IFunction, writes: lambda_.IFunction, authorize: lambda_.IFunction) -> None:
        authorizer = authorizers.HttpLambdaAuthorizer(
            "Authorizer",
            authorize,
            response_types=[authorizers.HttpLambdaResponseType.SIMPLE],
            identity_source=["$request.header.Authorization"],
            results_cache_ttl=cdk.Duration.seconds(self._environment.authorizer_cache_seconds),
        )
        behind = {
            "reads": integrations.HttpLambdaIntegration("Reads", reads, scope_permission_to_route=False),
            "writes": integrations.HttpLambdaIntegration("Writes", writes, scope_permission_to_route=False),
        }
        for method, path, function, is_open in routes(slashes=self._environment.trailing_slash_routes):
            route = apigateway.HttpRoute(
                self.api,
                f"{method} {path}",
                http_api=self.api,
                route_key=apigateway.HttpRouteKey.with_(path.rstrip("/"), apigateway.HttpMethod[method]),
                integration=behind[function],
                authorizer=apigateway.HttpNoneAuthorizer() if is_open else authorizer,
            )
            template = route.node.default_child
            if path.endswith("/") and isinstance(template, apigateway.CfnRoute):
                template.route_key = f"{method} {path}"

    def _stage(self) -> apigateway.HttpStage:
        # Log groups of this prefix need no resource policy of their own, whose size is limited.
        logs = log_group(
            self, "AccessLogs", self._environment, name=f"/aws/vendedlogs/cairn-{self._environment.name}-api"
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=self._environment.requests_per_second, burst_limit=self._environment.burst
            ),
            domain_mapping=apigateway.DomainMappingOptions(domain_name=self.domain) if self.domain else None,
        )
        template = stage.node.default_child
        if not isinstance(template, apigateway.CfnStage):
            raise TypeError("A stage of an HTTP API is not what it was.")
        template.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=logs.log_group_arn, format=json.dumps(_ACCESS_LOG)
        )
        return stage

    def _domain(self) -> apigateway.DomainName | None:
        name, certificate = self._environment.domain_name, self._environment.certificate_arn
        if name is None or certificate is None:
            return None
        return apigateway.DomainName(
            self,
            "Domain",
            domain_name=name,
            certificate=certificates.Certificate.from_certificate_arn(self, "Certificate", certificate),
        )


def routes(*, slashes: bool = False) -> Iterator[tuple[str, str, str, bool]]:
    """Every route: method, path, `reads` or `writes`, and whether it needs no key.

    API Gateway takes no route that ends in a slash, and reports differ on whether `/a` also answers for `/a/`. Each
    path therefore stands twice, the second time with a variable that takes what follows the slash, be it nothing. An
    emulator that matches letter by letter gets the slash itself (`slashes`).
    """
    for path in sorted(OPEN_ROUTES):
        yield from (("GET", form, "reads", True) for form in _forms(path, slashes=slashes))
    for method in ("GET", "HEAD"):
        yield method, _GREEDY, "reads", False
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        yield method, _GREEDY, "writes", False
    for path in sorted(READ_POSTS):
        yield from (("POST", form, "reads", False) for form in _forms(path, slashes=slashes))
    for path in sorted(WRITE_POSTS_BELOW_READS):
        yield from (("POST", form, "writes", False) for form in _forms(path, slashes=slashes))


def _forms(path: str, *, slashes: bool) -> tuple[str, ...]:
    return (path, path + _GREEDY, f"{path}/") if slashes else (path, path + _GREEDY)
