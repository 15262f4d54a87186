"""What a project may spend on models in a day."""

from datetime import UTC, datetime, time, timedelta
from math import ceil

from cairn.kernel.errors import BudgetExceeded
from cairn.kernel.tenancy import Tenant
from cairn.projects.store import PostgresProjectStore
from cairn.projects.types import Extractor, ProjectSettings


class Budget:
    """Tokens per project and day (UTC). `default` holds where a project has none of its own; 0 is no limit.

    `embeds_elsewhere` says that an endpoint embeds, and counts tokens of every project.
    """

    def __init__(self, projects: PostgresProjectStore, default: int, *, embeds_elsewhere: bool = False) -> None:
        self._projects = projects
        self._default = default
        self._embeds_elsewhere = embeds_elsewhere

    def limit(self, settings: ProjectSettings) -> int:
        """The tokens a day that hold for a project with these settings; 0 is no limit."""
        return self._default if settings.daily_token_budget is None else settings.daily_token_budget

    def check(self, tenant: Tenant, now: datetime, *, always_model: bool = False) -> None:
        """Raises BudgetExceeded where today's tokens are spent; by rules a project spends none but on embeddings.

        `always_model` is for what needs a model whatever the project extracts with.
        """
        settings, spent = self._projects.tokens_today(tenant)
        limit = self.limit(settings)
        spends = always_model or self._embeds_elsewhere or settings.extractor is Extractor.MODEL
        if limit and spends and spent >= limit:
            raise BudgetExceeded(
                f"The project has spent its {limit} tokens of today; reads and infer=false go on.",
                retry_after=seconds_to_midnight(now),
            )


def seconds_to_midnight(now: datetime) -> int:
    """Whole seconds until the next day begins in UTC."""
    today = now.astimezone(UTC)
    midnight = datetime.combine(today.date() + timedelta(days=1), time(), UTC)
    return ceil((midnight - today).total_seconds())
