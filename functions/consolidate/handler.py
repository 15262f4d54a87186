"""consolidate: consumes the FIFO queue; partial batch responses, in order within a scope."""

from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response  # pyright: ignore[reportUnknownVariableType]
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap import Provided, consolidation
from cairn.bootstrap.release import check_parts
from cairn.consolidate.sqs import consolidate_nothing, consolidate_record
from cairn.kernel.observability import logger, metrics
from cairn.kernel.settings import ConsolidateSettings
from cairn.platform.release_check import Handler, checked_by

_processor = SqsFifoPartialProcessor(skip_group_on_error=True)
# A batch in which all failed is answered like any other: each record has its own backoff already.
_processor.raise_on_entire_batch_failure = False


service = Provided(lambda: consolidation.consolidate(ConsolidateSettings()))  # pyright: ignore[reportCallIssue]  # read from the environment


def _handle(record: SQSRecord) -> None:
    consolidate_record(service(), record)


def _check(handler: Handler, context: LambdaContext) -> None:
    check_parts(ConsolidateSettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    consolidate_nothing(service())


@checked_by(_check)
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Answers an SQS event with the records that must come again."""
    return process_partial_response(event=event, record_handler=_handle, processor=_processor, context=context)
