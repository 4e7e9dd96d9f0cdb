"""The sheet Consents: its columns, and what must hold of a consent by its purpose."""

from __future__ import annotations

from sms_app.programme.settings import Programme
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.column_makers import choice, day, person
from sms_app.programme.workbook.columns import MAX_VERSION_LENGTH, Column, Kind, Sheet

PURPOSES = ("programme", "messages", "surveys", "research", "approach_man", "check_in")
GUARDIAN_PURPOSES = ("programme", "surveys", "research")
"""The purposes to which somebody under 18 and her guardian both consent."""
ALONE_PURPOSE = "approach_man"
"""The purpose about which a woman is asked with nobody else there."""
HERSELF, GUARDIAN = "herself", "guardian"
WAYS = ("oral", "written")


def sheet(programme: Programme) -> Sheet:
    """The sheet of a programme."""
    columns = (
        person(),
        choice("purpose", "Purpose", "What it is about.", PURPOSES, needed=True),
        Column("given", "Said yes", Kind.YES_NO, "yes, or no when refused or withdrawn.", needed=True),
        Column(
            "version",
            "Version",
            Kind.TEXT,
            "The version of the consent's text.",
            needed=True,
            longest=MAX_VERSION_LENGTH,
        ),
        choice(
            "language", "Language", "The language in which it was read.", programme.languages, needed=True
        ),
        choice("how", "How", "oral or written.", WAYS, needed=True),
        Column("witness", "Witness", Kind.TEXT, "Who was there; needed for an oral one."),
        day("taken_on", "Day", "The day on which it was taken.", needed=True),
        Column("taken_by", "Taken by", Kind.TEXT, "Who took it.", needed=True),
        Column(
            "given_by",
            "Given by",
            Kind.CHOICE,
            "Whose word it is; empty: the person's own. A guardian's is for programme, surveys and research only.",
            choices=(HERSELF, GUARDIAN),
            may_be_absent=True,
        ),
        Column(
            "asked_alone",
            "Asked alone",
            Kind.YES_NO,
            "Whether nobody else was there when she was asked; yes is needed for a yes to approach man.",
            may_be_absent=True,
        ),
    )
    key = tuple(column.name for column in columns)
    help_ = "Each yes and no; a later one is a row of its own, and none is ever changed."
    return Sheet("consents", "Consents", help_, key, columns)


def misses_privacy(purpose: Value, given: Value, asked_alone: Value) -> bool:
    """Whether it is a yes to approaching her man that does not say that she was asked alone."""
    return purpose == ALONE_PURPOSE and given is True and asked_alone is not True


def is_not_the_guardians(purpose: Value, given_by: Value) -> bool:
    """Whether a guardian is said to have spoken on a purpose on which only the person's own word counts."""
    return given_by == GUARDIAN and purpose not in GUARDIAN_PURPOSES
