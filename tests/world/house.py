"""One of each that a plan reads, for tests of what is followed."""

from __future__ import annotations

from uuid import uuid4

from sms_app import models
from sms_app.vault import Vault
from tests.world.records import Records
from tests.world.reminding import LONG_AGO, Room, at, programme


def house(records: Records, vault: Vault) -> Room:
    """A woman with a number, in a group that meets on Wednesday and an ikimina that checks in then, and her coach."""
    found = Room(records, programme(records.programme, vault))
    woman = found.person(found.phone())
    found.person(None)
    records.session(at(11, 14))
    savings = records.add(
        models.SavingsGroup, programme_id=records.programme, name="Ikimina", check_in_weekday=2
    )
    records.add(models.SavingsMember, savings_group_id=savings, participant_id=woman, from_on=LONG_AGO)
    records.add(
        models.PlannedMeeting,
        programme_id=records.programme,
        savings_group_id=savings,
        starts_at=at(11, 10),
        ends_at=at(11, 11),
        place="Sibagire",
    )
    for purpose in ("messages", "check_in"):
        records.add(
            models.Consent,
            participant_id=woman,
            purpose=purpose,
            given=True,
            version="1",
            language="rw",
            how="oral",
            taken_by="coach",
            taken_on=LONG_AGO,
        )
    coach = uuid4()
    name = records.vault.seal("Mukamana", "coach", "name_sealed", coach)
    records.add(
        models.Coach,
        id=coach,
        programme_id=records.programme,
        name_sealed=name,
        phone_number_id=found.phone(),
    )
    records.add(models.GroupCoach, group_id=records.group, coach_id=coach, from_on=LONG_AGO)
    records.conn.commit()
    return found
