"""Whether a question is about what the assistant said: "What did you recommend?"."""

import re
from typing import Final

from cairn.language.fold import fold

_READ: Final = 2_000  # characters of a question
# Who is spoken to, and what he did with words; folded.
_ABOUT: Final = re.compile(
    r"\b(?:did|have|had) you (?:\w+ ){0,2}(?:recommend|suggest|sa(?:y|id)\b|tell|told|g[ai]ve|mention|list|provide|advise|explain|wr[io]te|propose|answer|create)|"
    r"\byou(?:'d|'ve| had| have)? (?:\w+ ){0,2}(?:said|told|gave|given|recommended|suggested|mentioned|listed|provided|advised|explained|wrote|"
    r"written|proposed|answered|created|shared|described)\b|"
    r"\bour (?:previous|last|earlier|past) (?:chat|conversation|discussion)|\b(?:previous|earlier|last) (?:chat|conversation)\b|"
    r"\b(?:assistant|chatbot|bot) (?:\w+ )?(?:said|told|recommended|suggested|gave|say|tell|recommend|suggest)\b|"
    r"\b(?:du|sie)\b.{0,40}\b(?:gesagt|empfohlen|vorgeschlagen|genannt|geschrieben|erklart|erwahnt|geraten)\b|"
    r"\b(?:tu|vous)\b.{0,12}\b(?:as|avez)\b.{0,12}\b(?:dit|recommande|conseille|donne|propose|suggere|explique|ecrit)\b|"
    r"\bt'avais? dit\b|\bm'(?:as|avez|avais|aviez)(?:-tu|-vous)? (?:dit|recommande|conseille|donne|propose|suggere|explique)\b|"
    r"\bme (?:dijiste|recomendaste|diste|sugeriste|contaste|aconsejaste|explicaste|propusiste)\b|"
    r"\b(?:mi|ci) (?:hai|avevi|ha) (?:detto|consigliato|dato|suggerito|spiegato|proposto|raccomandato)\b|"
    r"\b(?:voce|tu)\b.{0,6}\b(?:me )?(?:disse|recomendou|deu|sugeriu|explicou|indicou|falou)\b|"
    r"\b(?:je|jij|u)\b.{0,30}\b(?:gezegd|aanbevolen|aangeraden|voorgesteld|verteld|genoemd)\b|"
    r"\b(?:ты|вы)\b.{0,20}\b(?:сказал|советовал|посоветовал|рекомендовал|предложил|порекомендовал|говорил|написал)|"
    r"\b(?:mowiles|poleciles|polecilas|doradziles|mowilas|zaproponowales|powiedziales|powiedzialas)\b|"
    r"[你您].{0,6}(?:说过|說過|推荐|推薦|建议|建議|告诉过|告訴過|提到|提过|给过)|"
    r"(?:言って|教えて|勧めて|薦めて|提案して|おすすめして)(?:くれた|いた|くれました|いました)|"
    r"(?:말해|추천해|알려|제안해) ?(?:줬|주셨|준)"
)


def asks_about_agent(question: str) -> bool:
    """Whether it asks for what whoever is asked has said himself."""
    return _ABOUT.search(fold(question[:_READ])) is not None
