"""Reading what was typed at a question. Pure; None means that it is not an answer to that question."""

from __future__ import annotations

import re
from datetime import date

from sms_app.engine.flow import Question
from sms_app.engine.state import Value
from sms_app.member_number import is_well_formed

WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
CODE = re.compile(r"[0-9]+", re.ASCII)
PHONE = re.compile(r"\+?[0-9][0-9 ]{5,}", re.ASCII)
DAY = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})", re.ASCII)
MONEY = re.compile(
    r"([0-9]+|[0-9]{1,3}(?:[., ][0-9]{3})+)(?:[.,]([0-9]{1,2}))? ?(?:[a-z]{1,4})?", re.ASCII | re.I
)
MEMBER_LONGEST, PHONE_LONGEST, TEXT_LONGEST = 9, 18, 160


def read_answer(question: Question, typed: str, most: int, decimals: int) -> Value:
    """The kept value of an answer, or None. `most` is the largest number or amount that the question takes,
    `decimals` the currency's (an amount is in whole smallest units)."""
    typed = typed.strip()
    if question.kind == "money":
        amount = read_money(typed, decimals)
        return amount if amount is not None and question.least <= amount <= most else None
    if question.kind == "number":
        number = int(typed) if WHOLE.fullmatch(typed) else None
        return number if number is not None and question.least <= number <= most else None
    if question.kind in {"pin", "code"}:
        return typed if CODE.fullmatch(typed) and len(typed) == question.digits else None
    if question.kind == "member":
        return typed if is_well_formed(typed) and len(typed) <= MEMBER_LONGEST else None
    if question.kind == "phone":
        return typed.replace(" ", "") if PHONE.fullmatch(typed) and len(typed) <= PHONE_LONGEST else None
    if question.kind == "date":
        return _read_day(typed)
    return typed if typed and len(typed) <= TEXT_LONGEST and typed.isprintable() else None


def read_money(typed: str, decimals: int) -> int | None:
    """An amount as people write it: `2000`, `2,000`, `2.000` and `2 000 Frw` are two thousand; with decimals
    `12.50` is twelve and a half. Smallest units, or None."""
    match = MONEY.fullmatch(typed)
    if match is None or len(typed) > 24:
        return None
    whole, cents = int(re.sub("[., ]", "", match[1])), match[2]
    if cents is None:
        return int(whole * 10**decimals)
    if len(cents) != decimals:
        return None
    return int(whole * 10**decimals) + int(cents)


def _read_day(typed: str) -> date | None:
    match = DAY.fullmatch(typed)
    if match is None:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None
