"""A broadcast to many invented people, made quickly: for tests and benches of sending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert

from sms_app import models
from sms_app.channel.demo_numbers import BLOCK
from sms_app.member_number import with_check_digit
from sms_app.programme.loaded import LoadedProgramme
from tests.world.times import NOON


def number(n: int) -> str:
    """The n-th number of the invented block, n from 0 to 9999."""
    return f"{BLOCK}{n:04}"


def people(
    conn: Connection, programme: LoadedProgramme, count: int, first: int = 0
) -> list[tuple[UUID, UUID]]:
    """Women who agreed to messages, each alone on her number; gives each one's id and her number's."""
    vault, programme = programme.vault, programme.id
    found = [(uuid4(), uuid4()) for _ in range(count)]
    today = NOON.date()
    rows: dict[type[models.Base], list[dict[str, object]]] = {
        models.PhoneNumber: [
            {
                "id": phone,
                "programme_id": programme,
                "sharing": "unmarked",
                "stopped_on": None,
                "language": None,
                "number_sealed": vault.seal(number(first + n), "phone_number", "number_sealed", phone),
                "number_index": vault.index(number(first + n), "number"),
            }
            for n, (_, phone) in enumerate(found)
        ],
        models.Participant: [
            {
                "id": person,
                "programme_id": programme,
                "role": "woman",
                "member_number": with_check_digit(first + n + 1),
                "name_sealed": vault.seal("Uwase", "participant", "name_sealed", person),
                "language": "rw",
                "contact": "own",
                "amounts_by_phone": True,
                "enrolled_on": today - timedelta(days=90),
            }
            for n, (person, _) in enumerate(found)
        ],
        models.ParticipantPhone: [
            {
                "id": uuid4(),
                "participant_id": person,
                "phone_number_id": phone,
                "from_on": today - timedelta(days=90),
                "to_on": None,
            }
            for person, phone in found
        ],
        models.Consent: [
            {
                "id": uuid4(),
                "participant_id": person,
                "purpose": "messages",
                "given": True,
                "version": "1",
                "language": "rw",
                "how": "oral",
                "taken_by": "coach",
                "taken_on": today - timedelta(days=90),
            }
            for person, _ in found
        ],
    }
    for model, values in rows.items():
        conn.execute(insert(model), values)
    return found


def broadcast(
    conn: Connection,
    programme: LoadedProgramme,
    to: Sequence[tuple[UUID, UUID]],
    words: str = "Muraho! Murakoze.",
    now: datetime = NOON,
    lasts: timedelta = timedelta(hours=24),
    status: str = "queued",
) -> UUID:
    """A broadcast to these people, due at once."""
    id_, text_id = uuid4(), uuid4()
    conn.execute(
        insert(models.Broadcast).values(
            id=id_,
            programme_id=programme.id,
            roles=[],
            groups=[],
            sectors=[],
            arms=[],
            send_at=now,
            expires_at=now + lasts,
            made_by="office",
            made_at=now,
            recipients=len(to),
            estimate=0,
        )
    )
    sealed = programme.vault.seal(words, "broadcast_text", "text_sealed", text_id)
    conn.execute(
        insert(models.BroadcastText).values(id=text_id, broadcast_id=id_, language="rw", text_sealed=sealed)
    )
    conn.execute(
        insert(models.Message),
        [
            {
                "id": uuid4(),
                "programme_id": programme.id,
                "phone_number_id": phone,
                "kind": "broadcast",
                "rule": "broadcast",
                "subject_id": id_,
                "occasion": "once",
                "people": [person],
                "status": status,
                "planned_at": now,
                "due_at": now,
                "expires_at": now + lasts,
            }
            for person, phone in to
        ],
    )
    return id_
