"""Dates of other languages, put into the English words that the rules read; one table, not rules of each language."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MONTHS: Final = {
    "January": "januar janvier enero gennaio janeiro januari января январе январь stycznia styczniu",
    "February": "februar février febrero febbraio fevereiro februari февраля феврале февраль lutego lutym",
    "March": "märz marzo março maart марта марте март marca marcu",
    "April": "avril abril aprile апреля апреле апрель kwietnia kwietniu",
    "May": "mai mayo maggio maio mei мая мае май maja maju",
    "June": "juni juin junio giugno junho июня июне июнь czerwca czerwcu",
    "July": "juli juillet julio luglio julho июля июле июль lipca lipcu",
    "August": "août agosto augustus августа августе август sierpnia sierpniu",
    "September": "septembre septiembre settembre setembro сентября сентябре сентябрь września wrześniu",
    "October": "oktober octobre octubre ottobre outubro октября октябре октябрь października październiku",
    "November": "novembre noviembre novembro ноября ноябре ноябрь listopada listopadzie",
    "December": "dezember décembre diciembre dicembre dezembro декабря декабре декабрь grudnia grudniu",
}
# Names that English shares are months here beside a day, a year or a word of the language.
_MONTH_OF: Final = {name: month for month, names in _MONTHS.items() for name in (*names.split(), month.lower())} | {
    "mars": "March",
    "august": "August",
}
_PHRASES: Final = {
    "yesterday": "gestern|ayer|ieri|ontem|gisteren|вчера|wczoraj|昨天|昨日|きのう|어제",
    "today": "heute|hoy|aujourd['’]hui|oggi|hoje|vandaag|сегодня|dzisiaj|dziś|今天|今日|오늘",
    "tomorrow": "morgen früh|domani|amanhã|demain|завтра|jutro|明天|明日|내일",
    "the day before yesterday": (
        "vorgestern|anteayer|avant-hier|l['’]altro ieri|anteontem|eergisteren|позавчера|前天|一昨日|그저께"
    ),
    "last week": (
        "(?:letzte|vorige|vergangene)[rn]? woche|la semana pasada|la semaine (?:dernière|passée)|"
        "(?:la settimana scorsa|la scorsa settimana)|(?:a |na )?semana passada|(?:vorige|afgelopen) week|"
        "на прошлой неделе|w zeszłym tygodniu|上周|上週|上个星期|上星期|先週|지난주"
    ),
    "last month": (
        "(?:letzten|vorigen|vergangenen) monat|el mes pasado|le mois dernier|il mese scorso|lo scorso mese|"
        "(?:o |no )?mês passado|(?:vorige|afgelopen) maand|в прошлом месяце|w zeszłym miesiącu|上个月|上個月|"
        "先月|지난달"
    ),
    "last year": (
        "(?:letztes|voriges|vergangenes|im letzten|im vergangenen) jahr|"
        "el año pasado|l['’](?:an dernier|année dernière)|"
        "(?:l['’]anno scorso|lo scorso anno)|(?:o |no )?ano passado|(?:vorig|afgelopen) jaar|в прошлом году|"
        "w zeszłym roku|去年|昨年|작년"
    ),
    "next week": (
        "nächste woche|la semana que viene|la semaine prochaine|la settimana prossima|(?:a )?semana que vem|"
        "volgende week|"
        "на следующей неделе|w przyszłym tygodniu|下周|下週|下个星期|来週|다음 주"
    ),
    "next year": (
        "nächstes jahr|el año que viene|l['’]année prochaine|l['’]anno prossimo|(?:o )?ano que vem|volgend jaar|"
        "в следующем году|w przyszłym roku|明年|来年|내년"
    ),
    "this year": "dieses jahr|este año|cette année|quest['’]anno|este ano|dit jaar|в этом году|w tym roku|今年|올해",
}
# "Hier" is yesterday in French, and here in German and Dutch.
_FRENCH: Final = re.compile(r"\b(?:j['’]|une|nous|avec|dans|suis|est|été|mon|elle|ils?)\b|[éèêàç]", re.IGNORECASE)
_S: Final = r"[ \u00a0]{1,2}"
_NAMES: Final = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_YEAR: Final = r"(?P<{}>(?:19|20)[0-9]{{2}})(?![\w])"
_SINCE: Final = "seit|desde|depuis|dal|da|sinds|с|od"
_BEFORE: Final = "vor|antes de|avant|prima di|voor|до|przed"
_IN: Final = f"im|in|en|em|nel|a|au|в|w|am|el|le|il|op|on|den|dem|der|vom|since|before|{_SINCE}|{_BEFORE}"
_ASIAN: Final = (
    r"(?P<ay>(?:19|20)[0-9]{2})[ ]?[年년][ ]?"
    r"(?:(?P<am>[01]?[0-9])[ ]?[月월][ ]?(?:(?P<ad>[0-3]?[0-9])[ ]?[日号號일])?)?"
    r"(?P<aafter>以来|起|から|부터|以前|之前|より前|前|이전)?"
)
_DOTTED: Final = (
    r"(?<![\w.])(?:(?P<dlead>since|before|after|until|till)\s)?(?P<dd>[0-3]?[0-9])\.[ ]?(?P<dm>[01]?[0-9])\."
    r"[ ]?(?P<dy>(?:19|20)[0-9]{2})(?![\w]|\.[0-9])"
)
_NAMED: Final = (
    rf"\b(?:(?P<lead>{_IN}){_S})?(?:(?P<day>[0-3]?[0-9])(?:\.|er|º|°)?{_S}(?:de{_S}|di{_S})?)?"
    rf"(?P<month>{_NAMES})\b(?:{_S}(?:de{_S}|del{_S}|di{_S})?{_YEAR.format('year')})?"
)
_YEARLY: Final = (
    rf"\b(?P<ylead>im jahr|{_IN}){_S}(?:jahr{_S}|année{_S}|año{_S})?{_YEAR.format('yy')}(?!\s(?:steps|km|kg|kcal|m)\b)"
)
_SAID: Final = re.compile(
    rf"{_DOTTED}|{_ASIAN}|{_NAMED}|{_YEARLY}|"
    + "|".join(rf"(?P<p{n}>(?<![^\W\u3040-\u9fff\uac00-\ud7a3])(?:{said}))" for n, said in enumerate(_PHRASES.values()))
    + r"|\b(?P<hier>hier)\b",
    re.IGNORECASE,
)
_ENGLISH: Final = tuple(_PHRASES)
_AFTER: Final = {
    **dict.fromkeys(("以来", "起", "から", "부터"), "since"),
    **dict.fromkeys(("以前", "之前", "より前", "前", "이전"), "before"),
}


def in_english(text: str) -> list[tuple[str, tuple[int, int]]]:
    """The dates of a text that English rules do not read, in English, each with where it stands in the text."""
    composed = unicodedata.normalize("NFC", text)
    if len(composed) != len(text):  # places must fit
        composed = text
    found = ((_english(match, composed), match.span()) for match in _SAID.finditer(composed))
    return [(said, span) for said, span in found if said]


def _english(match: re.Match[str], text: str) -> str | None:
    part = match.groupdict()
    if part["dd"]:
        return f"{part['dlead'] or 'on'} {part['dy']}-{int(part['dm']):02}-{int(part['dd']):02}".lower()
    if part["ay"]:
        lead = _AFTER.get(part["aafter"] or "", "in")
        if part["ad"]:
            return f"{'on' if lead == 'in' else lead} {part['ay']}-{int(part['am']):02}-{int(part['ad']):02}"
        return (
            f"{lead} {tuple(_MONTHS)[int(part['am']) - 1]} {part['ay']}"
            if _is_month(part["am"])
            else f"{lead} {part['ay']}"
        )
    if part["month"]:
        return _named(part)
    if part["yy"]:
        lead = part["ylead"].lower()
        return None if lead in ("in", "since", "before", "a", "on", "der") else f"{_lead(lead)} {part['yy']}"
    if part["hier"]:
        return "yesterday" if _FRENCH.search(text.replace(match.group(), " ")) else None
    return next((_ENGLISH[n] for n in range(len(_ENGLISH)) if part[f"p{n}"]), None)


def _is_month(number: str | None) -> bool:
    return number is not None and 1 <= int(number) <= len(_MONTHS)


def _named(part: dict[str, str | None]) -> str | None:
    name, lead, day, year = str(part["month"]).lower(), (part["lead"] or "").lower(), part["day"], part["year"]
    month = _MONTH_OF[name]
    if name == month.lower() and lead in ("", "in", "on", "since", "before", "a"):
        return None  # English says it itself
    if not (day or year or lead in ("im", "en", "em", "nel", "в", "w")):
        return None
    words = [_lead(lead), day or "", month, year or ""]
    return " ".join(word for word in words if word)


def _lead(said: str) -> str:
    if said == "since" or re.fullmatch(_SINCE, said):
        return "since"
    return "before" if said == "before" or re.fullmatch(_BEFORE, said) else "in"
