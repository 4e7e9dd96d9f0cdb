"""How the arms of the trial could reach each other: by a woman's group, village, coach and telephone, as of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import audit
from sms_app.trial import dictionary, study_ids
from sms_app.trial.dictionary import Column

SQL = sql.beside(__file__)
NUMBER, YES_NO, SHARE = "whole number", "yes or no", "0 to 1, three digits"
COLUMNS = (
    Column("study_id", "text", "Who she is: random, the same in every export.", "study.identity"),
    Column("day", "date", "The day of which the row tells.", "option --on"),
    Column(
        "arm",
        "text",
        "Arm of her household on that day, empty without one.",
        "household_link, arm_assignment",
    ),
    Column("group_number", NUMBER, "Her training group, empty without one.", "group_membership"),
    Column("group_others", NUMBER, "The other participants of that group.", "group_membership"),
    Column(
        "group_in_mens_arm", NUMBER, "Of these, in the arm in which men are trained too.", "arm_assignment"
    ),
    Column("group_share", SHARE, "group_in_mens_arm / group_others, empty without others.", "as before"),
    Column("savings_others", NUMBER, "The other members of her savings group.", "savings_member"),
    Column(
        "savings_in_mens_arm", NUMBER, "Of these, in the arm in which men are trained too.", "arm_assignment"
    ),
    Column(
        "savings_share", SHARE, "savings_in_mens_arm / savings_others, empty without others.", "as before"
    ),
    Column(
        "trained_men_in_village",
        NUMBER,
        "Men of other households of her village who had attended a session by that day; empty: no village known. The"
        " village is the one that the household has on the day of the export.",
        "household.village, presence",
    ),
    Column(
        "coach_arms", "text", "The arms of all whom her group's coaches coach, with a space.", "group_coach"
    ),
    Column("coach_trains_men", YES_NO, "Whether one of those coaches has a group of men.", "group_coach"),
    Column(
        "coach_has_other_arm",
        YES_NO,
        "Whether one of those coaches has, in another group, somebody of another arm than hers.",
        "group_coach, arm_assignment",
    ),
    Column(
        "number_across_arms",
        YES_NO,
        "Whether somebody of another arm is reached on a number of hers.",
        "participant_phone, arm_assignment",
    ),
)


@dataclass(frozen=True)
class Contamination:
    """One woman's contamination: the other members of her groups, and how many of them are in the arm in which men are
    trained; trained men of other households in her village (None: no village known); her coaches' arms."""

    person: UUID
    arm: str | None
    group_number: int | None
    group_others: int
    group_others_in_mens_arm: int
    savings_others: int
    savings_others_in_mens_arm: int
    trained_men_in_village: int | None
    coach_arms: Sequence[str]
    coach_trains_men: bool
    coach_has_other_arm: bool
    number_across_arms: bool


def contamination(conn: Connection, programme_id: int, day: date, mens_arm: str) -> list[Contamination]:
    """Each woman who was a participant on a day; `mens_arm` is the code of the arm in which men are trained."""
    values = {"programme": programme_id, "day": day, "mens_arm": mens_arm}
    return sql.rows(conn, SQL["contamination"], Contamination, values)


def export(
    conn: Connection, programme_id: int, path: Path, day: date, mens_arm: str, who: str, now: datetime
) -> int:
    """Write the women of a day by study id, and the dictionary beside it, with an entry in the audit trail; gives the
    number of rows. `conn` has isolation level REPEATABLE READ. Raises CannotWrite."""
    audit.record(conn, programme_id, who, "export_contamination", "programme", programme_id, now)
    study_ids.assign(conn, programme_id)
    ids = study_ids.of(conn, programme_id)
    women = contamination(conn, programme_id, day, mens_arm)
    women.sort(key=lambda woman: ids[woman.person])
    return dictionary.write(
        path,
        COLUMNS,
        (
            (
                ids[woman.person],
                day,
                woman.arm,
                woman.group_number,
                woman.group_others,
                woman.group_others_in_mens_arm,
                _share(woman.group_others_in_mens_arm, woman.group_others),
                woman.savings_others,
                woman.savings_others_in_mens_arm,
                _share(woman.savings_others_in_mens_arm, woman.savings_others),
                woman.trained_men_in_village,
                " ".join(woman.coach_arms),
                woman.coach_trains_men,
                woman.coach_has_other_arm,
                woman.number_across_arms,
            )
            for woman in women
        ),
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else ""
