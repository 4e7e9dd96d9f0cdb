"""The sheets of a workbook with their columns. Reading, the template and the export all use this table."""

from __future__ import annotations

from collections.abc import Mapping

from sms_app.models.people import MAX_PLACE_LENGTH, ROLES
from sms_app.models.programme import MAX_VILLAGE_LENGTH
from sms_app.models.trial import NOMINATED
from sms_app.programme.settings import Programme
from sms_app.programme.workbook import consent_sheet
from sms_app.programme.workbook.column_makers import (
    choice,
    code,
    count,
    day,
    key,
    person,
    savings_group,
    since,
    until,
)
from sms_app.programme.workbook.columns import (
    PRIVATE,
    SHARED,
    WEEKDAYS,
    Column,
    Kind,
    Sheet,
)

CONTACTS = ("own", "household", "neighbour", "leader", "none")
LEFT_REASONS = ("moved", "work", "family", "health", "refused", "died", "finished", "duplicate", "other")
IN_HOUSEHOLD = ("woman", "husband", "father", "brother", "other")
RELATIONS = ("husband_of", "father_of", "brother_of", "lives_with")
OFFICES = ("chair", "secretary", "box_keeper", "money_counter")
MAX_NUMBER = 999
"""The largest number of a group, and of a place on a list."""
MAX_SHARE_VALUE, MAX_SHARES = 99_999, 99
FIRST_YEAR, LAST_YEAR = 1900, 2100


def all_sheets(programme: Programme) -> tuple[Sheet, ...]:
    """The sheets of a programme's workbook, in the order in which one needs the other."""
    return (
        _coaches(),
        _groups(programme),
        _households(programme),
        _people(programme),
        _phones(programme),
        _kin(),
        _group_coaches(),
        _savings_groups(),
        _savings_members(),
        _savings_officers(),
        _sessions(),
        consent_sheet.sheet(programme),
    )


def by_name(sheets: tuple[Sheet, ...]) -> Mapping[str, Sheet]:
    """The sheets by their names."""
    return {sheet.name: sheet for sheet in sheets}


def _coaches() -> Sheet:
    columns = (
        code(
            "code", "Code", "What the office calls the coach, such as C01; small letters become capital ones."
        ),
        Column("name", "Name", Kind.TEXT, "The coach's name.", needed=True),
        Column("phone", "Phone", Kind.PHONE, "The coach's own number; empty if there is none."),
        day(
            "suspended_on",
            "Suspended on",
            "From this day on the number gets no coach's menu and no texts; an import never ends it.",
            keeps=True,
        ),
    )
    return Sheet("coaches", "Coaches", "Who runs the groups' sessions.", ("code",), columns)


def _groups(programme: Programme) -> Sheet:
    sectors = tuple(programme.sectors)
    sector = (
        choice("sector", "Sector", "The sector, as in programme.yaml.", sectors, needed=True)
        if sectors
        else Column("sector", "Sector", Kind.TEXT, "The sector.", needed=True)
    )
    columns = (
        count("number", "Group number", "The group's number.", MAX_NUMBER, needed=True),
        choice("role", "For", "Whom the group is for.", ROLES, needed=True),
        sector,
        Column(
            "place",
            "Place",
            Kind.PLACE,
            "Where it meets, as texts say it.",
            needed=True,
            longest=MAX_PLACE_LENGTH,
        ),
    )
    return Sheet("groups", "Groups", "Groups that are trained together.", ("number",), columns)


def _households(programme: Programme) -> Sheet:
    columns = (
        key("reference", "Household", "What the office calls the household, such as H001."),
        choice("arm", "Arm", "The arm to which the trial assigned it.", tuple(programme.arms), keeps=True),
        day("assigned_on", "Assigned on", "The day of the assignment.", keeps=True),
        Column(
            "arm_reason", "Why the arm was corrected", Kind.TEXT, "Needed when an arm is changed.", keeps=True
        ),
        Column("village", "Village", Kind.TEXT, "Where it lives.", keeps=True, longest=MAX_VILLAGE_LENGTH),
    )
    return Sheet("households", "Households", "Households, and the arms they are in.", ("reference",), columns)


def _people(programme: Programme) -> Sheet:
    columns = (
        key("reference", "Reference", "What the office calls the person in its lists, such as W001."),
        Column(
            "member_number",
            "Member number",
            Kind.MEMBER,
            "The number on the card; empty: one is drawn.",
            keeps=True,
        ),
        Column("name", "Name", Kind.TEXT, "The person's name.", needed=True),
        choice("role", "Role", "What the person is in the programme.", ROLES, needed=True),
        *_place_columns(),
        *_trial_columns(),
        *_contact_columns(programme),
        day("enrolled_on", "Enrolled on", "The day of enrolment.", needed=True),
        day("left_on", "Left on", "The day on which the person left; empty while here."),
        choice("left_reason", "Why left", "Why the person left.", LEFT_REASONS),
    )
    return Sheet("people", "People", "Every woman, man and leader of the programme.", ("reference",), columns)


def _place_columns() -> tuple[Column, ...]:
    """Of a person: the group and the household."""
    return (
        count("group", "Group number", "The group; empty if in none.", MAX_NUMBER, refers="groups"),
        count(
            "list_number",
            "List number",
            "The number on the group's list; empty: the next one.",
            MAX_NUMBER,
            keeps=True,
        ),
        day(
            "group_since",
            "In the group since",
            "If later than the enrolment; a move is dated today.",
            keeps=True,
        ),
        key(
            "household", "Household", "The household's reference; empty if none.", "households", needed=False
        ),
        choice("household_as", "In the household as", "What the person is there.", IN_HOUSEHOLD),
    )


def _trial_columns() -> tuple[Column, ...]:
    """Of a person: what the trial needs to know."""
    return (
        count(
            "born_in",
            "Born in",
            "The year of birth; who is under 18 needs a guardian's consent beside her own.",
            LAST_YEAR,
            keeps=True,
            least=FIRST_YEAR,
        ),
        choice(
            "nominated_man",
            "Nominated man",
            "Of a woman: the man whom she nominated before her household got an arm; none: she has nobody.",
            NOMINATED,
            keeps=True,
        ),
        day("nominated_on", "Nominated on", "The day of that; today if left empty in a new row.", keeps=True),
    )


def _contact_columns(programme: Programme) -> tuple[Column, ...]:
    """Of a person: language, phone, and what it may show."""
    return (
        choice("language", "Language", "The language of texts and menus.", programme.languages, keeps=True),
        choice("contact", "Phone is whose", "Whose phone it is; none without a phone.", CONTACTS, keeps=True),
        Column("phone", "Phone", Kind.PHONE, "The number on which the person is reached; empty if on none."),
        Column(
            "amounts",
            "Amounts by phone",
            Kind.YES_NO,
            "Whether amounts are shown behind the PIN.",
            keeps=True,
        ),
    )


def _phones(programme: Programme) -> Sheet:
    columns = (
        Column("number", "Phone", Kind.PHONE, "A number.", needed=True),
        choice(
            "sharing",
            "Used by",
            "shared: others use it too; private: one alone.",
            (SHARED, PRIVATE),
            keeps=True,
        ),
        day(
            "stopped_on",
            "Messages stopped on",
            "No text goes there since; an import never lifts it.",
            keeps=True,
        ),
        choice("language", "Language chosen", "Chosen on that phone.", programme.languages, keeps=True),
    )
    help_ = "Only numbers of which more is known than whose they are. Others need no row here."
    return Sheet("phones", "Phones", help_, ("number",), columns)


def _kin() -> Sheet:
    columns = (
        person(),
        choice("relation", "Is", "How the two are related.", RELATIONS, needed=True),
        person("other", "Of whom"),
        since(),
        until(),
    )
    return Sheet(
        "kin",
        "Kin",
        "Whose husband, father or brother somebody is.",
        ("person", "relation", "other"),
        columns,
    )


def _group_coaches() -> Sheet:
    columns = (
        count("group", "Group number", "The group's number.", MAX_NUMBER, needed=True, refers="groups"),
        code("coach", "Coach", "The coach's code, as on the sheet Coaches.", "coaches"),
        since(),
        until(),
    )
    return Sheet(
        "group_coaches", "Group coaches", "Which coach has which group.", ("group", "coach"), columns
    )


def _savings_groups() -> Sheet:
    columns = (
        Column("name", "Name", Kind.TEXT, "The savings group's name; no two have the same.", needed=True),
        count(
            "group",
            "Group number",
            "The training group that it belongs to; empty if none.",
            MAX_NUMBER,
            refers="groups",
        ),
        Column(
            "weekday", "Check-in day", Kind.WEEKDAY, "The weekday on which members report.", choices=WEEKDAYS
        ),
        day("opened_on", "Cycle began on", "The first day of the savings cycle.", keeps=True),
        choice("mode", "Saves in", "shares, or free amounts.", ("shares", "free"), keeps=True),
        count(
            "share_value",
            "Share value",
            "Of one share, in the smallest unit of the currency.",
            MAX_SHARE_VALUE,
            keeps=True,
        ),
        count(
            "most_shares",
            "Most shares",
            "The most that one may buy at a meeting.",
            MAX_SHARES,
            keeps=True,
            least=0,
        ),
    )
    help_ = "Groups that save together, and their open cycle."
    return Sheet("savings_groups", "Savings groups", help_, ("name",), columns)


def _savings_members() -> Sheet:
    columns = (
        savings_group(),
        person(),
        count(
            "list_number",
            "List number",
            "On the savings group's list; empty: the next one.",
            MAX_NUMBER,
            keeps=True,
        ),
        since(),
        until(),
    )
    help_ = "Who saves in which group, one group at a time."
    return Sheet("savings_members", "Savings members", help_, ("savings_group", "person"), columns)


def _savings_officers() -> Sheet:
    office = choice("office", "Office", "The member's office.", OFFICES, needed=True)
    columns = (savings_group(), person(), office, since(), until())
    help_ = "Members with an office in their savings group."
    return Sheet("savings_officers", "Savings officers", help_, ("savings_group", "person"), columns)


def _sessions() -> Sheet:
    columns = (
        count("group", "Group number", "The group's number.", MAX_NUMBER, needed=True, refers="groups"),
        day("day", "Day", "The day of the session.", needed=True),
        Column("starts", "Starts", Kind.HOUR, "When it starts, such as 14:00.", needed=True),
        Column("ends", "Ends", Kind.HOUR, "When it ends, such as 16:00.", needed=True),
        Column(
            "place",
            "Place",
            Kind.PLACE,
            "Where it is held, as texts say it.",
            needed=True,
            longest=MAX_PLACE_LENGTH,
        ),
        Column("title", "Title", Kind.TEXT, "What it is about, for staff only.", needed=True),
        Column("cancelled", "Cancelled", Kind.YES_NO, "yes when it is called off.", keeps=True),
    )
    help_ = "Coming training sessions. The command for sessions moves a session, not this sheet."
    return Sheet("sessions", "Sessions", help_, ("group", "day", "starts"), columns)
