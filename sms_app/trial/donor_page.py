"""A donor's report as one HTML file to print: it loads nothing and runs nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from sqlalchemy import Connection

from sms_app.programme import audit
from sms_app.programme.settings import Programme
from sms_app.programme.workbook.whole_files import CannotWrite, WholeFiles
from sms_app.trial import donor, donor_tables
from sms_app.trial.donor import Quarter
from sms_app.trial.suppression import LEAST

HTML = ".html"
PAGE = Path(__file__).with_name("donor.html")


def write(
    conn: Connection,
    files: WholeFiles,
    programme_id: int,
    settings: Programme,
    path: Path,
    quarter: Quarter,
    who: str,
    now: datetime,
    today: date,
) -> None:
    """Write the report of a quarter that is over, with an entry in the audit trail. `conn` has isolation level
    REPEATABLE READ. Raises CannotWrite."""
    if path.suffix.lower() != HTML:
        raise CannotWrite(f"Give a file that ends in {HTML}.")
    facts = donor.facts(conn, programme_id, quarter)
    if not facts.groups:
        raise CannotWrite("The programme has no training group: there is nothing to report.")
    audit.record(conn, programme_id, who, "report_donor", "programme", programme_id, now)
    text = page(facts, settings, quarter, today)
    files.write(path, lambda to: to.write_text(text, encoding="utf-8"))


def page(facts: donor.Facts, settings: Programme, quarter: Quarter, today: date) -> str:
    """The report's page."""
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(PAGE.read_text(encoding="utf-8"))
    return template.render(
        programme=settings.name,
        quarter=quarter.name,
        first=quarter.first,
        last=quarter.after - timedelta(days=1),
        made_on=today,
        tables=donor_tables.tables(facts, settings.currency.code),
        least=LEAST,
    )
