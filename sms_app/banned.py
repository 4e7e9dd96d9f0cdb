"""Finds banned stems in a text, however they are written.

Text and stem are folded to a *skeleton* (the term of Unicode's technical standard 39) before they are compared. Case,
accents, spaces, punctuation and invisible characters are removed. Letters of any alphabet become the small Latin letter
that they look like, digits and signs the letter that they stand for in leetspeak. `i` and `l` are the same letter.

The table is ours: Unicode's list (confusables.txt 15.1, its single characters that resemble one ASCII letter or digit),
and what that list lacks for reading words, such as small Cyrillic letters and letters with a similar shape. The package
confusable-homoglyphs has Unicode's list, too, but no skeleton, no types, and 0.9 MB of JSON that is read at import.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

SHORT = 5
"""A stem with fewer letters counts across words only if it is all of them: three letters often meet by chance."""

# Unicode's list, by the letter or digit that the characters look like; `l` also stands for `i` and `1`.
_UNICODE = {
    "2": "ƧϨᒿꙄꛯꝚ",
    "3": "ƷȜЗӠⳌꝪꞫ𑣊𖼻𝈆",
    "4": "Ꮞ𑢯",
    "5": "Ƽ𑢻",
    "6": "ᏮⳒ𑣕",
    "7": "𐓒𑣆𝈒",
    "8": "Ȣȣ৪੪\u0b03𐌚",
    "9": "৭੧୨൭ⳊꝮ𑢬𑣌𑣖",
    "a": "ɑΑαАаᎪᗅ⍺ꓮ𐊠𖽀",
    "b": "ƄΒВЬᏏᏴᑲᖯᗷꓐꞴ𐊂𐊡𐌁",
    "c": "ϲϹСсᏟᴄⲤⲥꓚꮯ𐊢𐌂𐐕𐐽𐔜𑣩𑣲🝌",
    "d": "ԁᎠᏧᑯᗞᗪꓒꓓ",
    "e": "ΕЕеҽᎬ℮⋿ⴹꓰꬲ𐊆𑢦𑢮",
    "f": "ſϜքᖴẝꓝꞘꞙꬵ𐊇𐊥𐔥𑢢𑣂𝈓",
    "g": "ƍɡԌցᏀᏳᶃꓖ",
    "h": "ΗНһհᎻᏂᕼⲎꓧ𐋏",
    "j": "ͿϳЈјᎫᒍꓙꞲ",
    "k": "ΚКᏦᛕⲔꓗ𐔘",
    "l": "ıƖǀɩɪΙιІіӀӏ\u06f1ᎥᏞᒪᛁ∣⍳⏽ⲒⳐⵏꓡꓲꙇꭵ￨𐊊𐌉𐌠𐐛𐔦𑢣𑢲𑣃𖼖𖼨𝈪",
    "m": "ΜϺМᎷᗰᛖⲘꓟ𐊰𐌑",
    "n": "ΝոռⲚꓠ𐔓",
    "o": "ΟοσОоՕօ\u06f5०০੦૦ଠ୦௦\u0c02౦\u0c82೦\u0d02ഠ൦\u0d82๐໐ဝ၀ჿዐᴏᴑⲞⲟⵔ〇ꓳꬽ𐊒𐊫𐐄𐐬𐓂𐓪𐔖𑓐𑢵𑣈𑣗𑣠",
    "p": "ΡρРрᏢᑭ⍴Ⲣⲣꓑ𐊕",
    "q": "ԛգզⵕ",
    "r": "ƦгᎡᏒᖇᴦⲅꓣꭇꭈꮁ𐒴𖼵𝈖",
    "s": "ƽЅѕՏᏕᏚꓢꜱꮪ𐊖𐐠𐑈𑣁𖼺",
    "t": "ΤТᎢ⊤⟙Ⲧꓔ𐊗𐊱𐌕𑢼𖼊🝨",
    "u": "ʋυՍսሀᑌᴜ∪⋃ꓴꞟꭎꭒ𐓎𐓶𑢸𑣘𖽂",
    "v": "νѴѵ\u06f7Ꮩᐯᴠ∨⋁ⴸꓦꛟꮩ𐔝𑜆𑢠𑣀𖼈𝈍",
    "w": "ɯѡԜԝաᎳᏔᴡꓪꮃ𑜊𑜎𑜏𑣦𑣯",
    "x": "×ΧХхᕁᕽ᙭᙮ᚷ╳⤫⤬⨯ⲬⵝꓫꞳ𐊐𐊴𐌗𐌢𐔧𑣬",
    "y": "ɣʏΥγУуҮүყᎩᎽᶌỿⲨꓬꭚ𐊲𑢤𑣜𖽃",
    "z": "ΖᏃᴢꓜꮓ\U000102f5𑢩𑣄𑣥",
}
# Characters that are read as a letter and are not in that list, and small Cyrillic letters that look like capitals.
_READ_AS = {
    "a": "ᗩᐱΛᴧⲀДд卂Δ",
    "b": "БбъЪвⲂßϐƁ乃",
    "c": "ᑕ匚¢ς",
    "d": "ð",
    "e": "єЄэЭⲈΣΞξ乇ᗴᕮ",
    "f": "千",
    "g": "Ꮆᘜ",
    "h": "卄",
    "k": "Ҝ",
    "l": "丨ᓰԼլㄥ",
    "m": "爪",
    "n": "ηпПиИлЛπᑎᏁ几",
    "o": "ᎾᎤθΘΦФфφⴰㄖ",
    "p": "þ",
    "r": "яЯ尺",
    "s": "ᔕ丂",
    "t": "ㄒτ",
    "u": "ЦцμᏌㄩʊ",
    "v": "√",
    "w": "шШщЩᗯ山",
    "y": "ЧчўЎ",
    "x": "乂",
    "z": "乙",
}
_DIGITS = dict(zip("0123456789", "olzeasgtbg", strict=True))
_SIGNS = dict(zip("@$€!¡|¦£§+", "aseiillzst", strict=True))
_TWO = {"æ": "ae", "œ": "oe"}
# invisible letters: fillers of the Hangul alphabet
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0")
_LATIN = re.compile(r"(?:.* )?(?:LATIN (?:.* )?LETTER|SYMBOL LETTER) (?:.* )?([A-Z])(?: WITH .*)?")
_LOOKS_LIKE = {
    look: letter for table in (_READ_AS, _UNICODE) for letter, looks in table.items() for look in looks
}


@dataclass(frozen=True)
class _Letter:
    """A letter of a skeleton: the number of its word in the text (from 0), and what it was there."""

    word: int
    was: Literal["letter", "digit", "sign"]


def skeleton(text: str) -> str:
    """A text's letters and digits as small Latin letters, `i` as `l`. All other characters, signs included, are
    removed."""
    return "".join(map(_like, text)).replace(" ", "").replace("i", "l")


def banned_in(text: str, stems: Sequence[str]) -> Iterator[str]:
    """The banned stems that are in a text, in the order of `stems`."""
    return iter(_banned_in(text, tuple(stems)))


@lru_cache(maxsize=1024)
def _banned_in(text: str, stems: tuple[str, ...]) -> tuple[str, ...]:
    """A sign separates words or stands for a letter, so a text with signs is read in both ways."""
    banned = _matches(text, skeleton(text), stems, signs=False)
    if any(sign in text for sign in _SIGNS):
        read = "".join(_SIGNS.get(character, character) for character in text)
        banned |= _matches(text, skeleton(read), stems, signs=True)
    return tuple(stem for stem in stems if stem in banned)


@lru_cache(maxsize=256)
def _sought(stem: str) -> str:
    return skeleton(stem)


def _matches(text: str, plain: str, stems: Sequence[str], signs: bool) -> set[str]:
    """The stems that are in `plain`, the text's skeleton, where `_counts` accepts them."""
    seen = [stem for stem in stems if _sought(stem) in plain]
    letters = _letters(text, signs) if seen else []
    return {
        stem
        for stem in seen
        for start in range(len(plain))
        if plain.startswith(_sought(stem), start) and _counts(letters, start, start + len(_sought(stem)))
    }


def _counts(letters: Sequence[_Letter], start: int, end: int) -> bool:
    """Whether a match is a word that someone wrote, not digits and signs by chance.

    At least one character must be a letter. The match must not begin or end within a number. A sign at its start must
    begin its word. A short stem over several words must be all of these words, since an ordinary name may have initials
    before it."""
    first, last, match = letters[start], letters[end - 1], letters[start:end]
    begins = start == 0 or letters[start - 1].word != first.word
    ends = end == len(letters) or letters[end].word != last.word
    is_together = len(match) >= SHORT or first.word == last.word or (begins and ends)
    if all(letter.was == "letter" for letter in match):
        return is_together
    if all(letter.was != "letter" for letter in match):
        return False
    if not begins and (first.was == "sign" or letters[start - 1].was == first.was == "digit"):
        return False
    if first.was == "sign" and match[1].word != first.word:
        return False
    if not ends and letters[end].was == last.was == "digit":
        return False
    return is_together


def _letters(text: str, signs: bool) -> list[_Letter]:
    """The letters of the text's skeleton."""
    letters: list[_Letter] = []
    word = 0
    for character in text:
        like = _SIGNS.get(character, "") if signs else ""
        was: Literal["letter", "digit", "sign"] = (
            "sign" if like else "digit" if character.isdigit() else "letter"
        )
        seen = like or _like(character)
        word += seen == " "
        letters += [_Letter(word, was)] * len(seen.strip())
    return letters


@lru_cache(maxsize=4096)
def _like(character: str) -> str:
    """The small Latin letters that a character looks like; a space if it separates words, nothing if it is
    invisible."""
    if character.isascii() and character.isalpha():
        return character.lower()
    parts = character if character in _LOOKS_LIKE else unicodedata.normalize("NFKD", character)
    letters = "".join(_like_part(part) for part in parts)
    if letters:
        return letters
    return " " if unicodedata.category(character)[0] in "PSZ" or character.isspace() else ""


def _like_part(part: str) -> str:
    if part in _UNSEEN:
        return ""
    if part.isascii():
        return part.lower() if part.isalpha() else _DIGITS.get(part, "")
    for form in (part, part.lower(), part.upper()):
        if form in _LOOKS_LIKE:
            return _DIGITS.get(_LOOKS_LIKE[form], _LOOKS_LIKE[form])
        if form in _TWO:
            return _TWO[form]
    # the category is checked because a combining letter and an invisible tag have such a name, too
    latin = unicodedata.category(part)[0] in "LS" and _LATIN.fullmatch(unicodedata.name(part, ""))
    digit = unicodedata.decimal(part, None)
    return latin[1].lower() if latin else _DIGITS[str(digit)] if digit is not None else ""
