"""What studies have to do with CAR-T cells, what people decided of it, and each step that it took."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "study_class",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in (
                *("classifier", "study_class", "antigens", "source", "area", "confidence", "computed"),
            )
        ),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_study_class_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", name=op.f("pk_study_class")),
    )
    op.create_index("ix_study_class_study_class", "study_class", ["study_class"])
    op.create_table(
        "class_decision",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("decided", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_class_decision_reason")),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_class_decision_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", name=op.f("pk_class_decision")),
    )
    op.create_table(
        "class_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("cause", "before", "after", "why")),
        sa.CheckConstraint("cause IN ('record', 'classifier', 'person')", name=op.f("ck_class_change_cause")),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_class_change_nct_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_change")),
    )
    op.create_index("ix_class_change_nct_id", "class_change", ["nct_id"])
