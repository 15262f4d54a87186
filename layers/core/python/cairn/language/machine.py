"""Text that machines put into a message: no speech of whoever sends it.

Blocks of recalled memories and reminders, code, tracebacks, diffs, settings and encoded bytes are blanked with spaces,
so that every other character keeps its place. In prose a name of code stays: only whole blocks and lines go.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from typing import Final

# A block of an agent's own: <system-reminder>, <environment_context>, <memories>; no mark-up of a text such as <b>.
_TAGGED: Final = re.compile(
    r"<(?P<tag>[a-z]+(?:[-_][a-z]+)+|system|instructions?|context|memor(?:y|ies)|tools?|function_calls|thinking|documents?)"
    r"(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"^[ \t]*(?P<fence>```|~~~)[^\n]*$", re.MULTILINE)
_RECALLED: Final = re.compile(
    r"^[#* \t]*(?:relevant|recalled|retrieved|related|long[- ]term|user)(?: user)? (?:memories|memory|facts)\b(?: (?:about|of|for) (?:the )?user)?[ \t]*[:*#]*[ \t]*\n"
    r"(?:[ \t]*(?:[-*•]|\d+[.)])[^\n]*(?:\n|\Z)|[ \t]*\n)+",
    re.MULTILINE | re.IGNORECASE,
)
_TRACEBACK: Final = re.compile(
    r"^Traceback \(most recent call last\):\n(?:[ \t]+[^\n]*\n)*(?:[\w.]+(?::[^\n]*)?$)?"
    r"|^panic: [^\n]*\n\s{0,2}goroutine \d+ \[[^\n]*(?:\n[^\n]+)*"
    r"|^thread '[^'\n]+' (?:\(\d+\) )?panicked at [^\n]+:\d+(?::\n[^\n]+)?(?:\nnote: run with [^\n]*)?"
    r"|^(?:Exception in thread \"[^\"\n]*\" |Caused by: )?[\w.$]+(?:Error|Exception)(?::[^\n]*)?\n(?:[ \t]+at [^\n]*(?:\n|\Z))+"
    r"|^[ \t]+at [^\s(]+ ?\((?:[^\n]*:\d+|native[^\n]*|Native Method|Unknown Source|<anonymous>)\)$",
    re.MULTILINE,
)
_DIFF: Final = re.compile(
    r"^(?:diff --git [^\n]*|index [0-9a-f]{7}[^\n]*|--- [^\n]*\n\+\+\+ [^\n]*|@@ -\d[^\n]*)(?:\n|\Z)(?:^[-+ @][^\n]*(?:\n|\Z))*",
    re.MULTILINE,
)
# Keys and certificates in PEM; a token of three parts in base64 (JWT).
_ARMOURED: Final = re.compile(r"^-----BEGIN (?P<armour>[A-Z0-9 ]{1,40})-----[ \t]*$", re.MULTILINE)
_JWT: Final = re.compile(r"(?<![\w.-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
# A line of a log: its time to the second, a level or what wrote it.
_LOGGED: Final = re.compile(
    r"^(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,:+Zz-]*\]?[ \t]+(?:\[[^\]\n]{1,60}\][ \t]+|[\w.-]{1,60}:?[ \t]+)?\[?"
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b\]?(?=[:\t \]])"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [\w./-]+\[\d+\]:)[^\n]*$",
    re.MULTILINE,
)
# What a chat template puts around a turn.
_TURN: Final = re.compile(r"<\|(?:im_start|start_header_id)\|>(?P<turn>system|tool|developer)")
_TEMPLATE: Final = re.compile(
    r"<\|im_start\|>(?:user|assistant)?\n?|<\|start_header_id\|>\w*<\|end_header_id\|>|<\|[a-z_]{2,40}\|>|\[/?INST\]|<</?SYS>>"
)
_SETTING: Final = re.compile(r"^(?:export )?[A-Z][A-Z0-9]*_[A-Z0-9_]*=\S*[ \t]*$", re.MULTILINE)
_ENCODED: Final = re.compile(
    r"(?<![\w/+=.:?&#%-])(?=[A-Za-z0-9+/=_-]*[0-9])(?=[A-Za-z0-9+/=_-]*[a-z])(?=[A-Za-z0-9+/=_-]*[A-Z])[A-Za-z0-9+/_-]{60,}={0,2}(?![\w/+=])"
)
# What only people write into a line that looks like code: a remark in brackets behind a word, a measure, an address.
_REMARK: Final = (
    r"(?!.*\w(?<!\bif)(?<!\bin)(?<!\bor)(?<!\band)(?<!\bnot)(?<!\bfor)(?<!\bcatch)(?<!\bawait)(?<!\bwhile)(?<!\breturn)"
    r"(?<!\bswitch)(?<!\bfunction) [(\[])(?!.*[\u3040-\u9fff]\()(?!.*\d [^\W\d_]+;)(?!.*<[^\s<>@]*@[^\s<>]*>)"
)
# Matched where a line's own text begins. What has to be in a line besides its end is looked for ahead: found or not, once.
_CODE_LINE: Final = re.compile(
    r"(?:(?:async )?def \w+\(|class \w+[(:{\[](?:.*[(:{,;}]|.*: (?:pass|\.\.\.))?$|from [\w.]+ import [\w{*(]|import [\w.]+(?: as \w+)?(?:, [\w.]+(?: as \w+)?)*;?$|import .* from ['\"].*|return(?: [\w.]+)?(?:[ (\[{+*/%-]"
    + _REMARK
    + r".*[)\]};]|\(.*|;)?$|return [\w.]+ [-+*/%] .*$|(?:const|let|var) \w+\s*=|function\*?(?: \w+)? ?\(|#include\b|@[\w.]+(?:\([^\n]*\))?$|"
    r"(?:public|private|protected|static) "
    + _REMARK
    + r".*[({;=]|fn \w+\(|func \w+\(|package \w+;?$|(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|ALTER TABLE)\b(?!:).*(?:\bFROM\b|\bVALUES\b|\bSET\b|;|\()|"
    r"(?:if|while) (?=.*[=<>()!._]).*[:{]$|for (?=\w.* in ).*[:{]$|for ?\(.*|else:?\s*{?$|[})\]]+[;,)]*$|[\w.\[\]]+\s*[-+*/]?=\s*"
    + _REMARK
    + r"[^=].*[;)\]}]$|(?=.*[=(){}<>\[\]])"
    + _REMARK
    + r".*;$|.*\{$|[\w.]+\(.*\)[;,]?$|<\/?\w+[^>]*>$|\$ [a-z./]\S*.*|>>> .*)"
)
# One line alone is code where nobody would write it otherwise.
_UNMISTAKABLE: Final = re.compile(
    r"[;{]$|^\s*(?:def|class|async def) |\(\)|\w\.\w+\(|=[^=]*[()\[\]]|=>|^\$ |^>>> |^#include|<\/?\w+|^import .* from|^from [\w.]+ import|"
    r"^(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER) |^(?:const|let|var) |^[})\]]|^return\b|^import [\w.]+(?: as \w+)?$|\):$"
)
# In a fence without a language a person may stand who tells of himself.
_SPOKEN: Final = re.compile(
    r"[ \t]*(?:```|~~~)[ \t]*(?:text|txt|md|markdown|plain|plaintext)?[ \t]*\n\s*"
    r"(?:I|I'm|I've|We|My|Our|Ich|Wir|Meine?|Je|J'ai|Mon|Ma|Mes|Yo|Mi|Mis|Tengo|Soy|Vivo|Io|Mio|Mia|Sono|Eu|Meu|Minha|Sou|Я|Мы|Мой|Моя|我|私|나는|저는)"
    r"(?:[^\S\n]+[^\W\d_]|(?<=[我私는])[^\s=(.])"
)
# One line alone that says something by a word, as "MY_CITY=Bern" does.
_TOLD_SETTING: Final = re.compile(
    r"(?!(?:[A-Z0-9_]*_)?(?:KEY|TOKEN|SECRET|PASSWORD|PASS|ENV|MODE|LEVEL|DEBUG|HOST|USER|REGION)=)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+="
    r"(?!(?:true|false|yes|no|on|off|null|none)$)[^\W\d_]{3,30}|[a-z_]+ ?= ?\[[A-Z][^\W\d_]+(?:, ?[A-Z][^\W\d_]+)*\]"
)
# What stands for a picture or a document that was sent along.
_ATTACHED: Final = re.compile(
    r"^\[(?:input_)?(?:image|file|document|audio|video|attachment)(?:_\w+)?(?:: (?:[^\]\s]*|[^\]\n]*\.\w{2,5}))?\][ \t]*$",
    re.MULTILINE,
)
_BLOCKS: Final = (_ATTACHED, _RECALLED, _TRACEBACK, _DIFF, _LOGGED, _SETTING, _JWT, _ENCODED, _TEMPLATE)


# Every closing mark of a kind, wherever it begins: they are looked for once, however many blocks are never closed.
_CLOSINGS: Final = {
    "</{}>": re.compile(r"(?=(</[^<>\s]+>))"),
    "-----end {}-----": re.compile(r"(?=(-----end [a-z0-9 ]{1,40}-----))"),
    "<|im_end|>": re.compile(r"(?=(<\|im_end\|>))"),
    "{}": re.compile(r"(?=(```|~~~))"),
}


def without_machine_text(text: str) -> str:
    """`text` with what machines put into it blanked; of the same length."""
    text = _without(text, _pairs(text, _TAGGED, "tag", "</{}>"))
    text = _without(text, _pairs(text, _ARMOURED, "armour", "-----end {}-----"))
    text = _without(text, _pairs(text, _TURN, "turn", "<|im_end|>"))
    fences = _pairs(text, _FENCE, "fence", "{}")
    text = _without(text, [span for span in fences if not _SPOKEN.match(text, *span)])
    if _TOLD_SETTING.fullmatch(text.strip()):
        return text
    for block in _BLOCKS:
        text = block.sub(lambda found: _blank(found.group()), text)
    return _blank(text) if _is_code(text) else text


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += [text[done:start], _blank(text[start:end])]
        done = end
    return "".join([*pieces, text[done:]])


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _pairs(text: str, opening: re.Pattern[str], name: str, closing: str) -> list[tuple[int, int]]:
    """Where blocks stand from their opening to their closing mark; what is never closed is no block. Linear."""
    lowered = text.casefold() if len(text.casefold()) == len(text) else text
    places = defaultdict[str, list[int]](list)
    for mark in _CLOSINGS[closing].finditer(lowered):
        places[mark[1]].append(mark.start())
    found: list[tuple[int, int]] = []
    end = 0
    for match in opening.finditer(text):
        mark = closing.format(match[name].casefold())
        at = bisect_left(places[mark], match.end())
        if match.start() >= end and at < len(places[mark]):
            end = places[mark][at] + len(mark)
            found.append((match.start(), end))
    return found


def _is_code(text: str) -> bool:
    """Whether every line of a text is code; a line of prose makes it somebody's."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines or not _is_code_line(lines[0]) or _is_told_in_json(text):
        return False
    if len(lines) == 1 and not _UNMISTAKABLE.search(lines[0]):
        return False  # "Luna(cat)", "import wine"
    return all(_is_code_line(line) or line[:1] in " \t" for line in lines)


def _is_code_line(line: str) -> bool:
    return _CODE_LINE.match(line.lstrip()) is not None


def _is_told_in_json(text: str) -> bool:
    """Whether it is an object or a list as people paste them: what it says is theirs."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        return isinstance(json.loads(text, parse_int=str), dict | list)
    except (ValueError, RecursionError):
        return False
