"""What must not be forgotten is known by its words, in many languages."""

import pytest

from cairn.language.vital import is_vital

VITAL = [
    "I am allergic to peanuts.",
    "My brother Ben is vegan.",
    "Ich habe eine Nussallergie.",
    "Ich bin allergisch gegen Nüsse.",
    "Soy alérgica a los mariscos.",
    "Je suis végétarienne.",
    "Sono allergico alle noci.",
    "Tenho diabetes.",
    "Ik ben zwanger.",
    "У меня аллергия на орехи.",
    "我对花生过敏。",
    "ピーナッツアレルギーがあります。",
    "땅콩 알레르기가 있어요.",
]


@pytest.mark.parametrize("text", VITAL)
def test_health_and_diets_are_vital(text):
    assert is_vital(text)


@pytest.mark.parametrize("text", ["I made a great satay yesterday.", "Ich wohne in Gera.", "我去公园散步。", ""])
def test_other_things_are_not(text):
    assert not is_vital(text)
