"""Invented things that people say and ask: varied, plausible, and the same for the same seed."""

from __future__ import annotations

from random import Random
from typing import Final

_PEOPLE: Final = (
    "my sister", "my brother", "my neighbour", "my boss", "my best friend", "my aunt", "my dentist", "my flatmate",
    "Ingrid", "Mateo", "Yuki", "Amara", "Tomasz", "Leila", "Björn", "Priya", "Kofi", "Chloé", "Dmitri", "Aroha",
)  # fmt: skip
_PLACES: Final = (
    "Bergen", "Valparaíso", "Kyoto", "Accra", "Gdańsk", "Isfahan", "Malmö", "Pune", "Kumasi", "Lyon", "Tbilisi",
    "Wellington", "Porto", "Tallinn", "Cusco", "Ljubljana", "the old harbour", "the market hall", "the north shore",
)  # fmt: skip
_THINGS: Final = (
    "a cello", "a rowing boat", "a sewing machine", "an espresso grinder", "a telescope", "a folding bike", "a beehive",
    "a pottery wheel", "a tandem", "a piano accordion", "a greenhouse", "a kayak", "a record player", "a bread oven",
)  # fmt: skip
_FOODS: Final = (
    "cardamom buns", "lentil soup", "grilled sardines", "mushroom dumplings", "plantain", "rye bread", "pumpkin curry",
    "goat cheese", "black olives", "peanut stew", "rhubarb cake", "pickled herring", "miso soup", "flat white coffee",
)  # fmt: skip
_PASTIMES: Final = (
    "bouldering", "choir singing", "letterpress printing", "open water swimming", "bird watching", "fencing",
    "chess by mail", "night photography", "salsa dancing", "beekeeping", "sketching trains", "orienteering",
)  # fmt: skip
_TIMES: Final = (
    "last Tuesday", "in early spring", "two years ago", "on the first of May", "during the storm", "after the wedding",
    "every second weekend", "before sunrise", "in the autumn of 2019", "when the exams were over", "this morning",
)  # fmt: skip
_FEELINGS: Final = ("relieved", "proud", "nervous", "thrilled", "homesick", "worn out", "curious", "calm", "annoyed")

_SAID: Final = (
    "I bought {thing} from {person} {time} and paid {number} euros for it.",
    "{person} moved to {place} {time} and I felt {feeling} about it.",
    "I cannot eat {food}, but {person} cooks it {time}.",
    "We met {person} in {place} {time} to talk about {pastime}.",
    "My new hobby is {pastime}; I practise it in {place} with {person}.",
    "{person} taught me {pastime} {time}, which took {number} lessons.",
    "The best {food} I ever had was in {place} {time}.",
    "I am saving {number} euros a month for {thing}.",
    "I was {feeling} {time} because {person} sold {thing} in {place}.",
    "My flight to {place} leaves at gate {number}, and {person} comes along.",
    "I gave up {pastime} {time} and took up cooking {food} instead.",
    "{person} owes me {number} euros since we rented {thing} in {place}.",
)
_ASKED: Final = (
    "Who taught me {pastime}?",
    "When did {person} move to {place}?",
    "How much did I pay for {thing}?",
    "What did we eat in {place}, {food} or something else?",
    "What do I do with {person} {time}?",
    "Which hobby did I give up, was it {pastime}?",
    "Why was I {feeling} about {thing}?",
    "{person} {place} {pastime}",
)


def said(random: Random) -> str:
    """Invent what somebody tells an assistant."""
    return _filled(random, _SAID)


def asked(random: Random) -> str:
    """Invent what an assistant would look up."""
    return _filled(random, _ASKED)


def _filled(random: Random, forms: tuple[str, ...]) -> str:
    text = random.choice(forms).format(
        person=random.choice(_PEOPLE),
        place=random.choice(_PLACES),
        thing=random.choice(_THINGS),
        food=random.choice(_FOODS),
        pastime=random.choice(_PASTIMES),
        time=random.choice(_TIMES),
        feeling=random.choice(_FEELINGS),
        number=random.randint(2, 990),
    )
    return text[0].upper() + text[1:]
