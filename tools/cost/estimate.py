"""The sums: what a deployment of a size costs with so much to do. What is assumed stands in the classes below."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from tools.cost import prices

HOURS: Final = 730  # a month
_GB: Final = 1e9
_LEAST_EVENT: Final = 12_000  # bytes that AgentCore bills for an event, however small


@dataclass(frozen=True, slots=True)
class Size:
    """What stands there however much there is to do."""

    nat_gateways: int
    endpoints: int
    """Interface endpoints, times the zones each is in."""
    min_acu: float
    instances: int
    pause_minutes: int
    """After how long without a connection the database pauses; only where min_acu is 0."""
    maintain_minutes: int
    snap_started: int = 0
    """Functions that are kept as snapshots."""
    proxy: bool = False
    alarms: int = 25
    metrics: int = 25
    secrets: int = 2


SIZES: Final[Mapping[str, Size]] = {
    "dev": Size(1, 0, 0, 1, pause_minutes=10, maintain_minutes=60, alarms=19),
    "staging": Size(1, 4, 0.5, 1, pause_minutes=0, maintain_minutes=1),
    "prod": Size(2, 4, 1, 2, pause_minutes=0, maintain_minutes=1, snap_started=2),
}


_ZONES: Final = 2


def with_bedrock(size: Size) -> Size:
    """The size with an endpoint of Bedrock, in both zones, where the others are; else it is reached as all is."""
    return replace(size, endpoints=size.endpoints + _ZONES) if size.endpoints else size


@dataclass(frozen=True, slots=True)
class Load:
    """What there is to do in a month."""

    adds: int
    searches: int
    memories: int
    """Kept, whenever they came."""
    price_in: float = 0
    """Dollars per million tokens a model reads; 0 is no model, or one of your own."""
    price_out: float = 0
    price_embedding: float = 0
    """Dollars per million tokens that are embedded; 0 is a bundled model, or one of your own."""
    bedrock: bool = False
    """Whether the models are of Amazon Bedrock, and reached by an endpoint in the network."""

    @property
    def requests(self) -> int:
        """Over HTTP."""
        return self.adds + self.searches


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a request takes. Measured where it says so; nothing of it was measured in AWS."""

    http_seconds: float = 0.04
    """Billed for an add or a search. On one machine it is 10 ms."""
    http_gb: float = 1769 / 1024
    small_gb: float = 0.5
    """Of authorize and maintain."""
    authorize_share: float = 0.05
    """Of requests whose key the gateway has not in its cache."""
    authorize_seconds: float = 0.02
    consolidate_seconds: float = 0.3
    consolidate_model_seconds: float = 6
    """With a model: most of it is waiting."""
    consolidate_gb: float = 1
    maintain_seconds: float = 0.3
    database_add_seconds: float = 0.03
    """Processor time of Postgres for one add with its consolidation."""
    database_search_seconds: float = 0.01
    processors_per_acu: float = 0.25
    utilization: float = 0.5
    """Of the ACUs that are there, on average."""
    io_per_request: float = 12
    memory_bytes: float = 8_000
    """With its embedding (1.5 kB), history, messages and indexes."""
    tokens_in: int = 3_535
    """Of the two questions of an add; measured (README)."""
    tokens_out: int = 400
    embedded_add: int = 100
    """Tokens of what is embedded of one add: what was said, and the memories made of it."""
    embedded_search: int = 15
    log_bytes: float = 2_000
    """Of one invocation."""
    answer_bytes: float = 4_000
    model_bytes: float = 20_000
    """To and from the model, for one add, through the NAT gateway."""
    polls_per_month: float = 5 * 3 * 60 * HOURS
    """Lambda's five long polls of 20 s, on each queue, whether there is something or not."""


def monthly(size: Size, load: Load, assumed: Assumed | None = None) -> dict[str, float]:
    """Dollars a month by part."""
    given = assumed or Assumed()
    size = with_bedrock(size) if load.bedrock else size
    return {
        "Aurora": _aurora(size, load, given),
        "RDS Proxy": 8 * HOURS * prices.RDS_PROXY_ACU_HOUR.dollars if size.proxy else 0,
        "NAT gateways": _nat(size, load, given),
        "interface endpoints": size.endpoints * HOURS * prices.ENDPOINT_HOUR.dollars,
        "API Gateway": load.requests * prices.HTTP_API.dollars
        + load.requests * given.answer_bytes / _GB * prices.DATA_OUT_GB.dollars,
        "Lambda": _lambda(size, load, given),
        "SQS": _sqs(load, given),
        "CloudWatch": _cloudwatch(size, load, given),
        "Secrets Manager": size.secrets * prices.SECRET.dollars,
        "model": load.adds * (given.tokens_in * load.price_in + given.tokens_out * load.price_out) / prices.MILLION,
        "embeddings": _embeddings(load, given),
    }


def agentcore(load: Load) -> float:
    """Amazon Bedrock AgentCore Memory, built-in strategies: one small event an add, one retrieval a search."""
    return (
        load.adds * _LEAST_EVENT / _GB * prices.AGENTCORE_EVENT_GB.dollars
        + load.searches * prices.AGENTCORE_RETRIEVAL.dollars
        + load.memories * prices.AGENTCORE_RECORD.dollars
    )


def mem0(load: Load) -> float | None:
    """Mem0's largest plan with a published price; None where the load does not fit into it."""
    return prices.MEM0_PRO.dollars if load.searches <= prices.MEM0_PRO_RETRIEVALS else None


def _embeddings(load: Load, given: Assumed) -> float:
    tokens = load.adds * given.embedded_add + load.searches * given.embedded_search
    return tokens * load.price_embedding / prices.MILLION


def _aurora(size: Size, load: Load, given: Assumed) -> float:
    busy = load.adds * given.database_add_seconds + load.searches * given.database_search_seconds
    needed = busy / 3600 / given.processors_per_acu / given.utilization
    acu_hours = max(needed, size.instances * _least_acu_hours(size, load))
    return (
        acu_hours * prices.ACU_HOUR.dollars
        + load.memories * given.memory_bytes / _GB * prices.AURORA_GB.dollars
        + load.requests * given.io_per_request * prices.AURORA_IO.dollars
    )


def _least_acu_hours(size: Size, load: Load) -> float:
    """Of one instance. One that may pause is awake, at half an ACU, for a while after each request and each upkeep."""
    if size.min_acu:
        return size.min_acu * HOURS
    wakes = load.requests + HOURS * 60 / size.maintain_minutes
    return 0.5 * min(HOURS, wakes * size.pause_minutes / 60)


def _nat(size: Size, load: Load, given: Assumed) -> float:
    through = load.adds * given.model_bytes / _GB if load.price_in and not (load.bedrock and size.endpoints) else 0
    return size.nat_gateways * HOURS * prices.NAT_HOUR.dollars + through * prices.NAT_GB.dollars


def _lambda(size: Size, load: Load, given: Assumed) -> float:
    maintains = HOURS * 60 / size.maintain_minutes
    authorizes = load.requests * given.authorize_share
    consolidate = given.consolidate_model_seconds if load.price_in else given.consolidate_seconds
    gb_seconds = (
        load.requests * given.http_seconds * given.http_gb
        + authorizes * given.authorize_seconds * given.small_gb
        + load.adds * consolidate * given.consolidate_gb
        + maintains * given.maintain_seconds * given.small_gb
    )
    invocations = load.requests + authorizes + load.adds + maintains
    snapshots = size.snap_started * given.http_gb * HOURS * 3600
    return (
        invocations * prices.LAMBDA_REQUEST.dollars
        + gb_seconds * prices.LAMBDA_GB_SECOND.dollars
        + snapshots * prices.SNAPSTART_GB_SECOND.dollars
    )


def _sqs(load: Load, given: Assumed) -> float:
    fifo = 3 * load.adds + given.polls_per_month  # send, receive, delete
    return fifo * prices.SQS_FIFO.dollars + given.polls_per_month * prices.SQS_STANDARD.dollars


def _cloudwatch(size: Size, load: Load, given: Assumed) -> float:
    invocations = load.requests + load.adds + HOURS * 60 / size.maintain_minutes
    metrics = size.metrics if load.requests else 0  # an unused metric costs nothing
    return (
        invocations * given.log_bytes / _GB * prices.LOG_GB.dollars
        + metrics * prices.METRIC.dollars
        + size.alarms * prices.ALARM.dollars
        + prices.DASHBOARD.dollars
    )
