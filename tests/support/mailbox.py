"""Mail that the application decided on, read as the owner of the database: the application can't."""

from __future__ import annotations

from tests.support.platform import CloneOfTemplate


def texts(database: CloneOfTemplate, address: str | None = None) -> list[str]:
    """Return the plain parts of mail, in order, to one address or to all."""
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        rows = owner.execute("select address, text from outgoing_mail order by id").fetchall()
        owner.rollback()
    return [str(text) for to, text in rows if address in {None, to}]
