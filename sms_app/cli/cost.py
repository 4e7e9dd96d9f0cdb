"""`sms-app cost`: the estimated cost of a month's texts, the provider's charges for them, and the cost of dialogues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.loading import loaded_programme
from sms_app.cli.options import Programme
from sms_app.messaging import budget
from sms_app.messaging import cost as costs
from sms_app.messaging.budget import Used
from sms_app.messaging.cost import CostRow, DialogueCost


def cost(
    month: Annotated[str | None, typer.Option(help="The month, as 2026-11; default: this month.")] = None,
    programme: Programme = "",
) -> None:
    """Print the estimated cost and the provider's charge for each rule and broadcast of a month; then the cost of the
    month's USSD dialogues by network. Says how much of the month's budget is used."""
    with loaded_programme(programme) as (staff, loaded):
        first = staff.today.replace(day=1) if month is None else moments.month(month)
        lines = costs.month(staff.conn, loaded, first)
        dialled = costs.dialogues(staff.conn, staff.programme_id, first)
        sums = costs.dialogue_sums(staff.conn, staff.programme_id, first, date.max)
    code = loaded.settings.currency.code
    typer.echo(f"{first:%Y-%m}   estimated at {loaded.settings.messages.segment_price} {code} a segment")
    typer.echo(_budget(budget.used(loaded.settings, lines, sums), code))
    rows: list[tuple[str, ...]] = [
        ("", "texts", "segments", f"estimated {code}", "provider charged", "difference")
    ]
    rows += [_row(line, code) for line in lines]
    for row in rows:
        typer.echo(f"{row[0]:<32}{row[1]:>9}{row[2]:>10}{row[3]:>16}{row[4]:>18}{row[5]:>14}".rstrip())
    if not lines:
        typer.echo("Nothing was sent in this month.")
    typer.echo()
    names = {code: network.name for code, network in loaded.settings.networks.items()}
    for row in (("USSD", "dialogues", "cost"), *(_dialled(line, names) for line in dialled)):
        typer.echo(f"{row[0]:<32}{row[1]:>9}{row[2]:>26}")
    if not dialled:
        typer.echo("The provider reported no dialogue in this month.")


def _budget(used: Used, code: str) -> str:
    if used.budget is None:
        return "No budget is set: in programme.yaml, `messages: budget: {month: 250000}`."
    return f"budget {used.budget:,} {code}: used {used.cost:,.2f}, which is {used.percent} %; left {used.left:,.2f}"


def _dialled(line: DialogueCost, names: Mapping[str, str]) -> tuple[str, str, str]:
    network = f"{names[line.network]} ({line.network})" if line.network in names else line.network
    return network, f"{line.dialogues:,}", f"{line.cost:,.2f} {line.currency}"


def _row(line: CostRow, code: str) -> tuple[str, ...]:
    name = f"broadcast {str(line.broadcast_id)[:8]}" if line.broadcast_id else line.rule
    if line.charged is None:
        unknown = f", {line.unknown:,} unknown" if line.unknown else ""
        return (
            name,
            f"{line.texts:,}",
            f"{line.segments:,}",
            f"{line.estimated:,.2f}",
            f"not told{unknown}",
            "",
        )
    # amounts in two currencies cannot be compared
    difference = f"{line.charged - line.estimated:+,.2f}" if line.currency == code else ""
    charged = f"{line.charged:,.2f} {line.currency or '?'}"
    return name, f"{line.texts:,}", f"{line.segments:,}", f"{line.estimated:,.2f}", charged, difference
