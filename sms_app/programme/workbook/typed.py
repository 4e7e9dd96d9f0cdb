"""Words that staff type in a command, held to the rules of a workbook's cells: an export of them is imported again."""

from __future__ import annotations

from sms_app.models.programme import MAX_REFERENCE_LENGTH, MAX_VILLAGE_LENGTH
from sms_app.programme.desk import Refused
from sms_app.programme.workbook import cells
from sms_app.programme.workbook.columns import MAX_VERSION_LENGTH, Column, Kind

NAME = Column("name", "The name", Kind.TEXT, "")
REFERENCE = Column("reference", "The reference", Kind.KEY, "", longest=MAX_REFERENCE_LENGTH)
HOUSEHOLD = Column("household", "The household", Kind.KEY, "", longest=MAX_REFERENCE_LENGTH)
VILLAGE = Column("village", "The village", Kind.TEXT, "", longest=MAX_VILLAGE_LENGTH)
VERSION = Column("version", "The version", Kind.TEXT, "", longest=MAX_VERSION_LENGTH)
WITNESS = Column("witness", "The witness", Kind.TEXT, "")
TAKEN_BY = Column("taken_by", "Who took it", Kind.TEXT, "")


def read(text: str, column: Column) -> str:
    """What somebody typed, as a cell of this column would be stored; empty if nothing. Raises Refused."""
    try:
        value = cells.read(text, column, "")
    except cells.Wrong as error:
        raise Refused(f"{column.title}: {error}.") from None
    return "" if value is None else str(value)
