"""`sms-app dial`: plays a dialogue in the terminal, through the real webhook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated

import typer

from sms_app.cli.database import config
from sms_app.programme.settings import SettingsFaults, load_programme
from sms_app.simulator.phone.network import Call, Network, NetworkError, Reply, new_call, read_dialled
from sms_app.texts import MAX_SCREEN_LENGTH, gsm7_length

NARROWEST = 20

Dialled = Annotated[
    str, typer.Argument(help="What to dial, like '*801#', or '*801*1*2*4821#' with the answers in it.")
]
Phone = Annotated[str, typer.Option(help="The number that calls, like +250780000001.")]
Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", "-i", help="An answer; may be repeated. Without any you are asked."),
]
Url = Annotated[
    str, typer.Option(envvar=["SMS_APP_WEB_URL", "WEB_URL"], help="The service's address.", show_envvar=True)
]
Secret = Annotated[
    str, typer.Option(envvar=["SMS_APP_CALLBACK_SECRET", "CALLBACK_SECRET"], help="The callback secret.")
]
Code = Annotated[
    str, typer.Option(envvar=["SMS_APP_SERVICE_CODE", "SERVICE_CODE"], help="The service's code.")
]


def dial(
    dialled: Dialled,
    phone: Phone,
    inputs: Inputs = None,
    url: Url = "",
    secret: Secret = "",
    service_code: Code = "",
) -> None:
    """Dial a code and answer its menus. Shows each screen as a phone does. The data folder's env has the service's
    address and secret: `set -a; . DIR/env`."""
    if not url or not secret:
        raise _stop(
            "The service's address is missing: start `sms-app up`, run `set -a; . DIR/env`, or give --url and --secret."
        )
    read = read_dialled(dialled, [service_code]) if service_code else None
    if read is None and (codes := _programmes_codes()):
        read = read_dialled(dialled, codes)
    if read is None:
        read = read_dialled(dialled, [])
    if read is None:
        raise _stop(f"{dialled} is not a service code: dial something like '*801#'.")
    try:
        # while a secret is being replaced two are valid; the first is the newer one
        network = Network(url, secret.partition(",")[0])
        _talk(network, new_call(phone, *read), iter(inputs) if inputs is not None else None)
    except NetworkError as error:
        raise _stop(str(error)) from None


def _programmes_codes() -> list[str]:
    """The service codes of the programmes in the flows folder; programmes with faults are left out."""
    codes = []
    for path in config("flows").flows.glob("*/programme.yaml"):
        with suppress(SettingsFaults):
            codes.append(load_programme(path).service_code)
    return codes


def _talk(network: Network, call: Call, inputs: Iterator[str] | None) -> None:
    """Play hop by hop until the service ends the dialogue or the answers end. Raises NetworkError, typer.Exit."""
    call, reply = network.hop(call)
    _show(reply)
    while not reply.ends:
        typed = _ask() if inputs is None else next(inputs, None)
        if typed is None:
            break
        if inputs is not None:
            typer.echo(f"> {typed}")
        call, reply = network.hop(call.typed(typed))
        _show(reply)
    network.ended(call, reply.screen, reply.ends)
    left = list(inputs or ())
    if left:
        raise _stop(f"The dialogue ended before the answer {left[0]!r} was used.")


def _ask() -> str | None:
    """The typed answer; None to hang up (Ctrl-C, or the end of the input)."""
    while True:
        try:
            typed = input("> ")
        except (EOFError, KeyboardInterrupt):
            typer.echo()
            return None
        if typed:
            return typed


def _show(reply: Reply) -> None:
    lines = reply.screen.split("\n")
    width = max(NARROWEST, *(len(line) for line in lines))
    count = f" {gsm7_length(reply.screen)}/{MAX_SCREEN_LENGTH} "
    typer.echo(f"+{'-' * (width + 2)}+")
    for line in lines:
        typer.echo(f"| {line.ljust(width)} |")
    typer.echo(f"+{count.rjust(width + 2, '-')}+")


def _stop(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(1)
