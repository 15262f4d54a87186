"""A queue with its dead-letter queue."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cairn.kernel.settings import ConsolidateSettings
from infra_cdk.functions import FunctionSpec

MAX_RECEIVES: Final[int] = ConsolidateSettings.model_fields["max_receives"].default
"""The consumer lets go of a message before the receive after which the queue gives it up: one number for both."""

VISIBILITY_MARGIN: Final = 30
"""Seconds beside the consumer's timeout. Not six times that, as AWS recommends for batches that may be throttled: the
mapping receives no more than its concurrency can take, and what a crash leaves hides its whole scope for as long."""

_LONGEST: Final = cdk.Duration.days(14)


class WorkQueue(Construct):
    """FIFO: in order within a group, groups side by side."""

    def __init__(self, scope: Construct, construct_id: str, consumer: FunctionSpec, *, fifo: bool = True) -> None:
        super().__init__(scope, construct_id)
        order = (
            {
                "fifo": True,
                "deduplication_scope": sqs.DeduplicationScope.MESSAGE_GROUP,
                "fifo_throughput_limit": sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
            }
            if fifo
            else {}
        )
        self.dead_letters = sqs.Queue(self, "DeadLetters", enforce_ssl=True, retention_period=_LONGEST, **order)
        self.queue = sqs.Queue(
            self,
            "Queue",
            enforce_ssl=True,
            retention_period=_LONGEST,
            visibility_timeout=cdk.Duration.seconds(consumer.timeout_seconds + VISIBILITY_MARGIN),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=MAX_RECEIVES),
            **order,
        )

    def feed(self, consumer: lambda_.IFunction, *, at_most: int, batch: int) -> None:
        """Hands messages to a function, `at_most` batches at a time. The grant is written with all the others."""
        lambda_.EventSourceMapping(
            self,
            "Consumer",
            target=consumer,
            event_source_arn=self.queue.queue_arn,
            batch_size=batch,
            max_concurrency=at_most,
            report_batch_item_failures=True,
        )
