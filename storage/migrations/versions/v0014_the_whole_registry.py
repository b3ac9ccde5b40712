"""How far the whole registry is read; the days on which something of a study is due, for queries over all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

DUE = ("heard_on", "overdue_on", "unknown_on")


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    create_walk()
    for name in DUE:
        op.add_column("study", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("study", sa.Column("summary_form", sa.Integer(), nullable=True))
    for name in DUE:
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_study_{name}", "study", [name], sqlite_where=there, postgresql_where=there)


def create_walk() -> None:
    """The walk that is under way, and what its pages held."""
    op.create_table(
        "registry_walk",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("whole_release", sa.Text(), nullable=True),
        sa.Column("covered_release", sa.Text(), nullable=True),
        sa.CheckConstraint("source IN ('api', 'file')", name=op.f("ck_registry_walk_source")),
        sa.CheckConstraint("kind IN ('whole', 'sweep', 'bulk')", name=op.f("ck_registry_walk_kind")),
        sa.CheckConstraint("pages >= 0", name=op.f("ck_registry_walk_pages")),
        sa.ForeignKeyConstraint(["watch"], ["watch.name"], name=op.f("fk_registry_walk_watch_watch")),
        sa.PrimaryKeyConstraint("watch", "source", name=op.f("pk_registry_walk")),
    )
    op.create_table(
        "walk_page",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ids", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["watch"], ["watch.name"], name=op.f("fk_walk_page_watch_watch")),
        sa.PrimaryKeyConstraint("watch", "number", name=op.f("pk_walk_page")),
    )
