"""Exposure as a CSV file, a row for each participant and week, with its data dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from sms_app.programme import audit
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.trial import dictionary, exposure, study_ids
from sms_app.trial.dictionary import Column
from sms_app.trial.export_file import Cell
from sms_app.trial.exposure import ExposureWeek

NUMBER = "whole number"
COLUMNS = (
    Column("study_id", "text", "Who it is: random, the same in every export.", "study.identity"),
    Column("role", "woman, man or leader", "Her or his role in the programme.", "participant.role"),
    Column(
        "arm", "text", "Arm of the latest household, empty without one.", "household_link, arm_assignment"
    ),
    Column("week", "date", "The Monday of the week, in the programme's time zone.", "programme.time_zone"),
    Column("group_number", NUMBER, "Training group at the end of the week; empty: none.", "group_membership"),
    Column("group_changes", NUMBER, "Changes from one group to another in the week.", "group_membership"),
    Column(
        "contact",
        "own, household, neighbour, leader or none",
        "Whose phone she is reached on, as it is on the day of the export.",
        "participant.contact",
    ),
    Column(
        "sessions_planned",
        NUMBER,
        "Sessions of the group that she was in on their day, cancelled ones included, and others on whose list she is"
        " or of which somebody reported her. Their outcomes are the next four columns, which add up to this one.",
        "training_session, group_membership, session_list, attendance",
    ),
    Column("sessions_cancelled", NUMBER, "Of these, cancelled.", "training_session.cancelled_at"),
    Column("sessions_held", NUMBER, "Of these, held according to the roll.", "roll.outcome"),
    Column("sessions_not_held", NUMBER, "Of these, not held according to the roll.", "roll.outcome"),
    Column("sessions_no_roll", NUMBER, "Of these, without a roll, or still to come.", "roll"),
    Column(
        "sessions_by_substitute", NUMBER, "Of those held, a substitute coach stood in.", "session_substitute"
    ),
    Column("sessions_expected", NUMBER, "Sessions, not cancelled, on whose list she is.", "session_list"),
    Column(
        "attended",
        NUMBER,
        "Sessions that she attended, late ones included. Staff's word counts before a coach's, and a coach's before her"
        " own. Nobody attends a session that was cancelled or not held.",
        "presence.status",
    ),
    Column("late", NUMBER, "Of those attended, late.", "presence.status"),
    Column("excused", NUMBER, "Sessions at which she was excused.", "presence.status"),
    Column("absent", NUMBER, "Sessions from which she was absent.", "presence.status"),
    Column(
        "not_reported",
        NUMBER,
        "Sessions, neither cancelled nor not held, at which she was expected and of which nobody reported whether she"
        " came. It is not the same as absent.",
        "session_list, presence",
    ),
    Column("reported_by_self", NUMBER, "Attendance that counts by her own check-in.", "presence.source"),
    Column("reported_by_coach", NUMBER, "Attendance that counts by a coach's roll.", "presence.source"),
    Column("reported_by_staff", NUMBER, "Attendance that counts by the office.", "presence.source"),
    Column(
        "reported_assisted", NUMBER, "Attendance that counts and that a coach entered with her.", "presence"
    ),
    Column(
        "texts_planned",
        NUMBER,
        "Texts that were for her, on any number of hers. A text for several people on one number counts for each of"
        " them. It is of the week in which it was sent, or else was due.",
        "message.people",
    ),
    Column("texts_sent", NUMBER, "Of these, taken by the provider, whatever came later.", "message.sent_at"),
    Column("texts_delivered", NUMBER, "Of these, reported as delivered.", "message.status"),
    Column("texts_failed", NUMBER, "Of these, refused, or reported as not delivered.", "message.status"),
    Column("texts_unknown", NUMBER, "Of these, possibly sent: nobody knows.", "message.status"),
    Column(
        "texts_not_sent", NUMBER, "Of these, cancelled or expired before they were sent.", "message.status"
    ),
    Column("texts_waiting", NUMBER, "Of these, still to be sent when the export was made.", "message.status"),
    Column(
        "texts_sent_to_shared",
        NUMBER,
        "Of those sent, to a number on which other participants were reached on that day too.",
        "participant_phone",
    ),
    Column("session_replies", NUMBER, "Sessions to which her latest reply is of this week.", "session_reply"),
    Column("check_ins", NUMBER, "Check-ins by herself, also to sessions that were not held.", "attendance"),
    Column("saving_reports", NUMBER, "Reports of savings by herself, corrections included.", "contribution"),
    Column("disputes", NUMBER, "Questions that she raised by herself.", "dispute"),
    Column(
        "assisted_actions",
        NUMBER,
        "Such actions that a coach did with her by phone.",
        "attendance, contribution, dispute",
    ),
)


def export(
    conn: Connection,
    files: WholeFiles,
    programme_id: int,
    path: Path,
    first: date,
    last: date,
    who: str,
    now: datetime,
) -> int:
    """Write the weeks from that of the day `first` to that of the day `last`, by study id and week, and the dictionary
    beside it, with an entry in the audit trail; gives the number of rows.

    `conn` has isolation level REPEATABLE READ. Raises CannotWrite."""
    audit.record(conn, programme_id, who, "export_exposure", "programme", programme_id, now)
    study_ids.assign(conn, programme_id)
    ids = study_ids.of(conn, programme_id)
    rows = exposure.weeks(conn, programme_id, first, last)
    return dictionary.write(files, path, COLUMNS, _cells(rows, ids))


def _cells(rows: list[ExposureWeek], ids: Mapping[UUID, str]) -> Iterator[tuple[Cell, ...]]:
    for row in sorted(rows, key=lambda row: (ids[row.person], row.week)):
        yield (
            ids[row.person],
            row.role,
            row.arm,
            row.week,
            row.group,
            row.group_changes,
            row.contact,
            *vars(row.sessions).values(),
            *vars(row.texts).values(),
            *vars(row.actions).values(),
        )
