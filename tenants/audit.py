"""The append-only record of activity, one hash chain for each district."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, DistrictOwned, now, to_district


class AuditEntry(Base, DistrictOwned):
    """One act in a district. Nothing erasable stands in it: people by id, records by id."""

    __tablename__ = "audit_entry"
    __table_args__ = (to_district(), {"info": {"information": "cabinet", "append_only": True}})

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(server_default=now())
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str]
    """As `resource:action` in the permission matrix, e.g. `ledger:load`."""
    subject: Mapped[str]
    """Kind and id of the record, e.g. `dataset/1042`."""
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class AuditHead(Base, DistrictOwned):
    """The end of a district's chain; locked while an entry is appended, so that a chain has no forks."""

    __tablename__ = "audit_head"
    __table_args__ = (to_district(), {"info": {"information": "progress"}})

    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
