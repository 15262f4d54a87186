"""Whether a text tells of what must not be forgotten: an allergy, a diet, an illness, a medicine.

Some stems of each language, not the whole of its words: what they find is shown where there is room, and one too many
does no harm.
"""

import re
from typing import Final

from cairn.language.fold import fold

VITAL: Final = 8.0
"""The importance, of 10, that such a text has where no model gave one."""
_MIDDLE: Final = 5.0

# At the beginning of a word, folded; those of scripts without blanks anywhere.
_STEMS: Final = (
    # allergies and intolerances
    "\\w{0,20}allerg|alerg|аллерг|алерг|αλλεργ|anaphyla|anafila|coeliac|celiac|zoliakie|celiaqu|celiac|целиак|"
    "intoleran|unvertrag|непереносим|epipen|"
    # diets
    "vegan|vegetari|vegetalien|веган|вегетар|wegan|wegetari|kosher|koscher|kasher|halal|кошер|халял|"
    "gluten|lactos|laktos|lattosio|глютен|лактоз|"
    # illnesses and medicines
    "diabet|zuckerkrank|диабет|cukrzyc|epilep|эпилеп|asthma|asma\\b|asthme|астм|astma|pacemaker|herzschrittmacher|"
    "insulin|инсулин|medication|medikament|medicament|medicin[ea]s?\\b|medicijn|farmac|лекарств|"
    "blood thinner|blutverdunner|pregnan|schwanger|embaraz|enceinte|incinta|gravida|zwanger|беремен|chemotherap|"
    "heart condition|heart disease|suicid"
)
_UNSPACED: Final = (
    "过敏|過敏|アレルギー|알레르기|알러지|素食|ベジタリアン|ヴィーガン|ビーガン|菜食|채식|비건|清真|ハラール|할랄|"
    "糖尿病|당뇨|癫痫|癲癇|てんかん|간질|哮喘|喘息|천식|胰岛素|インスリン|怀孕|懷孕|妊娠|임신|忌口|"
    "حساسية|نباتي|السكري|एलर्जी|शाकाहारी|मधुमेह|แพ้|มังสวิรัติ|เบาหวาน"
)
_VITAL: Final = re.compile(rf"\b(?:{_STEMS})|{fold(_UNSPACED)}")


def is_vital(text: str) -> bool:
    """Whether it tells of an allergy, a diet, or somebody's health, in one of the languages that are known."""
    return _VITAL.search(fold(text)) is not None


def importance(text: str) -> float:
    """The importance of a text that nobody gave one: that of what is vital, or the middle."""
    return VITAL if is_vital(text) else _MIDDLE
