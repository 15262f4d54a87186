"""migrate: runs at deploy, before the new code takes traffic. It raises where a migration fails."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn import bootstrap
from cairn.observability import logger
from cairn.settings import MigrateSettings


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Applies the missing migrations and names them."""
    applied = bootstrap.run_migrations(MigrateSettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    logger.info("migrated", action="migrate.done", applied=applied)
    return {"applied": applied}
