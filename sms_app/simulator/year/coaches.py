"""What coaches do in a simulated year: the roll by their own menu and PIN, and what they do for participants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sms_app.simulator.year import participants
from sms_app.simulator.year.people import Coach, Person, Session
from sms_app.simulator.year.phones import Astray, Call
from sms_app.simulator.year.screens import MORE
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.tally import Roll

REASONS = ("weather", "few_came", "coach_away", "funeral", "place", "other")


def read_code(stage: Stage, coach: Coach, session: Session) -> None:
    """She looks up the code that she reads out."""
    with stage.phones.call(coach.number) as call:
        call.press("2", coach.pin)
        if session.code not in call.expect("coach.codes")["session_codes"]:
            stage.tally.faults["a coach was shown another session's code"] += 1


def take_roll(stage: Stage, coach: Coach, session: Session, absent: Collection[UUID]) -> None:
    """She types how many came and who did not. Sometimes the line drops, and she goes on where she stopped."""
    with stage.phones.call(coach.number) as call:
        _to_roll(stage, call, coach, session)
        if stage.random.random() < 0.05:
            call.press(str(len(stage.tally.lists[session.id]) - len(absent)))
            stage.tally.counts["dialogues dropped"] += 1
        else:
            _type_roll(stage, call, session, absent)
            _stored(stage, coach, session, absent)
            return
    with stage.phones.call(coach.number) as call:
        call.press("1", coach.pin)
        call.expect("common.resume")
        call.press("1")
        _type_absent(stage, call, session, absent)
        _stored(stage, coach, session, absent)


def stand_in(stage: Stage, coach: Coach, session: Session, absent: Collection[UUID]) -> None:
    """Another coach takes the roll, with the code of the session."""
    with stage.phones.call(coach.number) as call:
        _to_group(call, coach, coach.groups[0])
        call.press("4", str(session.group), session.code)
        _type_roll(stage, call, session, absent)
        _stored(stage, coach, session, absent)
    stage.tally.counts["sessions with a substitute"] += 1


def mark(stage: Stage, coach: Coach, session: Session, marked: Mapping[UUID, str]) -> None:
    """She says of people on the roll that they came late, or are excused."""
    numbers = _numbers(stage, session)
    for status, digit in (("late", "2"), ("excused", "3")):
        named = [person for person, said in marked.items() if said == status]
        if not named:
            continue
        with stage.phones.call(coach.number) as call:
            _to_group(call, coach, session.group)
            call.press("5")
            call.choose("groups.session_roll", _when(stage, session))
            call.expect("roll.again")
            call.press(digit, "*".join(str(numbers[person]) for person in named))
            call.thanks()
        taken = stage.tally.rolls[session.id]
        # the roll is then hers, also when a substitute took it
        taken.coach = coach.id
        taken.marks.update(dict.fromkeys(named, status))


def not_held(stage: Stage, coach: Coach, session: Session) -> None:
    """She says that the session was not held, and why."""
    reason = stage.random.randrange(len(REASONS))
    with stage.phones.call(coach.number) as call:
        _to_group(call, coach, session.group)
        call.press("3")
        if not call.shows("groups.what"):
            call.choose("groups.session", _when(stage, session))
        call.press("1", str(reason + 1))
        call.thanks()
    stage.tally.rolls[session.id] = Roll(coach.id, "not_held", REASONS[reason])


def open_pin(stage: Stage, coach: Coach, person: Person) -> None:
    """She opens a participant's PIN and reads out the code; the participant sets it."""
    with stage.phones.call(coach.number) as call:
        _to_person(call, coach, person)
        call.press("5", "1")
        code = call.expect("assist.pin_code")["opening"]
    participants.set_pin(stage, person, code)
    stage.tally.counts["PINs set"] += 1


def save(stage: Stage, coach: Coach, person: Person) -> None:
    """She reports a saving with a participant."""
    savings = stage.world.savings[stage.world.home[person.id]]
    with stage.phones.call(coach.number) as call:
        _to_person(call, coach, person)
        call.press("2", "1")
        amount = participants.type_amount(stage, call, savings.mode, savings.share_value, savings.most_shares)
        call.press("1")
        call.expect("assist.done")
    stage.tally.total(person.id, stage.travel.week, amount, helped=True)


def new_number(stage: Stage, coach: Coach, person: Person) -> None:
    """A participant's new phone shows a code; the coach types it, with her present."""
    number = stage.world.new_number()
    code = participants.claim(stage, person, number)
    with stage.phones.call(coach.number) as call:
        _to_person(call, coach, person)
        call.press("6", code)
        call.expect("assist.done")
    person.number = number
    stage.tally.owners[number].add(person.id)
    stage.tally.counts["new numbers by a coach"] += 1


def start_texts(stage: Stage, coach: Coach, person: Person) -> None:
    """Texts to a participant's number go on, as she asks her coach."""
    with stage.phones.call(coach.number) as call:
        _to_person(call, coach, person)
        call.press("4", "2")
        call.expect("assist.done")
    stage.tally.resume(person.number, stage.travel.now())


def answer_question(stage: Stage, coach: Coach, person: Person) -> None:
    """She answers the oldest question of the group about attendance: checked, and it is right."""
    with stage.phones.call(coach.number) as call:
        _to_group(call, coach, person.group)
        call.press("8")
        call.choose("groups.person_day", {})
        call.expect("groups.answer")
        call.press("2")
        call.thanks()


def _to_roll(stage: Stage, call: Call, coach: Coach, session: Session) -> None:
    call.press("1", coach.pin)
    if call.shows("roll.which"):
        call.choose("roll.session", {"group": str(session.group), **_when(stage, session)})
    call.expect("roll.headcount")


def _to_group(call: Call, coach: Coach, group: int) -> None:
    call.press("4", coach.pin)
    if len(coach.groups) > 1:
        call.choose("groups.group", {"group": str(group)})
    call.expect("groups.menu")


def _to_person(call: Call, coach: Coach, person: Person) -> None:
    _to_group(call, coach, person.group)
    call.press("1", str(person.list_number))
    call.expect("assist.menu")


def _type_roll(stage: Stage, call: Call, session: Session, absent: Collection[UUID]) -> None:
    listed = call.expect("roll.headcount")["listed"]
    if listed != str(len(stage.tally.lists[session.id])):
        stage.tally.faults["a list had another length than its group"] += 1
        raise Astray("list length")
    call.press(str(len(stage.tally.lists[session.id]) - len(absent)))
    _type_absent(stage, call, session, absent)


def _type_absent(stage: Stage, call: Call, session: Session, absent: Collection[UUID]) -> None:
    numbers = _numbers(stage, session)
    came = len(numbers) - len(absent)
    if not absent:
        call.expect("roll.read_all")
        call.press("1")
        call.thanks()
        return
    named = absent if 2 * came >= len(numbers) else set(numbers) - set(absent)
    call.expect("roll.absent", "roll.present")
    call.press("*".join(str(number) for number in sorted(numbers[person] for person in named)))
    while stage.screens.has_more(call.answer):
        call.press(MORE)
    call.press("1")
    call.thanks()


def _stored(stage: Stage, coach: Coach, session: Session, absent: Collection[UUID]) -> None:
    listed = stage.tally.lists[session.id]
    marks = {person: "absent" if person in absent else "present" for person in listed}
    stage.tally.rolls[session.id] = Roll(coach.id, "held", None, marks)


def _numbers(stage: Stage, session: Session) -> Mapping[UUID, int]:
    """The list numbers of those who are on a session's list."""
    return stage.list_numbers[session.id]


def _when(stage: Stage, session: Session) -> Mapping[str, str]:
    local = session.starts_at.astimezone(stage.travel.zone)
    return {"starts:date": f"{local:%d/%m}", "starts:time": f"{local:%H:%M}"}
