"""Which country a telephone number belongs to, as far as that can be decided.

The international numbering plans (package phonenumbers) decide this for a full number. For a short number (police, help
lines) their list has gaps: a short number on the list belongs to the country, and one that is not on it may still be
right."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import shortnumberinfo

MAX_SHORT_LENGTH = 6
NOT_YET_KNOWN = re.compile(r"0+")
"""A number of zeros only. It reaches nobody, and is written as long as the real number is not known."""


def digits(number: str) -> str:
    """A number without its spaces and signs; a leading + stays."""
    return re.sub(r"[^\d+]", "", number)


def is_foreign(number: str, country: str) -> bool:
    """Whether a number certainly does not belong to the country; false for every short number."""
    return is_known(country) and len(digits(number)) > MAX_SHORT_LENGTH and not is_full_of(number, country)


def is_unset(number: str) -> bool:
    """Whether a number is written as zeros because it is not known yet."""
    return NOT_YET_KNOWN.fullmatch(digits(number)) is not None


def is_known(country: str) -> bool:
    """Whether the numbering plan of a country is known."""
    return country in phonenumbers.SUPPORTED_REGIONS


def is_short_of(number: str, country: str) -> bool:
    """Whether a short number is on the list of the country's short numbers."""
    try:
        read = phonenumbers.parse(digits(number), country)
    except phonenumbers.NumberParseException:
        return False
    return shortnumberinfo.is_valid_short_number_for_region(read, country)


def is_full_of(number: str, country: str) -> bool:
    """Whether a full number, as dialled in the country or with its +code, belongs to the country."""
    try:
        read = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number_for_region(read, country)


def e164(written: str, country: str) -> str | None:
    """A full number of the country, as people write it there or with its +code, in E.164; None when it is none."""
    if not is_full_of(written, country):
        return None
    parsed = phonenumbers.parse(written, country)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def country_of(number: str) -> str:
    """The country of a full number written with its country code, with or without the +; empty when there is none."""
    try:
        read = phonenumbers.parse("+" + digits(number).removeprefix("+").removeprefix("00"))
    except phonenumbers.NumberParseException:
        return ""
    return (phonenumbers.region_code_for_number(read) or "") if phonenumbers.is_valid_number(read) else ""
