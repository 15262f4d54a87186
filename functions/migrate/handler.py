"""migrate: runs at deploy, before the new code takes traffic. It raises where a migration fails.

CDK's Trigger invokes it with no payload and waits; an error fails the deployment, and its message is shown there.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap import schema
from cairn.kernel.observability import logger
from cairn.kernel.settings import MigrateSettings


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: object, context: LambdaContext) -> dict[str, list[str]]:
    """Applies the missing migrations and names them."""
    applied = schema.run_migrations(MigrateSettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    logger.info("migrated", action="migrate.done", applied=applied)
    return {"applied": applied}
