"""One word in both kana."""

import pytest

from cairn.language.kana import other_kana


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ラーメン", "らーめん"),
        ("らーめん", "ラーメン"),
        ("ﾗｰﾒﾝ", "らーめん"),
        ("ヴァイオリン", "ゔぁいおりん"),
        ("さくらという猫", "サクラ"),
        ("犬が好きです", ""),
        ("どこに住んでいますか", ""),
        ("クリスマス", "くりす"),
        ("where is my カメラ", "かめら"),
        ("noodles", ""),
    ],
)
def test_a_word_is_written_in_the_other_kana_and_grammar_is_not(text, other):
    assert other_kana(text) == other
