"""Forms that add a row: each page that is opened has a key, the id for the row, in the hidden field `key`. So a form
that comes twice adds one row. Forms that are no KeyedForm call the field the same."""

from __future__ import annotations

from uuid import UUID, uuid4

from wtforms import HiddenField, ValidationError

from sms_app.console.people.confirming import ChangeForm


class KeyedForm(ChangeForm):
    """A form with the id of the row that it adds."""

    key = HiddenField(default=lambda: str(uuid4()))

    def validate_key(self, field: HiddenField) -> None:
        """An id, as the page had it."""
        try:
            UUID(field.data or "")
        except ValueError:
            raise ValidationError("field.unreadable") from None

    @property
    def row(self) -> UUID:
        """The id of the row."""
        return UUID(self.key.data)
