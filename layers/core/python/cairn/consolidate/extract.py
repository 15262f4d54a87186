"""The first step of consolidation: facts out of messages, by a model or by rules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cairn.consolidate.believe import believed, believed_summary
from cairn.consolidate.keep_whole import Speech, speech, unread
from cairn.consolidate.prompts import extract, procedure
from cairn.consolidate.types import Fact
from cairn.events.types import Work
from cairn.kernel.errors import ModelError
from cairn.kernel.ids import new_id
from cairn.kernel.usage import TokenUsage
from cairn.language.dated import Dated
from cairn.language.entities import read
from cairn.language.excluding import excludes
from cairn.language.periods import Period, periods
from cairn.language.preferences import states_preference
from cairn.language.vital import importance
from cairn.memories.messages import sources
from cairn.memories.types import Kind, NewMemory
from cairn.models_ai.llm.port import AnswerT, Llm
from cairn.models_ai.prompt import Prompt
from cairn.projects.types import PREFERENCES, ExtractionInstructions

EXCLUDED: Final = "excluded"
_BY_WORDS: Final = "Without a model `excludes` keeps out what names it in the same words; the rest is kept."
_NEED_A_MODEL: Final = "Not followed, as that takes a model: {}."
_KEPT_AS_SAID: Final = "Not followed, as infer=false keeps messages as they are: {}."
RULES: Final = "whole-1"  # messages kept whole; memories of "rules-1" are single sentences


@dataclass(frozen=True, slots=True)
class Extracted:
    """The facts of one event, the scope's new summary where a model wrote one, and what was not believed.

    `warnings` say what of the add's wishes cannot be promised.
    """

    facts: Sequence[Fact]
    extractor: str
    summary: str | None = None
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    warnings: tuple[str, ...] = ()


class UsageMeter:
    """Asks the model on behalf of one event, and keeps account of what that cost, failures included."""

    def __init__(self, llm: Llm) -> None:
        self.model = llm.model
        self.usage: list[TokenUsage] = []
        self._llm = llm

    def ask(self, prompt: Prompt, answer: type[AnswerT]) -> AnswerT:
        """The model's answer; raises a ModelError."""
        try:
            found, usage = self._llm.ask(prompt, answer)
        except ModelError as exc:
            self.usage += [exc.usage] if exc.usage else []
            raise
        self.usage.append(usage)
        return found


def by_model(work: Work, meter: UsageMeter) -> Extracted:
    """One extraction call; what cannot be believed is dropped and counted."""
    extractor = f"{meter.model} {extract.VERSION}"
    messages, passed = sources(work.messages), unread(work.messages)
    if not messages:
        return Extracted([], extractor, dropped=passed)
    extraction = work.extraction
    prompt = extract.render(
        messages=messages,
        recent=sources(work.recent),
        summary=work.summary or None,
        extraction=extraction,
        timezone=work.options.timezone,
    )
    answer = meter.ask(prompt, extract.Extraction)
    zone = ZoneInfo(work.options.timezone)
    facts, dropped = believed(answer, messages, extract.allowed_categories(extraction), zone)
    return Extracted(facts, extractor, believed_summary(answer, facts), Counter(dropped) + Counter(passed))


def by_rules(work: Work) -> Extracted:
    """Facts without a model: what people say, whole, as it was said; what is passed over is counted."""
    zone = ZoneInfo(work.options.timezone)
    extraction = work.extraction
    said, passed = speech(work.messages, of_agent=work.scope.agent_id is not None)
    kept = [each for each in said if not excludes(extraction.excludes or "", each.text)]
    dropped = Counter(passed) + Counter({EXCLUDED: len(said) - len(kept)})
    return Extracted([_stated(each, zone) for each in kept], RULES, dropped=dropped, warnings=unfollowed(extraction))


def unfollowed(extraction: ExtractionInstructions, *, by_words: bool = True) -> tuple[str, ...]:
    """What no model is there to follow of an add's instructions; `by_words` is how `excludes` is followed then."""
    names = _names(replace(extraction, excludes=None) if by_words else extraction)
    limited = [_BY_WORDS] if by_words and extraction.excludes else []
    return (*limited, *([_NEED_A_MODEL.format(names)] if names else []))


def unfollowed_verbatim(extraction: ExtractionInstructions) -> tuple[str, ...]:
    """What cannot be promised of them where messages are kept as they are."""
    names = _names(extraction)
    return (_KEPT_AS_SAID.format(names),) if names else ()


def _names(extraction: ExtractionInstructions) -> str:
    """The instructions that are there, as the fields of an add are called."""
    by_name = {
        "custom_instructions": extraction.custom_instructions,
        "agent_custom_instructions": extraction.agent_custom_instructions,
        "includes": extraction.includes,
        "excludes": extraction.excludes,
        "custom_categories": extraction.categories,
    }
    return ", ".join(name for name, wish in by_name.items() if wish)


def _stated(said: Speech, zone: ZoneInfo) -> Fact:
    """What was said as a fact; a state dates from its "since", an event from the day, month or year it names."""
    text, message = said.text, said.message
    found = periods(text, message.occurred_at, zone)
    named = read(text, message.actor)
    return Fact(
        text,
        message.actor,
        message.occurred_at,
        message.id,
        said.span,
        category=PREFERENCES if states_preference(text) else None,
        importance=importance(text),
        event=_event(found),
        since=_since(found, message.occurred_at),
        from_user=message.role == "user",
        entities=named.entities,
        relations=named.relations,
    )


def _event(found: Sequence[Period]) -> Dated | None:
    """When it happened: the first date or period that the text names; a state that began then is no event."""
    if any(period.since for period in found):
        return None
    return next((period.told for period in found if period.told), None)


def _since(found: Sequence[Period], said_at: datetime) -> Dated | None:
    """When a state began; what is said to begin later has not begun."""
    begun = next((period.told for period in found if period.since), None)
    return begun if begun and begun.at <= said_at else None


def procedural(work: Work, meter: UsageMeter | None) -> NewMemory:
    """One memory of how an agent did its work: told by the model, or the transcript itself where there is none.

    It names no entities: what stands in it are paths, commands and tools rather than whom and what the scope is about.
    """
    last = work.messages[-1]
    if meter:
        prompt = procedure.render(messages=work.messages, extraction=work.extraction)
        text, extractor = meter.ask(prompt, procedure.Procedure).text, f"{meter.model} {procedure.VERSION}"
    else:
        text, extractor = "\n".join(f"{m.actor}: {m.content}" for m in work.messages), RULES
    fact = Fact(text, work.scope.agent_id or last.actor, last.occurred_at, last.id, (0, len(last.content)))
    return replace(
        draft(fact, work, extractor),
        kind=Kind.PROCEDURAL,
        source_message_ids=tuple(m.id for m in work.messages),
        source_spans=tuple((0, len(m.content)) for m in work.messages),
    )


def draft(fact: Fact, work: Work, extractor: str) -> NewMemory:
    """The fact as it would be stored, not embedded yet."""
    return NewMemory(
        id=new_id(),
        scope=work.scope,
        kind=Kind.FACT,
        text=fact.text,
        actor=fact.actor,
        told_at=fact.occurred_at,
        valid_from=fact.valid_from,
        embedding=(),
        options=work.options,
        source_message_ids=(fact.source_message_id,),
        source_spans=(fact.source_span,),
        extractor=extractor,
        categories=(fact.category,) if fact.category else (),
        importance=fact.importance,
        event=fact.event,
        since=fact.since.precision if fact.since else None,
        entities=fact.entities,
        relations=fact.relations,
    )
