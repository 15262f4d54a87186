"""Adds of other systems, over SQS and EventBridge."""
