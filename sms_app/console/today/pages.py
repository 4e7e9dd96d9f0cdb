"""Today: the day's figures on one page, each with the page of its rows. Rows have member numbers, never names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, abort, g, render_template, request

from sms_app.console.access import may
from sms_app.console.calendar.days import read_day
from sms_app.console.figures import MAY_TAKE_LONG, Figure
from sms_app.console.request import Desk, desk, page_number
from sms_app.console.settings import Console
from sms_app.messaging import budget, cost, history, today
from sms_app.messaging.budget import Used
from sms_app.messaging.coaches.missing import (
    MissingRoll,
    count_missing_rolls,
    missing_rolls,
    unreached_coaches,
)
from sms_app.messaging.cost import CostRow
from sms_app.messaging.duty import RULE as DUTY
from sms_app.messaging.today import TextCount
from sms_app.programme import coaches

FIGURES = {
    "planned": ("planned", "queued", "sending"),
    "sent": ("sent", "delivered"),
    "failed": ("failed", "expired"),
    "unknown": ("unknown",),
    "cancelled": ("cancelled",),
}
"""The figures of texts, each with the statuses that it counts."""
MAX_LISTED, ON_A_PAGE = 200, 50


def blueprint(console: Console) -> Blueprint:
    """The pages of the day."""
    routes = Blueprint("today", __name__)
    _add_overview(routes, console)
    _add_texts(routes, console)
    _add_rolls_and_numbers(routes, console)
    _add_cost(routes, console)
    return routes


def _add_overview(routes: Blueprint, console: Console) -> None:
    """The day's figures."""

    @routes.get("/today")
    def overview() -> Response:
        with desk(console) as at:
            loaded, zone = at.programme.loaded, at.programme.zone
            texts = today.texts(at.conn, loaded.id, at.today, zone)
            sessions = today.sessions(at.conn, loaded.id, at.today, zone)
            costs = _costs(console, at, at.today.replace(day=1))
            page = render_template(
                "today/overview.html",
                today=at.today,
                sessions=sessions,
                session_count=sessions[0].many if sessions else 0,
                missing=count_missing_rolls(at.conn, loaded.id, at.now),
                figures={name: _count(texts, statuses) for name, statuses in FIGURES.items()},
                why=[row for row in texts if row.reason and row.status in FIGURES["failed"]],
                stopped=today.count_stopped_numbers(at.conn, loaded.id),
                cost=_written(at, _estimate(costs.value)),
                budget=_used(at, at.today.replace(day=1), costs.value),
                cost_of=costs.kept_since,
                rows=may(g.account.role, "today.texts", "GET"),
            )
        return Response(page)


def _add_texts(routes: Blueprint, console: Console) -> None:
    """The texts behind a figure."""

    @routes.get("/today/texts/<figure>")
    def texts(figure: str) -> Response:
        if figure not in FIGURES:
            abort(404)
        with desk(console) as at:
            loaded, statuses = at.programme.loaded, FIGURES[figure]
            start, end = today.bounds(at.today, at.programme.zone)
            rows = history.first_due(at.conn, loaded.id, start, end, statuses, DUTY, MAX_LISTED)
            many = _count(today.texts(at.conn, loaded.id, at.today, at.programme.zone), statuses)
        return Response(
            render_template(
                "today/texts.html",
                figure=figure,
                today=at.today,
                rows=rows,
                more=max(many - len(rows), 0),
            )
        )


def _add_rolls_and_numbers(routes: Blueprint, console: Console) -> None:
    """Missing rolls, and stopped numbers."""

    @routes.get("/today/rolls")
    def rolls() -> Response:
        with desk(console) as at:
            loaded, number = at.programme.loaded, page_number()
            skip = (number - 1) * ON_A_PAGE
            missing = missing_rolls(at.conn, loaded.id, at.now, ON_A_PAGE, skip, latest_first=True)
            many = count_missing_rolls(at.conn, loaded.id, at.now)
            unreached = unreached_coaches(at.conn, loaded.id, ON_A_PAGE + 1, skip)
            groups = {row.group_id for row in missing} | {row.group_id for row in unreached}
            contacts = coaches.contacts(at.conn, loaded.vault, groups)
        return Response(
            render_template(
                "today/rolls.html",
                missing=missing,
                many=many,
                unreached=unreached[:ON_A_PAGE],
                more_unreached=len(unreached) > ON_A_PAGE,
                number=number,
                skip=skip,
                coaches=contacts,
                days=_days(missing, at),
            )
        )

    @routes.get("/today/stopped")
    def stopped() -> Response:
        with desk(console) as at:
            number, programme = page_number(), at.programme.loaded.id
            skip = (number - 1) * ON_A_PAGE
            numbers = today.stopped_numbers(at.conn, programme, ON_A_PAGE, skip)
            many = today.count_stopped_numbers(at.conn, programme)
        return Response(
            render_template("today/stopped.html", many=many, numbers=numbers, number=number, skip=skip)
        )


def _add_cost(routes: Blueprint, console: Console) -> None:
    """A month's cost and its budget."""

    @routes.get("/today/cost")
    def cost_of_month() -> Response:
        with desk(console) as at:
            first = _month(request.args.get("month", ""), at.today)
            costs = _costs(console, at, first)
            page = render_template(
                "today/cost.html",
                rows=costs.value,
                budget=_used(at, first, costs.value),
                kept_since=costs.kept_since,
                first=first,
                written=lambda amount: _written(at, amount),
            )
        return Response(page)


def _costs(console: Console, at: Desk, first: date) -> Figure[Sequence[CostRow]]:
    """What the texts of a month cost. The text to who is on duty is not among them."""
    loaded = at.programme.loaded

    def read() -> Sequence[CostRow]:
        at.conn.exec_driver_sql(MAY_TAKE_LONG)
        return [row for row in cost.month(at.conn, loaded, first) if row.rule != DUTY]

    return console.figures.take(("cost", loaded.id, first), at.now, read)


def _used(at: Desk, first: date, rows: Sequence[CostRow]) -> Used:
    """How much of a month's budget is used. Dialogues count up to yesterday: today's page does not change while
    somebody dials."""
    loaded = at.programme.loaded
    dialogues = cost.dialogue_sums(at.conn, loaded.id, first, at.today)
    return budget.used(loaded.settings, rows, dialogues)


def _estimate(rows: Sequence[CostRow]) -> Decimal:
    """What these texts cost by our estimate: the sum of the rows behind the figure."""
    return sum((row.estimated for row in rows), Decimal(0))


def _written(at: Desk, amount: Decimal) -> str:
    """An amount in the programme's currency, as people read it."""
    currency = at.programme.loaded.settings.currency
    return f"{amount:,.{currency.decimals}f} {currency.code}"


def _count(texts: Sequence[TextCount], statuses: tuple[str, ...]) -> int:
    return sum(row.many for row in texts if row.status in statuses)


def _days(missing: list[MissingRoll], at: Desk) -> dict[int, int]:
    """How many days ago each of these sessions was, by its place in the list."""
    return {n: (at.today - row.starts_at.date()).days for n, row in enumerate(missing)}


def _month(written: str, today_: date) -> date:
    """The first day of a month that is written like 2026-03, or of this month."""
    return read_day(f"{written}-01", today_).replace(day=1)
