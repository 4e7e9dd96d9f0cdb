"""The base of all tables."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import UUID as SqlUuid
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[UUID, mapped_column(SqlUuid(as_uuid=True), primary_key=True)]


class Base(DeclarativeBase):
    """The base class of all tables. Ids come from the application, since a sealed column is bound to its row's id
    before the row is stored."""

    metadata = MetaData(naming_convention=NAMES)
