"""An empty workbook that explains itself."""

from __future__ import annotations

from pathlib import Path

from sms_app.programme.settings import Programme
from sms_app.programme.workbook.sheets import all_sheets
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.programme.workbook.writing import write


def template(files: WholeFiles, path: Path, programme: Programme) -> None:
    """Write a programme's empty workbook, or folder of CSV files. Raises CannotWrite."""
    write(files, path, all_sheets(programme), {})
