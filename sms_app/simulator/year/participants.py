"""What participants do in a simulated year, on their own phones, on shared ones, and from a phone that is nobody's."""

from __future__ import annotations

from uuid import uuid4

from sms_app.simulator.year.people import Person, Session
from sms_app.simulator.year.phones import Call
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.tally import Question

AMOUNTS = range(100, 5100, 100)
INFORMATION = (("3", "1"), ("3", "2", "1"), ("3", "4"), ("3", "1", "0"))


def check_in(stage: Stage, person: Person, session: Session) -> None:
    """She checks in with the session's code: from her phone, a shared one, or somebody's whom nobody knows."""
    number = person.number or stage.random.choice(stage.world.strangers)
    hers = bool(person.number) and stage.world.speaks_for_one(number)
    if hers and stage.random.random() < 0.5:
        # the whole code at once, as it is printed on the card
        with stage.phones.call(number, f"1*2*{session.code}") as call:
            call.expect("training.received")
    else:
        with stage.phones.call(number) as call:
            call.press("1", "2")
            if not hers:
                call.press(person.member)
            if stage.random.random() < 0.03:
                call.press("0001" if session.code != "0001" else "0002")
                call.expect("training.code_refused")
                stage.tally.counts["wrong session codes"] += 1
            call.press(session.code)
            call.expect("training.received")
    stage.tally.check_ins.add((session.id, person.id))


def save(stage: Stage, person: Person) -> None:
    """She reports this week's saving: the week, more, or nothing; sometimes the line drops before she confirms."""
    savings = stage.world.savings[stage.world.home[person.id]]
    nothing = stage.random.random() < 0.05
    with stage.phones.call(person.number) as call:
        call.press("2", "4" if nothing else "1")
        _say_who(stage, call, person)
        if nothing:
            call.expect("savings.read_nothing")
            call.press("1")
            call.thanks()
            stage.tally.total(person.id, stage.travel.week, 0, helped=False)
            return
        amount = type_amount(stage, call, savings.mode, savings.share_value, savings.most_shares)
        if stage.random.random() < 0.03:
            stage.tally.counts["dialogues dropped"] += 1
            return
        more = stage.random.random() < 0.1
        week = stage.travel.week
        call.press("2" if more else "1")
        call.thanks()
    if more:
        stage.tally.more(person.id, week, amount)
    else:
        stage.tally.total(person.id, week, amount, helped=False)


def type_amount(stage: Stage, call: Call, mode: str, share_value: int, most: int) -> int:
    """Type shares or money, and see it read back. Gives the amount."""
    if mode == "shares":
        call.expect("savings.how_many")
        shares = stage.random.randint(1, most)
        call.press(str(shares))
        read = call.expect("savings.read_shares")
        amount = shares * share_value
    else:
        call.expect("savings.how_much")
        amount = stage.random.choice(AMOUNTS)
        call.press(stage.random.choice((str(amount), f"{amount:,}", f"{amount} frw")))
        read = call.expect("savings.read_money")
    if read["amount"] != f"{amount:,}":
        stage.tally.faults["an amount was read back wrong"] += 1
    return amount


def reply(stage: Stage, person: Person) -> None:
    """She says whether she will come to the next session, by the menu or by a text."""
    session = stage.world.next_session(person.group, stage.travel.now())
    if session is None:
        return
    comes = stage.random.random() < 0.85
    if stage.world.speaks_for_one(person.number) and stage.random.random() < 0.2:
        text(stage, person.number, stage.random.choice(("yego", "Yego!")) if comes else "oya")
    else:
        with stage.phones.call(person.number) as call:
            call.press("1", "1")
            _say_who(stage, call, person)
            call.expect("training.next")
            call.press("1" if comes else "2")
            call.thanks()
    stage.tally.replies[session.id, person.id] = comes


def text(stage: Stage, number: str, words: str) -> None:
    """A text comes from a number; now and then the provider delivers it twice."""
    stage.tally.counts["texts received"] += 1
    form = {
        "date": stage.travel.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "from": number,
        "id": str(uuid4()),
        "text": words,
        "to": stage.programme.settings.service_code.strip("*#"),
    }
    for _ in range(2 if stage.random.random() < 0.1 else 1):
        stage.tally.texts += 1
        status, _ = stage.webhooks.post("sms", form)
        if status != 200:
            stage.tally.faults[f"a text was answered with {status}"] += 1


def stop(stage: Stage, person: Person) -> None:
    """Texts to her number stop: by a text, or on the menu, where it is asked once more."""
    if stage.random.random() < 0.5:
        text(stage, person.number, stage.random.choice(("STOP", "hagarika")))
    else:
        with stage.phones.call(person.number) as call:
            call.press("4", "3", "1", "1")
            call.expect("other.messages_stopped")
    stage.tally.stop(person.number, stage.travel.now())


def resume(stage: Stage, person: Person) -> None:
    """Texts to her number go on, by her PIN."""
    with stage.phones.call(person.number) as call:
        call.press("4", "3", "2")
        _prove(stage, call, person)
        call.thanks()
    stage.tally.resume(person.number, stage.travel.now())


def question(stage: Stage, person: Person) -> None:
    """She says, behind her PIN, that her attendance or what she saved is not right."""
    about = stage.random.choice(("attendance", "shares", "loan", "fine"))
    if about != "attendance" and person.saves is None:
        return
    with stage.phones.call(person.number) as call:
        call.press(*(("1", "3") if about == "attendance" else ("2", "2")))
        _prove(stage, call, person)
        if call.shows("savings.no_amounts"):
            return
        if call.shows("training.answers") or call.shows("savings.answers"):
            call.press("1")
        if call.shows("training.attendance_none"):
            return
        call.press("1")
        if about != "attendance":
            call.expect("savings.what_is_wrong")
            call.press({"shares": "1", "loan": "2", "fine": "3"}[about])
        call.thanks()
    raised(stage, person, about)


def raised(stage: Stage, person: Person, about: str) -> None:
    """Note a question; a second one on the subject changes nothing while the first is open."""
    for asked in stage.tally.questions:
        if (asked.person, asked.about, asked.answer) == (person.id, about, None):
            return
    stage.tally.questions.append(Question(person.id, about, stage.travel.today))


def set_pin(stage: Stage, person: Person, code: str) -> None:
    """She sets a PIN with the code that her coach reads out."""
    number = person.number or stage.random.choice(stage.world.strangers)
    with stage.phones.call(number) as call:
        call.press("4", "2")
        if not (person.number and stage.world.speaks_for_one(number)):
            call.press(person.member)
        call.press(code)
        call.expect("pin.choose")
        for _ in range(20):
            pin = f"{stage.random.randint(1000, 9999)}"
            call.press(pin)
            if not call.shows("pin.easy"):
                break
        call.thanks()
    person.pin = pin


def share(stage: Stage, person: Person) -> None:
    """She says that somebody else uses her phone."""
    with stage.phones.call(person.number) as call:
        call.press("4", "4", "1", "1")
        call.thanks()
    stage.world.shared.add(person.number)
    stage.tally.counts["phones marked as shared"] += 1


def claim(stage: Stage, person: Person, number: str) -> str:
    """Her new phone shows a code for the coach. Gives it."""
    with stage.phones.call(number) as call:
        call.press("4", "4", person.member)
        return call.expect("new.code")["claim"]


def look(stage: Stage, person: Person) -> None:
    """She looks at the ordinary information, or at her language."""
    with stage.phones.call(person.number) as call:
        call.press(*stage.random.choice(INFORMATION))


def wrong_pin(stage: Stage, person: Person) -> None:
    """She mistypes her PIN once, and then gets it right."""
    with stage.phones.call(person.number) as call:
        call.press("2", "2")
        if not stage.world.speaks_for_one(person.number):
            call.press(person.member)
        call.press("0000" if person.pin != "0000" else "0001")
        call.expect("pin.again")
        call.press(person.pin)
    stage.tally.counts["PINs mistyped"] += 1


def _say_who(stage: Stage, call: Call, person: Person) -> None:
    if not stage.world.speaks_for_one(call.number):
        call.expect("common.member", "common.member_or_call")
        call.press(person.member)


def _prove(stage: Stage, call: Call, person: Person) -> None:
    _say_who(stage, call, person)
    call.press(person.pin)
