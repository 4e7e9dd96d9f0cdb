"""Caseworkers' keys, a signed roster in the database, and somebody on duty: what switches confidential support on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from sqlalchemy import Connection

from sms_app.conversation.service import Conversation
from sms_app.private import roster, sealing
from sms_app.private.roster import Pins, Roster
from sms_app.private.sealing import RECOVERY_SLOT
from sms_app.private.support_request import SupportRequest
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import Programme
from tests.world.dialogue import World

ROWS = "select id, envelope from private.inbox union all select id, envelope from private.request"
LOAD = """
insert into private.roster (programme_id, version, signed, loaded_on)
values (%(programme)s, %(version)s, %(signed)s, %(day)s)
"""
WITHDRAW = """
insert into private.withdrawn_key (programme_id, fingerprint, withdrawn_on) select id, %(key)s, %(day)s from programme
"""
DUTY = """
insert into duty_day (programme_id, day, caseworker, signed_in) values (%(programme)s, %(day)s, '1', true)
on conflict (programme_id, day) do update set signed_in = true
"""


@dataclass
class Wall:
    """The keys of a programme's two caseworkers, recovery and roster's holder; made anew for each test."""

    caseworkers: list[EllipticCurvePrivateKey] = field(
        default_factory=lambda: [sealing.new_key(), sealing.new_key()]
    )
    recovery: EllipticCurvePrivateKey = field(default_factory=sealing.new_key)
    holder: EllipticCurvePrivateKey = field(default_factory=sealing.new_key)
    slug: str = "rwanda"

    @property
    def pins(self) -> Pins:
        return Pins(public(self.holder), public(self.recovery))

    def sign(self, today: date, version: int = 1, days: int = 100, caseworkers: int = 2) -> str:
        keys = {str(n): public(key) for n, key in enumerate(self.caseworkers[:caseworkers], 1)}
        value = Roster(self.slug, version, today + timedelta(days=days), keys, public(self.recovery))
        return roster.sign(value, self.holder, today)

    def load(self, conn: Connection, programme: int, today: date, **changes: int) -> None:
        """Load a roster signed on `today`, and sign someone in on each of the last and the next ten days."""
        signed = self.sign(today, **changes)
        version = changes.get("version", 1)
        conn.exec_driver_sql(
            LOAD, {"programme": programme, "version": version, "signed": signed, "day": today}
        )
        for days in range(-10, 11):
            conn.exec_driver_sql(DUTY, {"programme": programme, "day": today + timedelta(days=days)})

    def open(self, row: bytes, envelope: bytes, slot: int = 0) -> SupportRequest:
        """A request as the recipient of a slot opens it."""
        key = self.recovery if slot == RECOVERY_SLOT else self.caseworkers[slot]
        return sealing.open_slot(envelope, slot, row, self.slug, key)

    def requests(self, world: World, slot: int = 0) -> list[SupportRequest]:
        """Everything that is stored, as the recipient of a slot opens it."""
        return [self.open(bytes(row), bytes(envelope), slot) for row, envelope in world.rows(ROWS)]


def public(key: EllipticCurvePrivateKey) -> bytes:
    return sealing.public_bytes(key.public_key())


def verified(settings: Programme, day: date) -> Programme:
    """Settings whose lines someone called, and whose code someone proved free, on a day."""
    return replace(
        settings,
        lines={name: replace(line, verified_on=day) for name, line in settings.lines.items()},
        emergency={name: replace(line, verified_on=day) for name, line in settings.emergency.items()},
        networks={code: replace(network, free_proven_on=day) for code, network in settings.networks.items()},
    )


def switch_on(world: World, wall: Wall, **changes: int) -> None:
    """Switch confidential support on in a world, as of its day. `changes` are those of `Wall.sign`."""
    today = world.now.date()
    (programme,) = world.conversation.programmes.values()
    programme = replace(programme, settings=verified(programme.settings, today))
    with world.owner.begin() as conn:
        wall.load(conn, programme.id, today, **changes)
    serve(world, wall, programme)


def serve(world: World, wall: Wall, programme: LoadedProgramme) -> None:
    """Serve a programme with the wall's pins, as a process does that starts now."""
    conversation = Conversation(
        world.conversation.engine,
        world.conversation.vault,
        {programme.settings.service_code: programme},
        {"rwanda": wall.pins},
    )
    conversation.__dict__["hop_connections"] = world.conversation.hop_connections
    world.conversation = conversation
