"""Answering a message with what is remembered, and remembering the turn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cairn.add.accept import AddMemory
from cairn.chat import prompt
from cairn.events.types import NewEvent
from cairn.filters import parse_filters
from cairn.kernel.errors import ModelError, NoModel
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.messages import Message
from cairn.memories.options import AddOptions
from cairn.memories.types import Selection
from cairn.models_ai.llm.port import Llm
from cairn.models_ai.prompt import Prompt
from cairn.projects.budget import Budget
from cairn.projects.store import PostgresProjectStore
from cairn.search.context import BuildContext, ContextRequest
from cairn.search.context_block import ContextBlock

_RECENT: Final = 10
_LONGEST: Final = 100_000  # characters of an answer, as of any message


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One message of a user to answer. `budget` is of the context block, in tokens."""

    text: str
    scope: Scope
    options: AddOptions
    budget: int
    remember: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer, the block it rests on, and the event that remembers the turn where it is remembered."""

    text: str
    context: ContextBlock
    event_id: UUID | None


class Chat:
    """Search, context, answer, remember. Raises NoModel where no model is set up."""

    def __init__(
        self, llm: Llm | None, context: BuildContext, add: AddMemory, projects: PostgresProjectStore, budget: Budget
    ) -> None:
        self._llm = llm
        self._context = context
        self._add = add
        self._projects = projects
        self._budget = budget

    def __call__(self, tenant: Tenant, turn: ChatTurn, now: datetime) -> Answered:
        """Answers; where the model fails nothing is remembered, so that a repeat does not remember twice.

        Raises:
            NoModel: no model is set up.
            BudgetExceeded: the project's tokens of today are spent.
            ModelError: the model did not answer.
        """
        if self._llm is None:
            raise NoModel(
                "Chat needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL, or CAIRN_LLM, and CAIRN_LLM_MODEL."
            )
        self._budget.check(tenant, now, always_model=True)
        block = self._context(tenant, _request(turn))
        answer = self._say(self._llm, tenant, prompt.render(message=turn.text, context=block.text))
        event_id = self._remember(tenant, turn, answer, now) if turn.remember else None
        return Answered(answer, block, event_id)

    def _say(self, llm: Llm, tenant: Tenant, prompt: Prompt) -> str:
        try:
            text, usage = llm.say(prompt)
        except ModelError as exc:
            if exc.usage:
                self._projects.record_usage(tenant, [exc.usage])
            raise
        self._projects.record_usage(tenant, [usage])
        # What was paid for is answered, without what Postgres could not remember of it.
        return text.replace("\x00", "").encode(errors="ignore").decode()[:_LONGEST]

    def _remember(self, tenant: Tenant, turn: ChatTurn, answer: str, now: datetime) -> UUID:
        said = [("user", turn.text), ("assistant", answer)]
        messages = tuple(Message(new_id(), n, role, None, text, now) for n, (role, text) in enumerate(said))
        # The answer may have spent the last of the budget; it is paid for, so it is not lost to that.
        return self._add(tenant, NewEvent(new_id(), turn.scope, turn.options, messages), now, in_budget=True).event.id


def _request(turn: ChatTurn) -> ContextRequest:
    scope = turn.scope
    ids = {"user_id": scope.user_id, "agent_id": scope.agent_id, "app_id": scope.app_id, "run_id": scope.run_id}
    where = parse_filters({name: value for name, value in ids.items() if value is not None})
    return ContextRequest(turn.text, Selection(where), scope, turn.budget, _RECENT, ZoneInfo(turn.options.timezone))
