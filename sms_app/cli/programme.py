"""`sms-app programme`: creates a new programme's folder, settings, flows and catalogues."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from sms_app import clock
from sms_app.cli import countries, scaffold
from sms_app.cli.database import config, fail
from sms_app.cli.flows import FlowsDir, LocalesDir
from sms_app.paths import on_disk

app = typer.Typer(help="Create a programme.", no_args_is_help=True)
FORMS = {
    "slug": (r"[a-z][a-z0-9_]*", "small letters, such as tanzania"),
    "country": (r"[A-Z]{2}", "a country's code of two letters, such as TZ"),
    "service code": (r"\*\d+(\*\d+)*#", "a code such as '*384*55#'"),
    "currency": (r"[A-Z]{3}", "a currency's code of three letters (--currency), such as TZS"),
}


@app.callback()
def _programme() -> None:
    """Create a programme."""


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="Its short name in small letters, which its folder gets.")],
    country: Annotated[str, typer.Option(prompt="Country, two letters", help="Its country, such as TZ.")],
    service_code: Annotated[
        str, typer.Option(prompt="Service code", help="What people dial, such as '*384*55#'.")
    ],
    name: Annotated[str, typer.Option(help="Its name for staff; default: the short name.")] = "",
    time_zone: Annotated[str, typer.Option(help="Its time zone; default: the country's.")] = "",
    currency: Annotated[str, typer.Option(help="Its currency, such as TZS; default: the country's.")] = "",
    languages: Annotated[
        str,
        typer.Option(
            help="Its languages, the default one first: sw,en; default: the country's official ones."
        ),
    ] = "",
    like: Annotated[
        str, typer.Option(help="The programme whose flows it gets; default: the first one.")
    ] = "",
    flows: FlowsDir = None,
    locales: LocalesDir = None,
) -> None:
    """Create a programme with the flows of another one. You then write its settings and its sentences."""
    settings = config("flows")
    flows_dir, locales_dir = flows or settings.flows, locales or settings.locales
    spoken = tuple(part.strip() for part in languages.split(",") if part.strip()) or countries.languages(
        country
    )
    money = currency or countries.currency(country)
    zone = time_zone or countries.time_zone(country)
    _check({"slug": slug, "country": country, "service code": service_code, "currency": money}, zone, spoken)
    label = countries.label(money, spoken[0])
    decimals = countries.decimals(money)
    wanted = scaffold.Wanted(
        slug, name or slug.capitalize(), country, service_code, zone, money, decimals, label, spoken
    )
    today = clock.now(settings.time_offset_s).astimezone(ZoneInfo(zone)).date()
    try:
        files = scaffold.new_programme(
            scaffold.model(flows_dir, locales_dir, like), wanted, flows_dir, locales_dir, today
        )
    except scaffold.CannotMake as error:
        fail(str(error))
    scaffold.write(files)
    print_files(files)


def _check(given: dict[str, str], zone: str, languages: tuple[str, ...]) -> None:
    """Exit with a sentence for everything that is wrong with the options."""
    faults = [
        f"The {name} `{given[name]}` is not {form}."
        for name, (pattern, form) in FORMS.items()
        if not re.fullmatch(pattern, given[name])
    ]
    try:
        ZoneInfo(zone or "?")
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(
            f"There is no time zone `{zone}`: give one with --time-zone, such as Africa/Dar_es_Salaam."
        )
    wrong = [code for code in languages if not scaffold.LANGUAGE.fullmatch(code)]
    if wrong or not languages or len(set(languages)) < len(languages):
        faults.append("Give its languages with --languages by their codes, none twice, such as sw,en.")
    if faults:
        fail("\n".join(faults))


def print_files(files: scaffold.Files) -> None:
    """Print which files were written, and what to do next."""
    for path in files:
        typer.echo(on_disk(Path(path)))
    typer.echo("`sms-app flows check` lists each sentence that must be written.", err=True)
