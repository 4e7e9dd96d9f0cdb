"""Numbers: those of people and coaches made known, and what is known of each."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sms_app import sql
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes import bulk
from sms_app.programme.workbook.changes.difference import Difference, Import, changed
from sms_app.programme.workbook.columns import PRIVATE

SQL = sql.beside(__file__)
SHARING = {None: "unmarked", "shared": "marked_shared", PRIVATE: "private"}
COLUMNS = ("id", "programme_id", "number_sealed", "number_index", "sharing", "stopped_on", "language")


def store(imported: Import) -> None:
    """Store every number that is not known yet, and what differs of the others."""
    ids, vault = imported.ids["phones"], imported.loaded.vault
    stored = imported.stored.rows["phones"]
    told = {difference.after["number"]: difference.after for difference in imported.differences_of("phones")}
    wanted = {**told, **{number: {} for number in _numbers(imported) if number not in told}}
    rows = []
    for number, values in wanted.items():
        if (number,) in stored:
            continue
        id_ = ids.setdefault((number,), uuid4())
        sealed = vault.seal(str(number), "phone_number", "number_sealed", id_)
        index = vault.index(str(number), "number")
        known = (SHARING[values.get("sharing")], values.get("stopped_on"), values.get("language"))  # type: ignore[index]
        rows.append((id_, imported.loaded.id, sealed, index, *known))
    bulk.insert(imported.conn, "phone_number", COLUMNS, rows)
    _unmark(imported)
    bulk.update(
        imported.conn,
        SQL["change"],
        (_update(difference) for difference in changed(imported.differences_of("phones"))),
    )
    imported.audit("phone_number", imported.differences_of("phones"))


def _update(number: Difference) -> dict[str, Any]:
    """What the file changed of a stored number; the rest is None."""
    told = {name: number.after[name] for name in number.changed}
    return {
        "ids": number.id,
        "sharings": SHARING[told["sharing"]] if "sharing" in told else None,  # type: ignore[index]
        "stops": told.get("stopped_on"),
        "languages": told.get("language"),
    }


def _numbers(imported: Import) -> list[Value]:
    """The numbers that people and coaches of the file get, each once."""
    given = (
        difference.after["phone"]
        for sheet in ("people", "coaches")
        for difference in imported.differences_of(sheet)
    )
    return [number for number in dict.fromkeys(given) if number is not None]


def _unmark(imported: Import) -> None:
    """A number that was private to somebody is not private to the next person, unless the file says so."""
    private = {
        row.values.get("number")
        for row in imported.rows.get("phones", ())
        if row.values.get("sharing") == PRIVATE
    }
    given = {
        difference.after["phone"]
        for difference in imported.differences_of("people")
        if "phone" in difference.changed
    } - {None}
    ids = [imported.ids["phones"][(number,)] for number in given - private]
    if ids:
        imported.conn.exec_driver_sql(SQL["unmark"], {"ids": ids})
