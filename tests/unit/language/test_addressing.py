"""Whether a question is about what the assistant said."""

import pytest

from cairn.language.addressing import asks_about_agent


@pytest.mark.parametrize(
    "question",
    [
        "What did you recommend?",
        "What was the name of the hotel that you mentioned?",
        "In our previous conversation we spoke of a book; which one?",
        "Which restaurant had the assistant suggested?",
        "Was hast du mir empfohlen?",
        "Que m'as-tu conseillé ?",
        "Quel hôtel tu m'as recommandé ?",
        "¿Qué hotel me recomendaste?",
        "Che libro mi hai consigliato?",
        "Qual livro você me recomendou?",
        "Welk boek heb je aanbevolen?",
        "Какой фильм ты посоветовал?",
        "Jaki film poleciłeś?",
        "你推荐的餐厅叫什么？",
        "おすすめしてくれた店は？",
        "추천해 준 책은?",
    ],
)
def test_what_an_assistant_said_is_asked_about(question: str):
    assert asks_about_agent(question)


@pytest.mark.parametrize(
    "question",
    [
        "Where do I live?",
        "What do you know about my sister?",
        "Can you tell me where I live?",
        "Could you suggest a gift for my mother?",
        "Do you recommend the blue one?",
        "Remind me where my passport is.",
        "What did my doctor recommend?",
        "What did she tell you?",
        "Wie heißt meine Schwester?",
        "Où habite ma sœur ?",
        "你知道我住哪里吗？",
        "妹はどこに住んでいますか",
        "",
    ],
)
def test_what_a_person_said_is(question: str):
    assert not asks_about_agent(question)


def test_a_long_question_is_read_once():
    assert not asks_about_agent("you " * 50_000)
