"""The tables needed to dial the code."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = ("contribution", "consent", "arm_assignment", "audit_entry")
DIALOGUE_STORAGE = """
alter table ussd_dialogue alter column position set storage plain;
alter table ussd_dialogue set (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0
);
"""


def upgrade() -> None:
    make_tables()
    op.execute(DIALOGUE_STORAGE)
    op.execute(
        """create function refuse_change() returns trigger language plpgsql as $$
        begin raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation'; end $$"""
    )
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on {table}"
            " for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_all before truncate on {table}"
            " for each statement execute function refuse_change()"
        )
    op.execute("create schema private")
    op.execute("revoke all on schema private from public")


def downgrade() -> None:
    op.execute("drop schema private")
    drop_tables()
    op.execute("drop function refuse_change()")


def make_tables() -> None:
    op.create_table(
        "pin_guard",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pin_guard")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("service_code", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("service_code", name=op.f("uq_programme_service_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_programme_slug")),
    )
    op.create_table(
        "ussd_dialogue",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.LargeBinary(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ussd_dialogue")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "ussd_event_seen",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ussd_event_seen")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "arm",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_arm_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arm")),
        sa.UniqueConstraint("programme_id", "code", name=op.f("uq_arm_programme_id_code")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_audit_entry_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "household",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_household_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_table(
        "phone_number",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_phone_number_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_number")),
        sa.UniqueConstraint(
            "programme_id", "number_index", name=op.f("uq_phone_number_programme_id_number_index")
        ),
    )
    op.create_table(
        "training_group",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("place", sa.String(length=30), nullable=False),
        sa.CheckConstraint("role in ('woman', 'man', 'leader')", name=op.f("ck_training_group_role")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_training_group_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_group")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_training_group_programme_id_number")),
    )
    op.create_table(
        "ussd_cost",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("network_code", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_ussd_cost_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", "day", "network_code", "currency", name=op.f("pk_ussd_cost")),
    )
    op.create_table(
        "arm_assignment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=False),
        sa.Column("arm_id", sa.Integer(), nullable=False),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("replaces", sa.UUID(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["arm_id"], ["arm.id"], name=op.f("fk_arm_assignment_arm_id")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_arm_assignment_household_id")
        ),
        sa.ForeignKeyConstraint(["replaces"], ["arm_assignment.id"], name=op.f("fk_arm_assignment_replaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arm_assignment")),
        sa.UniqueConstraint("replaces", name=op.f("uq_arm_assignment_replaces")),
    )
    op.create_index(
        "uq_arm_assignment_first",
        "arm_assignment",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("replaces is null"),
    )
    op.create_table(
        "coach",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_number_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["phone_number_id"], ["phone_number.id"], name=op.f("fk_coach_phone_number_id")
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_coach_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach")),
    )
    op.create_index(op.f("ix_coach_phone_number_id"), "coach", ["phone_number_id"], unique=False)
    op.create_table(
        "participant",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("member_number", sa.String(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("group_id", sa.UUID(), nullable=True),
        sa.Column("list_number", sa.Integer(), nullable=True),
        sa.Column("pin", sa.LargeBinary(), nullable=True),
        sa.Column("pin_changed_on", sa.Date(), nullable=True),
        sa.Column("amounts_by_phone", sa.Boolean(), nullable=False),
        sa.Column("bookmark", sa.LargeBinary(), nullable=True),
        sa.Column("bookmark_on", sa.Date(), nullable=True),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "contact in ('own', 'household', 'neighbour', 'leader', 'none')",
            name=op.f("ck_participant_contact"),
        ),
        sa.CheckConstraint("role in ('woman', 'man', 'leader')", name=op.f("ck_participant_role")),
        sa.ForeignKeyConstraint(["group_id"], ["training_group.id"], name=op.f("fk_participant_group_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_participant_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("group_id", "list_number", name=op.f("uq_participant_group_id_list_number")),
        sa.UniqueConstraint(
            "programme_id", "member_number", name=op.f("uq_participant_programme_id_member_number")
        ),
    )
    op.create_table(
        "savings_group",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("training_group_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_savings_group_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["training_group_id"], ["training_group.id"], name=op.f("fk_savings_group_training_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savings_group")),
    )
    op.create_table(
        "training_session",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=30), nullable=False),
        sa.Column("check_in_code", sa.String(length=4), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_training_session_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["training_group.id"], name=op.f("fk_training_session_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_training_session_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
    )
    op.create_index(
        "ix_training_session_group_id_starts_at", "training_session", ["group_id", "starts_at"], unique=False
    )
    op.create_table(
        "attendance",
        sa.Column("training_session_id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("assisted", sa.Boolean(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.CheckConstraint("source in ('self', 'coach', 'staff')", name=op.f("ck_attendance_source")),
        sa.CheckConstraint(
            "status in ('present', 'absent', 'excused', 'late')", name=op.f("ck_attendance_status")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_attendance_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["training_session_id"], ["training_session.id"], name=op.f("fk_attendance_training_session_id")
        ),
        sa.PrimaryKeyConstraint("training_session_id", "participant_id", name=op.f("pk_attendance")),
    )
    op.create_index("ix_attendance_participant_id", "attendance", ["participant_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("witness", sa.String(), nullable=True),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.CheckConstraint("how in ('oral', 'written')", name=op.f("ck_consent_how")),
        sa.CheckConstraint(
            "purpose in ('programme', 'messages', 'surveys', 'research', 'approach_man')",
            name=op.f("ck_consent_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_consent_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_latest", "consent", ["participant_id", "purpose", "taken_on"], unique=False)
    op.create_table(
        "cycle",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("savings_group_id", sa.UUID(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("share_value", sa.BigInteger(), nullable=False),
        sa.Column("most_shares", sa.Integer(), nullable=False),
        sa.CheckConstraint("mode in ('shares', 'free')", name=op.f("ck_cycle_mode")),
        sa.CheckConstraint("share_value > 0", name=op.f("ck_cycle_share_value")),
        sa.ForeignKeyConstraint(
            ["savings_group_id"], ["savings_group.id"], name=op.f("fk_cycle_savings_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
    )
    op.create_index(
        "uq_cycle_open",
        "cycle",
        ["savings_group_id"],
        unique=True,
        postgresql_where=sa.text("closed_on is null"),
    )
    op.create_table(
        "dispute",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "about in ('shares', 'loan', 'fine', 'attendance')", name=op.f("ck_dispute_about")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_dispute_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index("ix_dispute_participant_id", "dispute", ["participant_id"], unique=False)
    op.create_table(
        "group_coach",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("group_id", sa.UUID(), nullable=False),
        sa.Column("coach_id", sa.UUID(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["coach_id"], ["coach.id"], name=op.f("fk_group_coach_coach_id")),
        sa.ForeignKeyConstraint(["group_id"], ["training_group.id"], name=op.f("fk_group_coach_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_coach")),
    )
    op.create_index(op.f("ix_group_coach_coach_id"), "group_coach", ["coach_id"], unique=False)
    op.create_index(op.f("ix_group_coach_group_id"), "group_coach", ["group_id"], unique=False)
    op.create_table(
        "household_link",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_link_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_household_link_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_link")),
    )
    op.create_index(op.f("ix_household_link_household_id"), "household_link", ["household_id"], unique=False)
    op.create_index(
        "uq_household_link_now",
        "household_link",
        ["participant_id"],
        unique=True,
        postgresql_where=sa.text("to_on is null"),
    )
    op.create_table(
        "number_claim",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_number_claim_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_number_claim_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_claim")),
        sa.UniqueConstraint(
            "programme_id",
            "number_index",
            "participant_id",
            name=op.f("uq_number_claim_programme_id_number_index_participant_id"),
        ),
    )
    op.create_index(op.f("ix_number_claim_participant_id"), "number_claim", ["participant_id"], unique=False)
    op.create_table(
        "participant_phone",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("phone_number_id", sa.UUID(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_participant_phone_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["phone_number_id"], ["phone_number.id"], name=op.f("fk_participant_phone_phone_number_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant_phone")),
    )
    op.create_index(
        "ix_participant_phone_participant_id", "participant_phone", ["participant_id"], unique=False
    )
    op.create_index(
        "uq_participant_phone_now",
        "participant_phone",
        ["phone_number_id", "participant_id"],
        unique=True,
        postgresql_where=sa.text("to_on is null"),
    )
    op.create_table(
        "pin_opening",
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_pin_opening_participant_id")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_pin_opening")),
    )
    op.create_table(
        "savings_member",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("savings_group_id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_savings_member_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["savings_group_id"], ["savings_group.id"], name=op.f("fk_savings_member_savings_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savings_member")),
    )
    op.create_index(
        op.f("ix_savings_member_savings_group_id"), "savings_member", ["savings_group_id"], unique=False
    )
    op.create_index(
        "uq_savings_member_now",
        "savings_member",
        ["participant_id"],
        unique=True,
        postgresql_where=sa.text("to_on is null"),
    )
    op.create_table(
        "session_reply",
        sa.Column("training_session_id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("coming", sa.Boolean(), nullable=False),
        sa.Column("replied_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_session_reply_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["training_session_id"],
            ["training_session.id"],
            name=op.f("fk_session_reply_training_session_id"),
        ),
        sa.PrimaryKeyConstraint("training_session_id", "participant_id", name=op.f("pk_session_reply")),
    )
    op.create_table(
        "group_meeting",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("cycle_id", sa.UUID(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_by is null) = (confirmed_on is null)", name=op.f("ck_group_meeting_confirmed")
        ),
        sa.CheckConstraint("confirmed_by <> entered_by", name=op.f("ck_group_meeting_second_person")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_group_meeting_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_meeting")),
    )
    op.create_index("ix_group_meeting_cycle_id", "group_meeting", ["cycle_id", "held_on"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("cycle_id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("group_meeting_id", sa.UUID(), nullable=True),
        sa.Column("week_of", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("assisted", sa.Boolean(), nullable=False),
        sa.Column("reverses", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(source = 'meeting') = (group_meeting_id is not null)", name=op.f("ck_contribution_counted")
        ),
        sa.CheckConstraint("source in ('member', 'meeting')", name=op.f("ck_contribution_source")),
        sa.CheckConstraint(
            "case when reverses is null then amount >= 0 else amount <= 0 end",
            name=op.f("ck_contribution_sign"),
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_contribution_cycle_id")),
        sa.ForeignKeyConstraint(
            ["group_meeting_id"], ["group_meeting.id"], name=op.f("fk_contribution_group_meeting_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_contribution_participant_id")
        ),
        sa.ForeignKeyConstraint(["reverses"], ["contribution.id"], name=op.f("fk_contribution_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
        sa.UniqueConstraint("reverses", name=op.f("uq_contribution_reverses")),
    )
    op.create_index(
        "ix_contribution_participant",
        "contribution",
        ["participant_id", "cycle_id", "source", "week_of"],
        unique=False,
    )


def drop_tables() -> None:
    op.drop_index("ix_contribution_participant", table_name="contribution")
    op.drop_table("contribution")
    op.drop_index("ix_group_meeting_cycle_id", table_name="group_meeting")
    op.drop_table("group_meeting")
    op.drop_table("session_reply")
    op.drop_index(
        "uq_savings_member_now", table_name="savings_member", postgresql_where=sa.text("to_on is null")
    )
    op.drop_index(op.f("ix_savings_member_savings_group_id"), table_name="savings_member")
    op.drop_table("savings_member")
    op.drop_table("pin_opening")
    op.drop_index(
        "uq_participant_phone_now", table_name="participant_phone", postgresql_where=sa.text("to_on is null")
    )
    op.drop_index("ix_participant_phone_participant_id", table_name="participant_phone")
    op.drop_table("participant_phone")
    op.drop_index(op.f("ix_number_claim_participant_id"), table_name="number_claim")
    op.drop_table("number_claim")
    op.drop_index(
        "uq_household_link_now", table_name="household_link", postgresql_where=sa.text("to_on is null")
    )
    op.drop_index(op.f("ix_household_link_household_id"), table_name="household_link")
    op.drop_table("household_link")
    op.drop_index(op.f("ix_group_coach_group_id"), table_name="group_coach")
    op.drop_index(op.f("ix_group_coach_coach_id"), table_name="group_coach")
    op.drop_table("group_coach")
    op.drop_index("ix_dispute_participant_id", table_name="dispute")
    op.drop_table("dispute")
    op.drop_index("uq_cycle_open", table_name="cycle", postgresql_where=sa.text("closed_on is null"))
    op.drop_table("cycle")
    op.drop_index("ix_consent_latest", table_name="consent")
    op.drop_table("consent")
    op.drop_index("ix_attendance_participant_id", table_name="attendance")
    op.drop_table("attendance")
    op.drop_index("ix_training_session_group_id_starts_at", table_name="training_session")
    op.drop_table("training_session")
    op.drop_table("savings_group")
    op.drop_table("participant")
    op.drop_index(op.f("ix_coach_phone_number_id"), table_name="coach")
    op.drop_table("coach")
    op.drop_index(
        "uq_arm_assignment_first", table_name="arm_assignment", postgresql_where=sa.text("replaces is null")
    )
    op.drop_table("arm_assignment")
    op.drop_table("ussd_cost")
    op.drop_table("training_group")
    op.drop_table("phone_number")
    op.drop_table("household")
    op.drop_table("audit_entry")
    op.drop_table("arm")
    op.drop_table("ussd_event_seen")
    op.drop_table("ussd_dialogue")
    op.drop_table("programme")
    op.drop_table("pin_guard")
