"""How a command writes files: after its transaction, or none at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sms_app.cli.database import fail
from sms_app.programme.workbook.whole_files import CannotWrite, WholeFiles


@contextmanager
def files_after_commit() -> Iterator[WholeFiles]:
    """Files that appear when the block has ended, so it encloses the command's transaction. When one can't be written,
    it says so and exits."""
    try:
        with WholeFiles() as files:
            yield files
    except CannotWrite as error:
        fail(str(error))
