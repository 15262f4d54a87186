"""List prices of us-east-1, in dollars: each with the page it was read on, and what could not be read anywhere.

Free tiers and volume discounts are left out. A page is a stored copy; the date is when it was read here, not when the
price was set. Look at the providers' own pages before you decide by these figures.
"""

from dataclasses import dataclass
from typing import Final

READ_ON: Final = "2026-11-21"
UNVERIFIED: Final = "unverified"


@dataclass(frozen=True, slots=True)
class Price:
    """One price: dollars for one unit."""

    dollars: float
    unit: str
    source: str

    @property
    def verified(self) -> bool:
        """Whether a page was read that says so."""
        return not self.source.startswith(UNVERIFIED)


MILLION: Final = 1_000_000

_NOTES: Final = "several public notes that agree, none of them the provider's"

HTTP_API: Final = Price(1.00 / MILLION, "request", "https://www.apigatewaycost.com/aws")
LAMBDA_REQUEST: Final = Price(0.20 / MILLION, "invocation", "https://git.mcrn.ar/mariano/lambda_local_runner")
LAMBDA_GB_SECOND: Final = Price(0.0000133334, "GB-second, arm64", "https://cloudchipr.com/blog/aws-lambda-pricing")
SNAPSTART_GB_SECOND: Final = Price(0.0000015046, "GB-second of a snapshot", _NOTES)
SQS_FIFO: Final = Price(0.50 / MILLION, "request, FIFO", "https://cloudburn.io/blog/amazon-sqs-pricing")
SQS_STANDARD: Final = Price(0.40 / MILLION, "request, standard", "https://cloudburn.io/blog/amazon-sqs-pricing")
ACU_HOUR: Final = Price(0.12, "ACU-hour", "https://c3x.dev/blog/aws-aurora-serverless-v2-cost/")
AURORA_GB: Final = Price(0.10, "GB-month", "https://awsnegotiations.com/blog/aurora-serverless-v2-pricing.html")
AURORA_IO: Final = Price(0.20 / MILLION, "read or write", _NOTES)
RDS_PROXY_ACU_HOUR: Final = Price(
    0.015,
    "ACU-hour, at least 8",
    f"{UNVERIFIED}: https://blog.serverworks.co.jp/amazon-aurora-serverless-v2-and-amazon-rds-proxy-minimum-cost "
    "says that there is a least charge",
)
NAT_HOUR: Final = Price(
    0.045,
    "gateway-hour",
    "https://zeonedge.com/en/blog/eliminating-aws-nat-gateway-costs-vpc-endpoints-privatelink-ipv6",
)
NAT_GB: Final = Price(
    0.045, "GB", "https://zeonedge.com/en/blog/eliminating-aws-nat-gateway-costs-vpc-endpoints-privatelink-ipv6"
)
ENDPOINT_HOUR: Final = Price(0.01, "endpoint-hour in one zone", "https://c3x.dev/resources/aws/aws_vpc_endpoint")
SECRET: Final = Price(
    0.40, "secret", "https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms"
)
LOG_GB: Final = Price(
    0.50, "GB", "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/"
)
METRIC: Final = Price(0.30, "metric", "https://signoz.io/guides/cloudwatch-pricing")
ALARM: Final = Price(0.10, "alarm", f"{UNVERIFIED}: no page that was read names it")
DASHBOARD: Final = Price(
    3.00, "dashboard", "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/"
)
DATA_OUT_GB: Final = Price(0.09, "GB", "https://www.apigatewaycost.com/aws")

_AGENTCORE: Final = _NOTES + "; compare aws.amazon.com/bedrock/agentcore/pricing"
AGENTCORE_EVENT_GB: Final = Price(
    1.00,
    "GB of events, each at least 12 kB",
    '"AgentCore Memory\'s New Pricing Is Cheaper Until Your Agent Rereads Its History", a post of 2026-10-09; '
    "until 2026-10-05 it was $0.25 for 1,000 events",
)
AGENTCORE_RETRIEVAL: Final = Price(0.50 / 1_000, "retrieval", _AGENTCORE)
AGENTCORE_RECORD: Final = Price(0.75 / 1_000, "record-month, built-in strategies", _AGENTCORE)

MEM0_PRO: Final = Price(
    249, "month of the Pro plan", "https://baeseokjae.github.io/posts/best-ai-agent-memory-frameworks-2026/"
)
MEM0_PRO_RETRIEVALS: Final = 50_000
"""Retrievals a month in that plan; unverified, as are those of the Starter plan ($19)."""

ALL: Final = {
    "API Gateway, HTTP API": HTTP_API,
    "Lambda, invocations": LAMBDA_REQUEST,
    "Lambda, duration": LAMBDA_GB_SECOND,
    "Lambda, SnapStart": SNAPSTART_GB_SECOND,
    "SQS, FIFO": SQS_FIFO,
    "SQS, standard": SQS_STANDARD,
    "Aurora Serverless v2": ACU_HOUR,
    "Aurora, storage": AURORA_GB,
    "Aurora, I/O": AURORA_IO,
    "RDS Proxy": RDS_PROXY_ACU_HOUR,
    "NAT gateway": NAT_HOUR,
    "NAT gateway, data": NAT_GB,
    "Interface endpoint": ENDPOINT_HOUR,
    "Secrets Manager": SECRET,
    "CloudWatch, logs": LOG_GB,
    "CloudWatch, metrics": METRIC,
    "CloudWatch, alarms": ALARM,
    "CloudWatch, dashboards": DASHBOARD,
    "Data transfer out": DATA_OUT_GB,
    "AgentCore Memory, events": AGENTCORE_EVENT_GB,
    "AgentCore Memory, retrievals": AGENTCORE_RETRIEVAL,
    "AgentCore Memory, records": AGENTCORE_RECORD,
    "Mem0, Pro": MEM0_PRO,
}
"""By the names they have in docs/cost.md."""
