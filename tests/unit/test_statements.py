"""Which sentences of a message state something."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.statements import statements


def texts(content):
    return [statement.text for statement in statements(content)]


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("I live in Oslo. I work at Statoil.", ["I live in Oslo.", "I work at Statoil."]),
        ("i live in oslo. it rains a lot there", ["i live in oslo.", "it rains a lot there"]),
        ("Dr. Larsen is my dentist. She is in Bergen.", ["Dr. Larsen is my dentist.", "She is in Bergen."]),
        ("I like fruit, e.g. mangoes and figs.", ["I like fruit, e.g. mangoes and figs."]),
        ("My rent is 3.5 percent of it. My car is red.", ["My rent is 3.5 percent of it.", "My car is red."]),
        ("I was at 10.30 p.m. on the train home.", ["I was at 10.30 p.m. on the train home."]),
        ("I got up at 5 a.m. My dog did too.", ["I got up at 5 a.m.", "My dog did too."]),
        ("J. R. Hansen is my boss.", ["J. R. Hansen is my boss."]),
        ("I lived in the U.S. before I moved.", ["I lived in the U.S. before I moved."]),
        ("My flat is no. 7 on the left.", ["My flat is no. 7 on the left."]),
        ("I moved on Jan. 5 to Rome.", ["I moved on Jan. 5 to Rome."]),
        ("I love pizza... and pasta too", ["I love pizza... and pasta too"]),
        ("I love pizza... My wife hates it.", ["I love pizza...", "My wife hates it."]),
        ('My son asked "are we there yet?" all day long.', ['My son asked "are we there yet?" all day long.']),
        ("My mother said “I love you.” We both cried.", ["My mother said “I love you.”", "We both cried."]),
        ("I have two cats!!! They are both black!", ["I have two cats!!!", "They are both black!"]),
        ("I live in Oslo\nMy dog is called Rex", ["I live in Oslo", "My dog is called Rex"]),
        ("I live in Oslo\r\n\r\nMy dog is called Rex", ["I live in Oslo", "My dog is called Rex"]),
        ("- I am vegan\n* I run marathons\n3. I play chess", ["I am vegan", "I run marathons", "I play chess"]),
        ("My hobbies are:\n- chess\n- sailing", ["My hobbies are:\n- chess\n- sailing"]),
        (
            "Last summer my two sisters and I went sailing around the\nislands in the north of Norway.",
            ["Last summer my two sisters and I went sailing around the\nislands in the north of Norway."],
        ),
        ("My site is example.com and I write there.", ["My site is example.com and I write there."]),
        ("我住在北京。我喜欢喝茶！", ["我住在北京。", "我喜欢喝茶！"]),
        ("私は東京に住んでいます。犬が好きです。", ["私は東京に住んでいます。", "犬が好きです。"]),
        ("I love sushi 🍣! My cat hates it 😾.", ["I love sushi 🍣!", "My cat hates it 😾."]),
        (
            "My script is\n```\nI = 1\nprint it now please\n```\nIt runs each night.",
            ["My script is", "It runs each night."],
        ),
    ],
)
def test_sentences_are_kept_as_they_were_said(content, kept):
    assert texts(content) == kept


@pytest.mark.parametrize(
    "content",
    [
        "Hi!",
        "Hello there, my friend",
        "good morning Anna",
        "Good evening everyone!",
        "ok thanks",
        "Thank you so much for your help",
        "thanks a lot, Cairn",
        "Sounds good to me",
        "That's great!",
        "That is correct.",
        "I see.",
        "I don't know",
        "Yes, I do.",
        "I was there",
        "No problem",
        "Nice to meet you too",
        "Have a nice day!",
        "See you tomorrow",
        "lol haha",
        "Sure, of course.",
        "Got it, thanks",
        "😀😀",
        "...",
        "?!",
        "",
        "   \n\t ",
        "Pizza!",
        "42",
        "blue car",
        "你好！",
        "谢谢你的帮助。",
        "¡Hola!",
    ],
)
def test_small_talk_and_fragments_state_nothing(content):
    assert texts(content) == []


@pytest.mark.parametrize(
    "content",
    [
        "What is my name?",
        "what is my name",
        "what's my favourite food",
        "What kind of food do I like",
        "what time is it",
        "which restaurant do you recommend",
        "who wrote this book",
        "When is my flight",
        "why not",
        "How many dogs do I have",
        "how are you doing today",
        "Hi, how are you?",
        "how to cook rice",
        "do you know where I live",
        "can you help me",
        "Could you please write a poem",
        "would you say I am tall",
        "are there any messages for me",
        "Is Anna my sister",
        "isn't it cold today",
        "Did I tell you about Rex",
        "have you heard of Rex",
        "am I vegetarian",
        "I wonder what my name is",
        "I was wondering if you know my name",
        "I want to know when we met",
        "any ideas for dinner",
        "So, does it rain there",
        "Really, you think so?",
        "你叫什么名字？",
        "你喜欢喝茶吗",
    ],
)
def test_questions_state_nothing_with_or_without_a_question_mark(content):
    assert texts(content) == []


@pytest.mark.parametrize(
    "content",
    [
        "Please remind me to call my mother.",
        "Tell me a joke about cats",
        "Write a poem about the sea",
        "please summarize this text for me",
        "Give me three ideas",
        "Book a table for two",
        "ok now translate it to German",
        "Make it shorter",
        "I need you to check this",
        "I'd like you to write a mail",
        "Let me know",
        "let's go",
        "Don't forget to call Anna",
        "Remember to buy some milk",
        "Remember me?",
        "Can you remember my name?",
        "Don't tell anyone about it",
        "Two tickets to Oslo, please",
        "Please be brief and friendly",
        "What do you remember about me?",
    ],
)
def test_requests_state_nothing(content):
    assert texts(content) == []


@pytest.mark.parametrize(
    "content",
    [
        "Hi, I'm Anna and I live in Oslo.",
        "Good morning, today I start my new job at Google.",
        "Thanks, I already have two dogs.",
        "Thanks to my sister I found a flat.",
        "I'm vegetarian, what should I cook?",
        "My mother is from Chile, do you know Chile?",
        "Tell me a joke, I'm bored at work.",
        "Nice to meet you, I'm a nurse from Turku.",
        "When I was young I lived in Rome.",
        "What I like most is swimming.",
        "Which is why I moved to Lima.",
        "I wanted to be a pilot.",
        "I need help with my thesis on whales.",
        "Will is my brother.",
        "Can't stand onions.",
        "Had a great day at the beach.",
        "Would love to visit Japan one day.",
        "Plan to visit Rome next week.",
        "Play tennis every Sunday.",
        "Call me Al.",
        "I'm Anna",
        "I'm vegan!",
        "love pizza",
        "Yes, I have been to Peru.",
        "No dogs are allowed in my flat.",
        "I should be in Oslo by May.",
        "It takes me an hour to get to work.",
        "My favourite colour is blue.",
        "Yesterday we went to the opera.",
        "Thanksgiving is when my family meets.",
        "Take care of my father every weekend.",
        "Ich wohne in Berlin.",
        "Me gusta mucho el café.",
    ],
)
def test_a_sentence_that_states_something_is_kept_whole(content):
    assert texts(content) == [content]


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("Remember that I am allergic to nuts", "I am allergic to nuts"),
        ("Please remember that my birthday is on May 3.", "my birthday is on May 3."),
        ("please note: the door code is 4711", "the door code is 4711"),
        ("Can you remember that I like tea?", "I like tea?"),
        ("Remember I hate flying.", "I hate flying."),
        ("Keep in mind that we moved to Lyon", "we moved to Lyon"),
        ("Don't forget that I'm vegan", "I'm vegan"),
        ("FYI, my boss is called Eva", "my boss is called Eva"),
        ("I want you to know that I sold my car", "I sold my car"),
    ],
)
def test_what_is_to_be_remembered_is_kept_without_the_request(content, kept):
    assert texts(content) == [kept]


def test_only_the_statements_of_a_mixed_message_are_kept():
    content = (
        "Hey! How are you? I moved to Oslo last week.\nCan you recommend a dentist?  My budget is 200 euros. Thanks!"
    )

    assert texts(content) == ["I moved to Oslo last week.", "My budget is 200 euros."]


def test_offsets_point_at_the_text():
    content = "  Hi!\n\n - My dog is Rex 🐶.   Remember that I am 40.  我住在北京。"

    for statement in statements(content):
        assert content[statement.start : statement.end] == statement.text
    assert len(statements(content)) == 3


@given(st.text())
def test_any_string_can_be_read_and_its_statements_lie_in_it(content):
    previous_end = 0
    for statement in statements(content):
        assert content[statement.start : statement.end] == statement.text == statement.text.strip()
        assert statement.start >= previous_end
        previous_end = statement.end


@given(
    st.lists(
        st.sampled_from(("I", "live", "in", "Oslo", ".", "?", "\n", "- ", " ", "Remember that ", "e.g.", "…")),
        max_size=40,
    )
)
def test_any_mix_of_words_and_marks_can_be_read(parts):
    content = "".join(parts)

    assert all(content[found.start : found.end] == found.text for found in statements(content))


def test_at_most_two_hundred_statements_are_kept():
    assert len(statements("I have been to Rome. " * 4000)) == 200


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        "?",
        "!x",
        ". ",
        ", ",
        "\n",
        "\n\n",
        " ",
        "please ",
        "Hi ",
        "- ",
        "(",
        '"',
        "> ",
        "1.",
        "?)",
        "I ",
        "我",
    ],
)
def test_a_hundred_thousand_characters_are_read_in_no_time(unit):
    content = (unit * 100_000)[:100_000]
    began = time.perf_counter()

    statements(content)
    statements(content + "x")
    statements("Remember" + content)

    # Milliseconds in fact; what is quadratic would take minutes.
    assert time.perf_counter() - began < 5
