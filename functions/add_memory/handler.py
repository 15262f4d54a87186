"""add_memory: every write of the API, behind API Gateway."""

from typing import Any, Final

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap.release import check_parts
from cairn.kernel.observability import logger, metrics
from cairn.kernel.settings import AddMemorySettings
from cairn.platform.http.app import create_app, lambda_entry
from cairn.platform.release_check import Handler, checked_by, request_of_nobody, require_refusal
from functions.add_memory.graph_routes import router as graph_router
from functions.add_memory.mem0_routes import missing
from functions.add_memory.routes import router

app = create_app("Cairn writes", router, graph_router, missing)
_entry = lambda_entry(app)
_OF_NOBODY: Final = request_of_nobody(
    "/v3/memories/add/", {"user_id": "nobody", "infer": False, "messages": [{"role": "user", "content": "Nothing."}]}
)


def _check(handler: Handler, context: LambdaContext) -> None:
    check_parts(AddMemorySettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    require_refusal(handler(_OF_NOBODY, context))


@checked_by(_check)
@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers one HTTP API event (payload 2.0)."""
    return _entry(event, context)
