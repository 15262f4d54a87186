"""When two texts are the same words, so that the second needs no memory of its own.

The same words are the same letters, case and signs, but for spacing, Unicode's ways to write one letter, the mark
that ends a plain sentence, and the contractions of English. "jo.doe@" and "jo_doe@", "Hunter2" and "hunter2", "A-" and
"A" are two. An exclamation mark ends a sentence only: "abc" and "abc!" are two, and so are two passwords.
"""

import re
import unicodedata
from typing import Final

from cairn.language.scripts import DENSE

_APOSTROPHES: Final = str.maketrans("’ʼ`´", "''''")
_CONTRACTED: Final = (
    (re.compile(r"\b(I|[Yy]ou|[Ww]e|[Tt]hey|[Hh]e|[Ss]he|[Ii]t|[Tt]hat|[Tt]here)'(m|re|ve|ll|s)\b"), None),
    (re.compile(r"\b([Cc]an)'t\b|\b([Cc]an)not\b"), r"\1\2 not"),
    (re.compile(r"\b([Ww])on't\b"), r"\1ill not"),
    (re.compile(r"\b(\w+)n't\b"), r"\1 not"),
)
_WHOLE: Final = {"m": "am", "re": "are", "ve": "have", "ll": "will", "s": "is"}
_SIGNS: Final = (
    r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0981-\u0dff"  # what stands on or beside a letter
)
_SENTENCE_END: Final = re.compile(rf"(?<=[^\W\d_]|[{_SIGNS}])(?:[.!。！．।۔։።]|\.{{3}}|…)\s*$")
_SHORTEST: Final = 3  # words of a sentence; in scripts without blanks so many characters are more than a name
_UNSPACED: Final = re.compile(f"[{DENSE}]{{5}}")
# What is told beside one of these is right to the sign.
_SECRETS: Final = re.compile(
    r"passw|passphrase|passcode|kennwort|contraseña|mot de passe|senha|hasło|heslo|парол|şifre|parola|wachtwoord|"
    r"\b(?:key|pin|code|secret|token|login|clave|c[oó]digo|chave|chiave|clé|klucz|kod|schlüssel|sleutel|nyckel|ключ|код)\b|密钥|密鑰|"
    r"lösenord|passord|adgangskode|salasana|jelszó|κωδικ|mật khẩu|kata sandi|"
    r"密码|密碼|口令|暗号|合言葉|パスワード|비밀번호|암호|"
    r"كلمة (?:السر|المرور)|סיסמ|पासवर्ड|รหัสผ่าน",
    re.IGNORECASE,
)


def words_key(text: str) -> str:
    """What texts of the same words share: spaces as one, Unicode NFC, contractions spelt out, no mark at the end.

    The mark stays where the last word is no plain word: it may belong to a password, an address or a name of a file.
    An exclamation mark stays behind less than a sentence, and beside a word for a password.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split())
    spaced = _CONTRACTED[0][0].sub(lambda found: f"{found[1]} {_WHOLE[found[2]]}", spaced)
    for pattern, whole in _CONTRACTED[1:]:
        spaced = pattern.sub(whole or "", spaced)
    ended = _SENTENCE_END.search(spaced)
    if not ended or not _is_plain(spaced[: ended.start()].rsplit(" ", 1)[-1]):
        return spaced
    return spaced if ended.group().strip() in ("!", "！") and not _is_sentence(spaced) else spaced[: ended.start()]


def _is_plain(word: str) -> bool:
    return all(each.isalpha() or unicodedata.category(each) in ("Mn", "Mc") for each in word)


def _is_sentence(text: str) -> bool:
    is_long = text.count(" ") + 1 >= _SHORTEST or bool(_UNSPACED.search(text))
    return is_long and not _SECRETS.search(text)
