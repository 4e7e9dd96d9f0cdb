"""The `sms-app` command. It imports the module of a subcommand only when that subcommand is run, to start fast."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

SUBJECTS = {
    "up": "sms_app.cli.up:up",
    "simulate": "sms_app.cli.simulate:simulate",
    "web": "sms_app.cli.serve:web",
    "clock": "sms_app.cli.serve:clock",
    "worker": "sms_app.cli.serve:worker",
    "provider": "sms_app.cli.simulator:provider",
    "phone": "sms_app.cli.simulator:phone",
    "db": "sms_app.cli.db:app",
    "redis": "sms_app.cli.redis:app",
    "flows": "sms_app.cli.flows:app",
    "texts": "sms_app.cli.texts:app",
    "programme": "sms_app.cli.programme:app",
    "people": "sms_app.cli.people:app",
    "coaches": "sms_app.cli.coaches:app",
    "groups": "sms_app.cli.groups:app",
    "sessions": "sms_app.cli.sessions:app",
    "reminders": "sms_app.cli.reminders:app",
    "rolls": "sms_app.cli.rolls:app",
    "disputes": "sms_app.cli.disputes:app",
    "follow-ups": "sms_app.cli.follow_ups:app",
    "broadcast": "sms_app.cli.broadcast:app",
    "screening": "sms_app.cli.screening:app",
    "nominations": "sms_app.cli.nominations:app",
    "consent": "sms_app.cli.consent:app",
    "study": "sms_app.cli.study:study_app",
    "households": "sms_app.cli.study:households_app",
    "exposure": "sms_app.cli.exposure:app",
    "report": "sms_app.cli.report:app",
    "messages": "sms_app.cli.messages:app",
    "cost": "sms_app.cli.cost:cost",
    "vault": "sms_app.cli.vault:app",
    "sending": "sms_app.cli.sending:app",
    "support": "sms_app.cli.support:app",
    "console": "sms_app.cli.console:console",
    "account": "sms_app.cli.accounts:app",
    "doctor": "sms_app.cli.doctor:doctor",
    "services": "sms_app.cli.services:services",
    "dial": "sms_app.cli.dial:dial",
}


class Subjects(TyperGroup):
    """The subcommands; each is imported from its module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(SUBJECTS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in SUBJECTS:
            return None
        module, _, name = SUBJECTS[cmd_name].partition(":")
        subject = getattr(import_module(module), name)
        command: Any
        if isinstance(subject, typer.Typer):
            # `get_command` would add options that install a completion of this subject
            command = typer.main.get_group(subject)
        else:
            command = typer.main.get_command(_single_command(subject))
        command.name = cmd_name
        return command


def _single_command(function: Any) -> typer.Typer:
    single = typer.Typer(add_completion=False)
    single.command()(function)
    return single


# Typer's tracebacks show local variables, which hold secrets
app = typer.Typer(cls=Subjects, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def sms_app() -> None:
    """USSD menus and SMS for an empowerment programme. `sms-app up` starts everything."""


def main() -> None:
    """Run the command. An error that a person can fix is printed as a sentence, with exit code 1."""
    try:
        app()
    except Exception as error:
        from sms_app.cli.faults import sentence

        explanation = sentence(error)
        if explanation is None or os.environ.get("SMS_APP_TRACEBACK"):
            raise
        typer.echo(explanation, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
