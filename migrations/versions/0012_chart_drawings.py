"""A version's charts drawn ahead for the reader's page are kept beside its printed files."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0007"
branch_labels = None
depends_on = None

PRINTED = "'plan_pdf','comment_appendix_pdf'"


def upgrade() -> None:
    """Let drawings be kept."""
    _allow(f"{PRINTED},'chart_drawings'")


def downgrade() -> None:
    """Forget the drawings: a reader's page draws them again."""
    op.execute("ALTER TABLE rendered_file NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM rendered_file WHERE kind = 'chart_drawings'")
    op.execute("ALTER TABLE rendered_file FORCE ROW LEVEL SECURITY")
    _allow(PRINTED)


def _allow(kinds: str) -> None:
    op.execute("ALTER TABLE rendered_file DROP CONSTRAINT ck_rendered_file_kind")
    op.execute(f"ALTER TABLE rendered_file ADD CONSTRAINT ck_rendered_file_kind CHECK (kind in ({kinds}))")
