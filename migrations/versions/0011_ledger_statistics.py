"""The planner learns that a dataset belongs to one district.

Every query on ledger lines names both, and the policy names the district once more; taken as independent, a
hundred thousand lines were expected to be some seventy, and were fetched in the order of the wrong index.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the statistics; they are filled the next time the table is analysed."""
    op.execute(
        "CREATE STATISTICS st_ledger_line_dataset (dependencies, ndistinct)"
        " ON district_id, dataset_id FROM ledger_line"
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP STATISTICS st_ledger_line_dataset")
