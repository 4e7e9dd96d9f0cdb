"""A field for a training group. Of a few groups it is a list to choose from. Of many it is a field for the number, and
the check page says which group that is: nobody looks through thousands of choices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from wtforms import IntegerField, ValidationError

from sms_app.console.request import Desk, say
from sms_app.programme import groups
from sms_app.programme.groups import NamedGroup

MAX_OFFERED = 100
"""With more groups, the number is typed."""
NO_GROUP, MAX_NUMBER = 0, 999_999


class GroupField(IntegerField):  # type: ignore[misc]
    """The number of a training group; NO_GROUP, or nothing, where `offer` says that there may be none. A page calls
    `offer` for each request; `chosen` is the group, once the form is checked."""

    chosen: NamedGroup | None = None
    data: int | None
    _at: Desk
    _role: str
    _without: Collection[int]
    _may_be_none: bool

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(
            label, render_kw={"inputmode": "numeric", "maxlength": len(str(MAX_NUMBER))}, **options
        )

    def offer(
        self, at: Desk, role: str = "", without: Collection[int] = (), may_be_none: bool = False
    ) -> None:
        """Let groups of a role (empty: any) be chosen, but for those `without`."""
        self._at, self._role, self._without, self._may_be_none = at, role, without, may_be_none

    @cached_property
    def choices(self) -> Sequence[tuple[int, str]]:
        """The groups to choose from, with their names; empty when there are too many. The check page needs none."""
        listed = groups.named(self._at.office, self._role, MAX_OFFERED + 1)
        if len(listed) > MAX_OFFERED:
            self.description = "field.about_group_number"
            return ()
        if self._may_be_none and not self.raw_data:
            self.data = NO_GROUP
        offered = [row for row in listed if row.number not in self._without]
        none = [(NO_GROUP, say("reach.no_group"))] if self._may_be_none else []
        return [*none, *((row.number, group_name(row, with_role=not self._role)) for row in offered)]

    def pre_validate(self, form: Any) -> None:
        """Find the group. Raises ValidationError."""
        if self.data is None or (self.data == NO_GROUP and self._may_be_none):
            return
        if 0 < self.data <= MAX_NUMBER:
            self.chosen = groups.by_number(self._at.office, self.data)
        if self.chosen is None:
            raise ValidationError("field.no_such_group")
        if self._role and self.chosen.role != self._role:
            raise ValidationError("field.group_of_other_role")
        if self.chosen.number in self._without:
            raise ValidationError("field.group_already")

    @property
    def shown(self) -> str:
        """The group that was chosen, as the check page says it."""
        return say("reach.no_group") if self.chosen is None else group_name(self.chosen)


def group_name(row: NamedGroup, with_role: bool = False) -> str:
    """A group as a list to choose from has it."""
    name = f"{say('reach.group_n', number=row.number)}, {row.sector}, {row.place}"
    return f"{name} ({say(f'person.{row.role}')})" if with_role else name
