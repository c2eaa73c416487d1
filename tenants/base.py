"""What every table has in common: names of constraints, the district's key, information classes.

A table that belongs to a district carries `district_id` first in its primary key and in every unique and
foreign key, so that neither a foreign key nor a duplicate can reach into a neighbour's rows.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Literal

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Sequence,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

InformationClass = Literal["progress", "cabinet", "staff", "personnel", "small_group", "confidential"]
"""Who may know a table's rows; one array of visible districts is bound for each of these."""

RECORD_IDS = Sequence("record_id")
"""One sequence for every record of every district: an id says nothing about how many a district has."""


class Base(DeclarativeBase):
    """The declarative base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dt.datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        str: Text,
    }


class Global:
    """A table without a district. `info["global"]` gives the reason; tests/isolation reads it."""

    id: Mapped[int] = mapped_column(
        BigInteger, RECORD_IDS, server_default=RECORD_IDS.next_value(), primary_key=True, sort_order=-1
    )


class DistrictOwned:
    """A table of a district's rows: the first column of its primary key is the district's id."""

    @declared_attr
    def district_id(self) -> Mapped[int]:
        """Return the owning district's organization id."""
        return mapped_column(Integer, primary_key=True, autoincrement=False, sort_order=-2)


class Record(DistrictOwned):
    """A district's row with an id of its own."""

    @declared_attr
    def id(self) -> Mapped[int]:
        """Return the record's id, drawn from the one global sequence."""
        return mapped_column(
            BigInteger, RECORD_IDS, server_default=RECORD_IDS.next_value(), primary_key=True, sort_order=-1
        )


def to_district() -> ForeignKeyConstraint:
    """Tie a row's district to its organization."""
    return ForeignKeyConstraint(["district_id"], ["organization.id"])


def within_district(column: str, table: str, *, cascade: bool = False) -> ForeignKeyConstraint:
    """Tie `column` to the id of `table` in the same district: a composite key, never a single column."""
    return ForeignKeyConstraint(
        ["district_id", column],
        [f"{table}.district_id", f"{table}.id"],
        ondelete="CASCADE" if cascade else None,
    )


def information_class(table: Table) -> InformationClass | None:
    """Return the class of a table's rows, or None for a global table."""
    value: InformationClass | None = table.info.get("information")
    return value


def now() -> Any:
    """Return the database's clock, as a column default."""
    return func.now()
