"""Texts that must not exist: absence, savings, loans, fines, PINs, numbers changed, help, an arm's reason, birthdays...

Nothing here looks for such a text by its words alone: it shows that there is no sentence, rule, audience or way in the
code that could make one. Each check is tried on something that it must refuse."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from sms_app import models
from sms_app.messaging.kinds import COMPOSERS
from sms_app.models.people import ROLES
from sms_app.programme import rules, texts_said
from sms_app.programme.rules import Rule
from sms_app.programme.settings import SettingsFaults, load_programme
from worker import clock

ROOT = Path(__file__).parents[2]
MESSAGING = ROOT / "sms_app" / "messaging"
# without the words of the staff's console
CATALOGUES = sorted(
    path
    for path in [*ROOT.glob("locales/*/LC_MESSAGES/*.po"), *ROOT.glob("tests/programmes/*/locales/*/*/*.po")]
    if path.name != "console.po"
)

# --- the closed table

TO_PARTICIPANTS = {
    "session_tomorrow": {"start", "place"},
    "session_today": {"start", "place"},
    "session_moved": {"was", "start", "place"},
    "session_changed": {"start", "place"},
    "session_cancelled": {"start"},
    "please_dial": {"service_code", "by"},
    "number_test": {"service_code"},
    "leader_month": {"service_code"},
}
TO_COACHES = {
    "coach_tomorrow",
    "coach_changed",
    "coach_cancelled",
    "coach_roll_missing",
    "coach_roll_summary",
    "coach_week",
}
TO_CASEWORKERS = {"duty_check"}
KINDS = {
    "gathering",
    "correction",
    "check_in",
    "month",
    "number_test",
    "broadcast",
    "coach_gathering",
    "coach_roll_missing",
    "coach_roll",
    "coach_week",
    "duty",
}
CAN_FILL = {"moment", "day", "place", "service_code"}
"""A day, a place, the code: no name, amount, group, title, role or arm."""


def test_there_are_only_the_texts_of_the_list() -> None:
    assert {name: set(fills) for name, fills in texts_said.PARTICIPANTS.items()} == TO_PARTICIPANTS
    assert set(texts_said.COACHES) == TO_COACHES
    # the text to who is on duty can say nothing but its words
    assert {name: {} for name in TO_CASEWORKERS} == texts_said.CASEWORKERS
    assert set(texts_said.TEXTS) == TO_PARTICIPANTS.keys() | TO_COACHES | TO_CASEWORKERS
    assert COMPOSERS.keys() <= KINDS


def telling(table: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Texts with a placeholder that could tell something of someone."""
    return [name for name, fills in table.items() if not set(fills.values()) <= CAN_FILL]


def test_no_text_to_a_participant_can_have_more_than_a_day_a_place_and_the_code() -> None:
    assert telling(texts_said.PARTICIPANTS) == []
    assert telling({"session_today": {"group": "group"}, "please_dial": {"by": "day"}}) == ["session_today"]


def keys(catalogue: str) -> set[str]:
    return set(re.findall(r'^msgid "message\.(.*)"$', catalogue, re.MULTILINE))


def test_no_catalogue_has_a_text_that_is_not_in_the_list() -> None:
    assert len(CATALOGUES) >= 4
    for path in CATALOGUES:
        assert keys(path.read_text()) <= texts_said.TEXTS.keys(), path
    assert keys(CATALOGUES[0].read_text() + '\nmsgid "message.fine_due"\n') - texts_said.TEXTS.keys() == {
        "fine_due"
    }


# in any language of a participant's sentence; whole words of English, stems of Kinyarwanda
UNSAID = re.compile(
    r"(?i)\b(miss(ed)?|absent|absence|sav\w+|balance|shares?|loans?|fines?|paid|pay|money|Frw|receipt|welcome|pin|locked"
    r"|wife|husband|women|men|woman|man|survey|birthday|sorry for|help|violence|number (was|is) changed|unsubscribe\w*"
    r"|asib\w*|ubwizigame|kuzigama|inguzanyo|amande|umugabane|amafaranga|umugore|umugabo|abagore|abagabo|ubufasha)\b"
)


def test_no_sentence_to_a_participant_names_a_forbidden_subject() -> None:
    said = 0
    for path in CATALOGUES:
        for key, text in re.findall(
            r'^msgid "message\.(\w+)"\nmsgstr "(.*)"$', path.read_text(), re.MULTILINE
        ):
            if key in TO_PARTICIPANTS.keys() | TO_CASEWORKERS:
                assert not UNSAID.search(text), f"{path}: {key}"
                said += key in TO_PARTICIPANTS
    assert said == len(CATALOGUES) * len(TO_PARTICIPANTS)
    for wrong in (
        "We missed you.",
        "Your loan is due.",
        "PIN changed.",
        "Tell your husband.",
        "Inguzanyo yawe",
    ):
        assert UNSAID.search(wrong)


# --- rules

CAUSES = {
    "gathering",
    "check_in",
    "month",
    "coach_gathering",
    "coach_roll_missing",
    "coach_roll",
    "coach_week",
}


def test_rules_are_about_these_things_and_say_what_is_for_them() -> None:
    assert set(rules.TEXTS) == CAUSES
    assert not TO_CASEWORKERS & {text for texts in rules.TEXTS.values() for text in texts}
    for about, texts in rules.TEXTS.items():
        assert set(texts) <= (TO_COACHES if about.startswith("coach_") else TO_PARTICIPANTS.keys())
    # what a rule can choose by: nothing that anyone did or has
    selects = set(Rule.__dataclass_fields__) - {"name", "about", "text", "quiet"}
    assert selects == {
        "roles",
        "groups",
        "at",
        "again_at",
        "days_before",
        "hours_before",
        "hours_after",
        "weekday",
        "last_weekday",
    }
    assert ROLES == ("woman", "man", "leader")


RULE = 'leader_month: {about: month, text: leader_month, last_weekday: 4, at: "10:00", quiet: earlier, roles: [leader]}'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("text: leader_month", "text: absence"),
        ("text: leader_month", "text: number_test"),
        ("text: leader_month", "text: coach_roll_summary"),
        ("text: leader_month", "text: session_cancelled"),
        ("about: month", "about: absence"),
        ("about: month", "about: pin"),
        ("about: month", "about: loan"),
        ("about: month", "about: birthday"),
        ("about: month, text: leader_month", "about: coach_roll, text: leader_month"),
        ("roles: [leader]", "roles: [absent]"),
        ("roles: [leader]", "roles: [leader], who: absent"),
        ("roles: [leader]", "roles: [leader], balance: 0"),
        ("roles: [leader]", "roles: [leader], arms: [A]"),
        ("roles: [leader]", "words: You have not saved"),
    ],
)
def test_a_rule_has_no_other_parts(tmp_path: Path, old: str, new: str) -> None:
    text = (ROOT / "flows/rwanda/programme.yaml").read_text()
    assert RULE in text
    assert old in RULE
    path = tmp_path / "programme.yaml"
    path.write_text(text)
    load_programme(path)
    path.write_text(text.replace(RULE, RULE.replace(old, new)))
    with pytest.raises(SettingsFaults):
        load_programme(path)


# --- what is read: every table is one that a way to participants may read, or one that it may not

READ = {
    "programme",
    "training_group",
    "training_session",
    "planned_meeting",
    "savings_group",
    "savings_member",
    "participant",
    "participant_phone",
    "phone_number",
    "consent",
    "household",
    "household_link",
    "arm",
    "arm_assignment",
    "coach",
    "group_coach",
    "message",
    "broadcast",
    "broadcast_text",
    "broadcast_proposal",
    "broadcast_proposal_text",
    "saved_audience",
    "delivery_report",
    "inbound_message_seen",
    "sending_switch",
    "heartbeat",
    "audit_entry",
    "installation",
    "vault_key_check",
    "plan_change",
    "plan_state",
}
UNREAD = {
    "attendance",
    "session_reply",
    "contribution",
    "cycle",
    "group_meeting",
    "dispute",
    "pin_guard",
    "pin_opening",
    "number_claim",
    "unmatched_check_in",
    "session_list",
    "session_substitute",
    "roll",
    "follow_up",
    "meeting_line",
    "savings_officer",
    "kinship",
    "group_membership",
    "duty_day",
    "gathering_move",
    "roll_correction",
    "erasure",
    "screening",
    "screening_exclusion",
    "nomination",
    "account",
    "account_guard",
    "account_session",
    "recovery_code",
    "import_job",
    "import_progress",
}
UNREAD_COLUMNS = {
    "name_sealed",
    "pin",
    "pin_changed_on",
    "bookmark",
    "amounts_by_phone",
    "member_number",
    "title",
    "check_in_code",
    "birth_year",
    "village",
    "share_value",
    "most_shares",
}
# views that read of the above, for coaches' texts alone
VIEWS_OF_COACHES = {"roll_digest", "cannot_come"}
# the view of attendance (revision 0017)
PRESENCE = "presence"
# views and functions that several statements of messaging call
SHARED = ROOT / "sms_app" / "migrations" / "versions" / "0015_messaging_views.py"
# modules of coaches' texts, which tell of the roll; nobody else may enter but who sends and plans for all kinds
OF_COACHES = "coaches"
# `kinds` names all kinds; `duty` leads to caseworkers; the others are what staff read, with member numbers
DOORS = {"kinds.py", "reminders/preview.py", "history.py", "reach.py", "rule_days.py", "today.py", "duty.py"}


def words(source: str) -> set[str]:
    """Every word of the strings and names of a module, its docstrings left out."""
    tree = ast.parse(source)
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            found |= set(re.findall(r"\w+", node.value.lower()))
        elif isinstance(node, ast.Attribute):
            found.add(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.attr).lower())
    return found


def imports(source: str) -> set[str]:
    """The modules of ours that a module names, by their dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith(("sms_app.", "worker."))}


def statements(path: Path) -> str:
    """The named statements beside a module, without their comments; nothing where there are none."""
    beside = path.with_suffix(".sql")
    return re.sub(r"--.*", "", beside.read_text()) if beside.exists() else ""


def reads_what_it_must_not(source: str, beside: str = "") -> set[str]:
    """What a module that leads to participants, or a statement beside it, reads or asks, and must not."""
    modules = (
        f"sms_app.messaging.{OF_COACHES}",
        "sms_app.programme.savings",
        "sms_app.programme.pins",
        "sms_app.programme.codes",
        "sms_app.programme.rotation",
    )
    entered = {
        name for name in imports(source) if f"{name}.".startswith(tuple(f"{module}." for module in modules))
    }
    read = words(source) | set(re.findall(r"\w+", beside.lower()))
    return (read & (UNREAD | UNREAD_COLUMNS | VIEWS_OF_COACHES | {PRESENCE})) | entered


def to_participants() -> Iterable[Path]:
    return [
        path
        for path in sorted(MESSAGING.rglob("*.py"))
        if path.parent.name != OF_COACHES and named(path) not in DOORS
    ]


def named(path: Path) -> str:
    """A module of messaging as `reminders/planning.py`."""
    return path.relative_to(MESSAGING).as_posix()


def test_every_table_is_in_one_of_the_two_lists() -> None:
    assert {name for name in models.Base.metadata.tables if not name.startswith("ussd_")} == READ | UNREAD
    assert not READ & UNREAD


def test_no_way_to_a_participant_reads_what_she_did_or_has() -> None:
    found = {
        named(path): reads_what_it_must_not(path.read_text(), statements(path)) for path in to_participants()
    }
    assert {
        "reminders/planning.py",
        "reminders/corrections.py",
        "broadcasts/audience.py",
        "eligibility.py",
    } <= found.keys()
    assert {stem: read for stem, read in found.items() if read} == {}


# --- the wall: what a message or its hour depends on

WALL = re.compile(
    r"(?i)\bprivate\s*\.|\bsms_app\.private\b|\bfrom sms_app import .*\bprivate\b"
    r"|\b(inbox|roster|withdrawn_key|rewrite_requests|support_request|support_board)\b"
)
TABLES = re.compile(r"(?i)\b(?:from|join|update|into)\s+(?!unnest)([a-z_.]+)")


def naming_the_wall(read: Callable[[Path], str]) -> list[str]:
    """Files of messaging that name something behind the wall."""
    files = [path for path in sorted(MESSAGING.rglob("*")) if path.suffix in (".py", ".sql")]
    return [named(path) for path in files if WALL.search(read(path))]


def test_no_message_and_no_hour_depends_on_a_request_for_support() -> None:
    assert naming_the_wall(Path.read_text) == []
    planning = {
        name
        for plan in clock.PLANS
        for name in imports(Path(sys.modules[plan.run.__module__].__file__).read_text())
    }
    assert "sms_app.messaging.reconcile" in planning
    assert not any(name.startswith("sms_app.private") for name in every_import(planning))


@pytest.mark.parametrize(
    "line",
    [
        'X = "select count(*) from private.inbox"',
        'X = "select 1 from private . request"',
        "from sms_app.private import door",
        "from sms_app import private, sql",
        "import sms_app.private.roster",
    ],
)
def test_a_way_behind_the_wall_is_noticed(line: str) -> None:
    duty = MESSAGING / "duty.py"
    assert naming_the_wall(lambda path: path.read_text() + (f"\n{line}\n" if path == duty else "")) == [
        "duty.py"
    ]


def test_the_text_to_who_is_on_duty_reads_the_rota_and_messages_and_nothing_else() -> None:
    duty = MESSAGING / "duty.py"
    beside = statements(duty)
    assert set(TABLES.findall(beside)) == {"duty_day", "reconcile_messages", "message"}
    strings = words(duty.read_text())
    read = (READ | UNREAD | UNREAD_COLUMNS | VIEWS_OF_COACHES | {PRESENCE}) & strings
    assert read <= {"duty_day", "message", "programme"}
    assert "duty_day" not in {word for path in to_participants() for word in words(path.read_text())}


def every_import(names: Iterable[str]) -> set[str]:
    """These modules and everything of ours that they import, through other modules too."""
    seen: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        path = ROOT / f"{name.replace('.', '/')}.py"
        if name not in seen:
            seen.add(name)
            ahead.extend(imports(path.read_text()) if path.exists() else ())
    return seen


def test_no_shared_view_or_function_reads_it_but_two_views_of_coaches() -> None:
    made = re.split(r"\bcreate (?:view|function|type) ", statements(SHARED))[1:]
    read = {re.match(r"\w+", body)[0]: reads_what_it_must_not("", body) for body in made}
    assert len(read) > 15
    assert {name for name, what in read.items() if what} == VIEWS_OF_COACHES


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ('SQL = "select 1 from roll_digest d"', "roll_digest"),
        ('SQL = "select 1 from attendance a where a.status = 1"', "attendance"),
        ('SQL = f"{X} join contribution c on true"', "contribution"),
        ("x = select(models.GroupMeeting)", "group_meeting"),
        ('SQL = "select p.name_sealed from participant p"', "name_sealed"),
        ("from sms_app.messaging.coaches import rolls", "sms_app.messaging.coaches.rolls"),
        ("import sms_app.messaging.coaches.weeks", "sms_app.messaging.coaches.weeks"),
        ("import sms_app.programme.pins", "sms_app.programme.pins"),
    ],
)
def test_a_forbidden_read_is_noticed(written: str, seen: str) -> None:
    source = (MESSAGING / "broadcasts" / "audience.py").read_text()
    assert reads_what_it_must_not(source) == set()
    assert seen in reads_what_it_must_not(f"{source}\n{written}\n")


def test_a_statement_beside_a_module_is_read(tmp_path: Path) -> None:
    module = tmp_path / "planning.py"
    module.write_text("")
    assert reads_what_it_must_not("", statements(module)) == set()
    module.with_suffix(".sql").write_text("-- not the pin\nselect 1 from message -- contribution\n")
    assert reads_what_it_must_not("", statements(module)) == set()
    module.with_suffix(".sql").write_text("select 1 from Contribution c where c.pin is null\n")
    assert {"contribution", "pin"} & reads_what_it_must_not("", statements(module)) == {"contribution", "pin"}


# --- who can make a message

WRITES = re.compile(
    r"(?i)\b(insert into|update|delete from|merge into|copy)\s+message\b|\bmodels\.Message\b|\bMessage\("
)
INSERTS = re.compile(r"(?i)\binsert into message\b|\breconcile_messages\(")
MAKERS = {
    "reminders/planning.py",
    "reminders/corrections.py",
    "coaches/planning.py",
    "broadcasts/creating.py",
    "duty.py",
}


def writing(read: Callable[[Path], str]) -> Iterator[str]:
    """Modules that write messages though they are not messaging's."""
    for package in ("sms_app", "worker"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(
                ("sms_app/messaging/", "sms_app/migrations/", "sms_app/models/")
            ) and WRITES.search(read(path)):
                yield name


def test_nothing_but_messaging_writes_a_message() -> None:
    assert list(writing(Path.read_text)) == []


@pytest.mark.parametrize(
    "line",
    [
        'X = "insert into message (id) values (1)"',
        'X = "update message m set status = 1"',
        "insert(models.Message)",
        "session.add(Message(id=1))",
    ],
)
def test_a_write_of_a_message_elsewhere_is_noticed(line: str) -> None:
    pins = ROOT / "sms_app/programme/pins.py"
    assert list(writing(lambda path: path.read_text() + (f"\n{line}\n" if path == pins else ""))) == [
        "sms_app/programme/pins.py"
    ]


def test_only_the_named_modules_make_messages() -> None:
    making = {
        named(path)
        for path in MESSAGING.rglob("*.py")
        if INSERTS.search(path.read_text()) or INSERTS.search(statements(path))
    }
    assert making == MAKERS
    files = {path.name for path in SHARED.parent.glob("*.sql") if INSERTS.search(path.read_text())}
    assert files == {SHARED.with_suffix(".sql").name}


def test_no_webhook_and_no_dialogue_can_make_a_message() -> None:
    """So nothing follows help, a PIN, a new number or a stop: neither reaches a module that makes messages."""
    makers = {
        "sms_app.messaging." + name.removesuffix(".py").replace("/", ".")
        for name in MAKERS | {"sending.py", "kinds.py"}
    }
    for package in ("web", "conversation", "programme"):
        for path in (ROOT / "sms_app" / package).rglob("*.py"):
            reached = reach({str(name) for name in imports(path.read_text())})
            assert not reached & makers, path
    assert reach({"sms_app.messaging.kinds"}) & makers


def reach(names: set[str]) -> set[str]:
    """All of messaging that is imported by way of these modules."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        path = ROOT / f"{name.replace('.', '/')}.py"
        if name not in found and name.startswith("sms_app.messaging.") and path.exists():
            found.add(name)
            ahead.extend(imports(path.read_text()))
    return found
