"""The one logger and the one metrics collector; both write to standard output, as Lambda expects."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="cairn", log_uncaught_exceptions=False)
metrics = Metrics(namespace="Cairn", service="cairn")
