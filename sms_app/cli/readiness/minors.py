"""Readiness of consents: who is under 18 has a guardian's yes or no."""

from __future__ import annotations

from collections.abc import Iterator

from sms_app.cli.readiness.database import check_connection
from sms_app.cli.readiness.finding import Finding, Inputs
from sms_app.trial import missing_consents

STORED = "select slug, id from programme order by slug"


def check_minors(inputs: Inputs) -> Iterator[Finding]:
    """A warning for each programme with people under 18 whose guardian nobody has asked; needs the URL of `staff`."""
    if not inputs.settings.staff_database_url:
        return
    known = {settings.slug: settings for settings, _ in inputs.programmes().programmes}
    with check_connection(inputs.settings.staff_database_url) as conn:
        for slug, id_ in conn.exec_driver_sql(STORED).all():
            if slug not in known:
                continue
            today = known[slug].calendar.day(inputs.now)
            rows = missing_consents.missing(conn, id_, today)
            people = {row.member_number for row in rows if row.guardians_missing}
            if people:
                do = "`sms-app consent missing --minors` lists them; `sms-app people consent` enters it"
                result = f"{len(people)} under 18 without a guardian's word"
                yield Finding(f"{slug}: consents", "warn", result, do)
