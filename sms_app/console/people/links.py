"""The changes that a person's page offers, by her state."""

from __future__ import annotations

from collections.abc import Sequence

from sms_app.programme.lookup import Phone, Shown

DONE = frozenset(
    {"enrol", "move", "leave", "return", "number", "no_number", "new_number", "sharing", "texts_again"}
    | {"household", "no_household", "consent"}
)
"""The changes after which her page says that they were made."""


def links_of(shown: Shown, phones: Sequence[Phone]) -> list[str]:
    """The names of the changes that are possible now; each is the last part of its page's address, with `-` for `_`."""
    if shown.merged_number is not None:
        return []
    if shown.left_on is not None:
        return ["return", *(["leave"] if shown.savings_group else [])]
    with_number = ["no_number", "sharing", "texts_again"] if phones else []
    in_household = ["no_household"] if shown.household else []
    return [
        *("move", "number", "new_number", *with_number, "pin", "consent", "household"),
        *in_household,
        "leave",
    ]
