"""Reads what was typed at a question. Pure functions; None means that the text does not answer the question."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from sms_app.engine.flow import Question
from sms_app.engine.state import Value
from sms_app.member_number import is_well_formed

WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
CODE = re.compile(r"[0-9]+", re.ASCII)
PHONE = re.compile(r"\+?[0-9][0-9 ]{5,}", re.ASCII)
DAY = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})", re.ASCII)
# thousands are separated by the same sign throughout, a comma, a point or a space, or not at all
WHOLE_MONEY = r"0|[1-9][0-9]*|[1-9][0-9]{0,2}(?P<parts>[,. ])[0-9]{3}(?:(?P=parts)[0-9]{3})*"
MONEY = re.compile(rf"(?P<whole>{WHOLE_MONEY})(?:(?P<point>[.,])(?P<cents>[0-9]+))?", re.ASCII)
THOUSANDS = re.compile(WHOLE_MONEY, re.ASCII)
# 3*7, 3 7, 3,7 and 3, 7
NUMBERS = re.compile(r"[0-9]{1,4}(?:(?: *[*,] *| +)[0-9]{1,4})*", re.ASCII)
SEPARATOR = re.compile(r" *[*,] *| +", re.ASCII)
MAX_MONEY_LENGTH = 40
MAX_LIST_NUMBER = 999
MAX_MEMBER_LENGTH, MAX_PHONE_LENGTH, MAX_TEXT_LENGTH = 9, 18, 160


def read_answer(
    question: Question,
    typed: str,
    most: int,
    decimals: int,
    currency_words: Collection[str],
    count: int | None = None,
) -> Value:
    """The value of an answer, or None. `most` is the largest number or amount that the question takes, `count` how many
    numbers a list must have. `decimals` and `currency_words` (casefolded) are the currency's. An amount is in whole
    smallest units."""
    typed = typed.strip()
    if question.kind == "money":
        amount = read_money(typed, decimals, currency_words)
        return amount if amount is not None and question.least <= amount <= most else None
    if question.kind == "numbers":
        return read_numbers(typed, question.least, most, count)
    if question.kind == "number":
        number = int(typed) if WHOLE.fullmatch(typed) else None
        return number if number is not None and question.least <= number <= most else None
    if question.kind in {"pin", "code"}:
        return typed if CODE.fullmatch(typed) and len(typed) == question.digits else None
    if question.kind == "member":
        return typed if is_well_formed(typed) and len(typed) <= MAX_MEMBER_LENGTH else None
    if question.kind == "phone":
        return typed.replace(" ", "") if PHONE.fullmatch(typed) and len(typed) <= MAX_PHONE_LENGTH else None
    if question.kind == "date":
        return _read_day(typed)
    if question.kind == "pairs":
        return _read_pairs(question, typed, most, decimals, currency_words)
    return typed if typed and len(typed) <= MAX_TEXT_LENGTH and typed.isprintable() else None


def read_numbers(typed: str, least: int, most: int, count: int | None = None) -> tuple[int, ...] | None:
    """Whole numbers from `least` to `most`, none of them twice, in ascending order; None for anything else, or when
    there are not `count` of them.

    Between two stands one star or comma, perhaps with spaces, or only spaces: `3*7`, `3, 7`, `3 7`."""
    if len(typed) > MAX_TEXT_LENGTH or not NUMBERS.fullmatch(typed):
        return None
    numbers = [int(number) for number in re.findall("[0-9]+", typed)]
    fits = all(least <= number <= most for number in numbers) and len(set(numbers)) == len(numbers)
    return tuple(sorted(numbers)) if fits and count in (None, len(numbers)) else None


def read_money(typed: str, decimals: int, words: Collection[str] = ()) -> int | None:
    """Read an amount as people write it, in smallest units; None for a text that is no amount, or could be two amounts.

    `2000`, `2,000`, `2.000` and `2 000` are two thousand; with two decimals `12.50` and `12,50` are twelve and a half.
    One of the currency's `words` (casefolded) may be before or after it; with any other letter it is no amount."""
    if len(typed) > MAX_MONEY_LENGTH:
        return None
    text = typed.replace("\u00a0", " ").replace("\u202f", " ").casefold().strip()
    before = [text.removeprefix(word).strip() for word in words if text.startswith(word)]
    after = [text.removesuffix(word).strip() for word in words if text.endswith(word)]
    amounts = {_read_amount(number, decimals) for number in (text, *before, *after)} - {None}
    return amounts.pop() if len(amounts) == 1 else None


def _read_amount(text: str, decimals: int) -> int | None:
    """Read an amount without its currency.

    A last group of three digits is thousands. With three decimals `2.000` is two, as screens write it, and `2,000` is
    no amount, since it could be two or two thousand."""
    match, is_whole = MONEY.fullmatch(text), THOUSANDS.fullmatch(text) is not None
    has_cents = (
        match is not None and len(match["cents"] or "") == decimals and match["point"] != match["parts"]
    )
    digits = re.sub("[., ]", "", text)
    if match is None or match["cents"] is None or not has_cents:
        return int(digits) * int(10**decimals) if is_whole else None
    return None if is_whole and match["point"] == "," else int(digits)


def pairs(kept: str) -> dict[int, int]:
    """The pairs of a kept answer: value by list number, in the order in which they were typed."""
    numbers = [int(part) for part in kept.split("*")]
    return dict(zip(numbers[::2], numbers[1::2], strict=True))


def _read_pairs(
    question: Question, typed: str, most: int, decimals: int, words: Collection[str]
) -> str | None:
    """List numbers, each with its value, as `7*3*12*2`; None when a number stands twice or a value is out of bounds.

    Only `*` parts amounts: an amount may have a comma or a space in it."""
    if len(typed) > MAX_TEXT_LENGTH:
        return None
    is_money = question.of == "money"
    parts = typed.split("*") if is_money else SEPARATOR.split(typed)
    numbers = [int(n) if WHOLE.fullmatch(n) else 0 for n in map(str.strip, parts[::2])]
    values = [
        read_money(value.strip(), decimals, words) if is_money else _whole(value) for value in parts[1::2]
    ]
    kept = [value for value in values if value is not None and question.least <= value <= most]
    sound = all(1 <= n <= MAX_LIST_NUMBER for n in numbers) and len(set(numbers)) == len(numbers)
    if not sound or len(numbers) != len(values) or len(kept) != len(values):
        return None
    return "*".join(f"{number}*{value}" for number, value in zip(numbers, kept, strict=True))


def _whole(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text) else None


def _read_day(typed: str) -> date | None:
    match = DAY.fullmatch(typed)
    if match is None:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None
