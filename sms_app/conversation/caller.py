"""Who is on the line, as far as the number tells: loaded once, when the dialogue starts."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from sms_app.engine.state import State, Value
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault

FIND_CALLER = """
select n.id::text, n.language, n.sharing, count(p.id), min(p.id::text), min(p.member_number), min(p.language)
from phone_number n
left join participant_phone l on l.phone_number_id = n.id and l.to_on is null
left join participant p on p.id = l.participant_id and p.left_on is null
where n.programme_id = %(programme)s and n.number_index = any(%(indexes)s)
group by n.id
"""


def first_state(conn: Connection[Any], vault: Vault, programme: LoadedProgramme, number: str) -> State:
    """The state of a dialogue that just began: the number's language, and the person when it is one person's.

    `caller` is one, several or none; a number that nobody is linked to counts as unknown, and one that its user marked
    as shared as several people's: whoever calls from it says who it is."""
    values = {"programme": programme.id, "indexes": vault.indexes(number, "number")}
    found = conn.execute(FIND_CALLER, values).fetchone()
    language = programme.settings.languages[0]
    if found is None:
        return State(language, dial_context={"caller": "none"})
    phone, phone_language, sharing, people, person, member, person_language = found
    dial: dict[str, Value] = {"caller": "none", "phone": phone}
    if people == 1 and sharing != "marked_shared":
        dial |= {"caller": "one", "person": person, "member": member}
        language = person_language
    elif people:
        dial["caller"] = "several"
    language = phone_language or language
    return State(
        language if language in programme.settings.languages else programme.settings.languages[0],
        dial_context=dial,
    )
