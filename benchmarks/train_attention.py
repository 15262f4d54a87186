"""Learn the projections of attention from conversations in LoCoMo's format, and say what each part of a score is worth.

Every turn is stored and every question asked with explain, so that the signals are those the service computes; the
embeddings are made here, of the same texts. What is learned is added to the plain scaled dot product and begins at
nothing: of the probability that a softmax over all turns gives, as much as possible shall lie on those that answer. A
pull back to nothing keeps it small. Everything is fitted on all conversations but one and tried on that one.

    python -m benchmarks.train_attention ours.json                          leaves one conversation out at a time
    python -m benchmarks.train_attention ours.json --test theirs.json       and tries what ours teach on theirs
    python -m benchmarks.train_attention ours.json --write                  and keeps what all of them teach
"""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from benchmarks import ablation, train_ranking
from benchmarks.connection import add_arguments, no_traceback, reach
from benchmarks.conversations import Conversation, Question, read
from benchmarks.locomo import Run
from benchmarks.train_ranking import Asked, Outcome
from cairn.kernel.settings import ScoringSettings
from cairn.memories.types import indexed_text
from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.search.attention import FOLDER, Projections, write
from cairn.search.ranking import BM25, DEFAULT_WEIGHTS, SEMANTIC, Weights, composite

Floats = NDArray[np.floating[Any]]

_HEADS: Final = 64  # numbers that a query and a memory are projected to
_EPOCHS: Final = 60
_STEP: Final = 0.005
_PULL: Final = 0.0015  # of 0.0003 to 0.01 tried, what is best on conversations left out, ours and LoCoMo's
_EMBEDDER: Final = Path(__file__).resolve().parent.parent / "layers" / "embedder"
_SIGNALS: Final = ablation.SIGNALS


@dataclass(frozen=True, slots=True)
class Told:
    """One conversation: embeddings of its questions and turns, and for each pair the signals and whether it answers."""

    questions: Sequence[Question]
    queries: Floats
    memories: Floats
    signals: Floats
    recency: Floats  # one for each turn
    answers: NDArray[np.bool_]


def tell(client: httpx.Client, run: Run, embedder: OnnxEmbedder, conversation: Conversation) -> Told:
    """Store a conversation, ask its questions for all turns, and delete it again."""
    asked = ablation.gather(client, run, [conversation], Console(quiet=True))
    turns = [(turn, session) for session in conversation.sessions for turn in session.turns]
    place = {turn.turn_id: position for position, (turn, _) in enumerate(turns)}
    shown = np.zeros((len(asked), len(turns), len(ablation.EVERY)), dtype=np.float32)
    answers = np.zeros(shown.shape[:2], dtype=np.bool_)
    for number, one in enumerate(asked):
        shown[number, [place[turn] for turn in one.turns]] = one.signals
        answers[number, [place[turn] for turn in one.question.evidence]] = True
    memories = embedder.embed([indexed_text(turn.text, turn.speaker, session.at) for turn, session in turns])
    return Told(
        [one.question for one in asked],
        np.array(embedder.embed([one.question.text for one in asked]), dtype=np.float32),
        np.array(memories, dtype=np.float32),
        shown[:, :, : len(_SIGNALS)],
        recency(np.array([session.at.timestamp() for _, session in turns])),
        answers,
    )


def own_settings() -> ScoringSettings:
    """The shares and the half-life of the environment, or the default ones."""
    return ScoringSettings(environment="benchmark")  # pyright: ignore[reportCallIssue]  # the rest has defaults


def recency(at: Floats) -> Floats:
    """The signal, as the service computes it; it is not in its answer for what distillation drops."""
    return 0.5 ** ((at.max() - at) / 3_600 / own_settings().scoring_half_life_hours)


def gather(client: httpx.Client, path: Path, embedder: OnnxEmbedder) -> list[Told]:
    """Every conversation of a file."""
    run = Run(client, batch=50, suffix=uuid.uuid4().hex[:8], search_options={})
    conversations = track(read(path), description=path.name, console=Console(stderr=True))
    return [tell(client, run, embedder, conversation) for conversation in conversations]


def logits(told: Told, learned: Projections | None) -> Floats:
    """How each question attends to each turn, before softmax."""
    plain = np.sqrt(np.float32(told.queries.shape[1])) * (told.queries @ told.memories.T)
    if learned is None:
        return plain
    projected = (told.queries @ learned.query.T) @ (told.memories @ learned.memory.T).T
    return plain + projected / np.sqrt(np.float32(len(learned.query)))


def attention(told: Told, learned: Projections | None) -> Floats:
    """The signal: softmax over the turns, by its largest."""
    found = logits(told, learned)
    return np.exp(found - found.max(axis=1, keepdims=True))


def start(conversations: Sequence[Told]) -> list[Floats]:
    """Projections that add nothing: none of the query's, and the main directions of all embeddings for the memory's."""
    every = np.concatenate([part for told in conversations for part in (told.memories, told.queries)])
    _, directions = np.linalg.eigh(np.cov(every, rowvar=False))
    memory = np.sqrt(np.float32(_HEADS)) * directions[:, ::-1][:, :_HEADS].T / 3
    return [np.zeros_like(memory, dtype=np.float32), np.ascontiguousarray(memory, dtype=np.float32)]


def as_projections(weights: Sequence[Floats]) -> Projections:
    """The query's and the memory's, for the bundled embedder."""
    query, memory = (part.astype(np.float32) for part in weights)
    return Projections(OnnxEmbedder.model, query, memory)


def slope(told: Told, weights: Sequence[Floats]) -> tuple[Floats, Floats]:
    """How the loss of a conversation, summed over its questions, changes with each projection."""
    wanted = told.answers / told.answers.sum(axis=1, keepdims=True)
    found = attention(told, as_projections(weights))
    missed = (found / found.sum(axis=1, keepdims=True) - wanted).astype(np.float32) / np.sqrt(np.float32(_HEADS))
    queries, memories = told.queries @ weights[0].T, told.memories @ weights[1].T
    return (missed @ memories).T @ told.queries, (missed.T @ queries).T @ told.memories


def learn(conversations: Sequence[Told]) -> Projections:
    """The projections that attend to what answers. By Adam."""
    began = start(conversations)
    weights = [part.copy() for part in began]
    mean, spread = [np.zeros_like(part) for part in began], [np.zeros_like(part) for part in began]
    questions = sum(len(told.questions) for told in conversations)
    for epoch in range(1, _EPOCHS + 1):
        slopes = [slope(told, weights) for told in conversations]
        for side in (0, 1):
            change = sum((one[side] for one in slopes), np.zeros_like(began[side])) / questions
            change += _PULL * (weights[side] - began[side])
            mean[side] = 0.9 * mean[side] + 0.1 * change
            spread[side] = 0.99 * spread[side] + 0.01 * change**2
            moved = (mean[side] / (1 - 0.9**epoch)) / (np.sqrt(spread[side] / (1 - 0.99**epoch)) + 1e-8)
            weights[side] = (weights[side] - _STEP * moved).astype(np.float32)
    return as_projections(weights)


def asked(told: Told, signals: Floats) -> list[Asked]:
    """The questions with these signals, as the weights are learned from."""
    of = zip(told.questions, signals.astype(np.float64), told.answers, strict=True)
    return [Asked(question, own, answers) for question, own, answers in of]


def outcomes(told: Told, scores: Floats) -> list[Outcome]:
    """What each question finds with these scores."""
    return [train_ranking.outcome(one, np.ones(1)) for one in asked(told, scores[:, :, None])]


def by_composite(weights: Weights) -> Callable[[Told, Floats], Floats]:
    """The composite score of attention, similarity and recency. Importance is the same for all turns."""
    channels = [_SIGNALS.index(SEMANTIC), _SIGNALS.index(BM25)]

    def scores(told: Told, attended: Floats) -> Floats:
        similarity = told.signals[:, :, channels] @ np.array([weights.semantic, weights.bm25], dtype=np.float32)
        return weights.attention * attended + similarity + weights.recency * told.recency

    return scores


def scored() -> dict[str, Callable[[Told, Floats], Floats]]:
    """The scores that are compared, each made of a conversation and its attention."""
    own = own_settings()
    shares = own.scoring_attention, own.scoring_similarity, own.scoring_recency, own.scoring_importance
    linear = np.array([getattr(DEFAULT_WEIGHTS, name) for name in _SIGNALS], dtype=np.float32)
    return {
        "attention alone": lambda _, attended: attended,
        "composite": by_composite(composite(*shares)),
        "linear as shipped + 0.1 attention": lambda told, attended: told.signals @ linear + 0.1 * attended,
    }


def with_attention(told: Told, learned: Projections | None) -> list[Asked]:
    """The questions with attention as one more signal of the linear score."""
    return asked(told, np.concatenate([told.signals, attention(told, learned)[:, :, None]], axis=2))


def compared(
    tried: Sequence[Told], learned: Sequence[Projections], fitted: Callable[[list[list[Asked]]], list[Outcome]]
) -> Iterator[tuple[str, list[Outcome]]]:
    """Each score with plain attention and with what was learned for each conversation.

    `fitted` asks the questions with weights of the linear score that never saw them.
    """
    ways: dict[str, list[Projections | None]] = {"plain": [None] * len(tried), "learned": list(learned)}
    for name, score in scored().items():
        for way, projections in ways.items():
            of = zip(tried, projections, strict=True)
            yield (
                f"{name}, {way}",
                [one for told, own in of for one in outcomes(told, score(told, attention(told, own)))],
            )
    linear = np.array([getattr(DEFAULT_WEIGHTS, name) for name in _SIGNALS], dtype=np.float32)
    yield "linear as shipped", [one for told in tried for one in outcomes(told, told.signals @ linear)]
    yield "linear, fitted", fitted([asked(told, told.signals) for told in tried])
    for way, projections in ways.items():
        of = zip(tried, projections, strict=True)
        yield f"linear + attention, fitted, {way}", fitted([with_attention(told, own) for told, own in of])


def left_out(questions: list[list[Asked]]) -> list[Outcome]:
    """Every question, asked with weights that never saw its conversation."""
    return train_ranking.left_out(questions, questions[0][0].signals.shape[1])


def teach(told: Sequence[Told], cross: Sequence[Projections]) -> Callable[[list[list[Asked]]], list[Outcome]]:
    """Weights fitted on these conversations, with attention that never saw each, ask others' questions."""

    def fitted(questions: list[list[Asked]]) -> list[Outcome]:
        count = questions[0][0].signals.shape[1]
        pairs = zip(told, cross, strict=True)
        own = [with_attention(one, learned) for one, learned in pairs]
        taught = [Asked(one.question, one.signals[:, :count], one.answers) for each in own for one in each]
        weights = train_ranking.fit(taught, count)
        return [train_ranking.outcome(one, weights) for each in questions for one in each]

    return fitted


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", help="conversations to learn from, in LoCoMo's format")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="conversations to try the projections on")
    parser.add_argument(
        "--write", action="store_true", help="write what all conversations teach to where it is shipped"
    )
    add_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Learn from the command line."""
    options, console, embedder = arguments(), Console(), OnnxEmbedder(_EMBEDDER)
    with reach(options).client() as client, no_traceback():
        told = [one for path in options.files for one in gather(client, path, embedder)]
        tests = {path.stem: gather(client, path, embedder) for path in options.test}
    if len(told) < 2:
        raise SystemExit("One conversation is left out at a time, so there must be two or more.")
    cross = [learn([other for other in told if other is not left]) for left in told]
    console.print("each conversation left out in turn")
    train_ranking.show(dict(compared(told, cross, left_out)), console)
    learned = learn(told)
    for name, tried in tests.items():
        console.print(f"{name}, learned on {', '.join(path.stem for path in options.files)}")
        train_ranking.show(dict(compared(tried, [learned] * len(tried), teach(told, cross))), console)
    if options.write:
        write(FOLDER / f"{OnnxEmbedder.model}.npz", learned)


if __name__ == "__main__":
    main()
