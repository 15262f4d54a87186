"""graph_sync: consumes the FIFO queue of changed memories; partial batch responses."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response  # pyright: ignore[reportUnknownVariableType]
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap import Provided, projection
from cairn.bootstrap.release import check_parts
from cairn.graph.sqs import graph_sync_record, sync_nothing
from cairn.kernel.observability import logger, metrics
from cairn.kernel.settings import GraphSyncSettings
from cairn.platform.release_check import Handler, checked_by

# Every record is tried, though one before it of its scope has failed: each reads the rows as they are, so their order
# does not matter, and one passed over would stay hidden, with its scope, for the queue's whole visibility timeout.
_processor = BatchProcessor(event_type=EventType.SQS)
# A batch in which all failed is answered like any other: each record has its own backoff already.
_processor.raise_on_entire_batch_failure = False


service = Provided(lambda: projection.graph_sync(GraphSyncSettings()))  # pyright: ignore[reportCallIssue]  # read from the environment


def _handle(record: SQSRecord, lambda_context: LambdaContext) -> None:
    graph_sync_record(service(), record, seconds_left=lambda_context.get_remaining_time_in_millis() / 1000)


def _check(handler: Handler, context: LambdaContext) -> None:
    check_parts(GraphSyncSettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    sync_nothing(service())


@checked_by(_check)
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Answers an SQS event with the records that must come again."""
    return process_partial_response(event=event, record_handler=_handle, processor=_processor, context=context)
