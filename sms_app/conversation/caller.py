"""Loads what is known of the caller by the calling number, once, when the dialogue starts."""

from __future__ import annotations

from psycopg.pq.abc import PGresult

from sms_app.conversation.hop_connections import BYTEAS, INTEGER, HopConnection, Statement, array
from sms_app.engine.state import State, Value
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault

COACH_FLOW = "coach"
FIND_CALLER = Statement(
    "find_caller",
    """
select n.id::text, n.language, n.sharing, count(p.id), min(p.id::text), min(p.member_number), min(p.language),
  (select min(c.id::text) from coach c where c.phone_number_id = n.id and c.suspended_on is null),
  -- unknown when it is of somebody, who may be the one who calls
  case when count(p.id) = count(g.id) then string_agg(distinct g.sector, e'\n') end,
  case when count(distinct p.role) = 1 then min(p.role) end
from phone_number n
left join participant_phone l on l.phone_number_id = n.id and l.to_on is null
left join participant p on p.id = l.participant_id and p.left_on is null
left join training_group g on g.id = p.group_id
where n.programme_id = $1 and n.number_index = any($2)
group by n.id
""",
    (INTEGER, BYTEAS),
)


def first_state(connection: HopConnection, vault: Vault, programme: LoadedProgramme, number: str) -> State:
    """The first state of a dialogue: the number's language, and the person when only one person is reached on it.

    `caller` in the dial context is one, several or none. It is none for a number without participants, and several for
    a number that its user marked as shared: whoever calls from it types a member number. The dialogue of a coach who is
    not suspended begins at the flow of coaches, if the programme has one."""
    result = connection.run(FIND_CALLER, str(programme.id).encode(), array(vault.indexes(number, "number")))
    language = programme.settings.languages[0]
    if not result.ntuples:
        return State(language, dial_context={"caller": "none"})
    phone, phone_language, sharing, people, person, member, person_language, coach, sectors, role = _columns(
        result
    )
    dial_context: dict[str, Value] = {"caller": "none", "phone": phone}
    # for a caseworker, in case the caller asks for one; known of everyone, so that no hop in help has to ask
    dial_context |= {
        name: value for name, value in (("caller_sectors", sectors), ("caller_role", role)) if value
    }
    if people == "1" and sharing != "marked_shared":
        dial_context |= {"caller": "one", "person": person, "member": member}
        language = person_language or language
    elif people != "0":
        dial_context["caller"] = "several"
    root = ""
    if coach and COACH_FLOW in programme.flows.flows:
        dial_context["coach"] = coach
        root = programme.flows.flows[COACH_FLOW].start
    language = phone_language or language
    return State(
        language if language in programme.settings.languages else programme.settings.languages[0],
        dial_context=dial_context,
        root=root,
    )


def _columns(result: PGresult) -> list[str | None]:
    """The columns of the first row, as text."""
    values = (result.get_value(0, n) for n in range(result.nfields))
    return [None if value is None else value.decode() for value in values]
