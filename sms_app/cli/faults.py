"""Turns an error into a sentence for the person who can fix it. Never shows a secret, a number or a row's content."""

from __future__ import annotations

import errno

import psycopg
from sqlalchemy.exc import DBAPIError

from sms_app.cli.hints import with_hints
from sms_app.cluster import FULL
from sms_app.config import ConfigError
from sms_app.embedded import EmbeddedError
from sms_app.engine.flow import FlowFaults
from sms_app.folder import FolderError
from sms_app.programme.installation import StartRefused
from sms_app.programme.key_check import KeysRefused
from sms_app.programme.settings import SettingsFaults
from sms_app.texts import CatalogueFaults

FAULTS = (
    CatalogueFaults,
    ConfigError,
    EmbeddedError,
    FlowFaults,
    FolderError,
    KeysRefused,
    SettingsFaults,
    StartRefused,
)
DISK_FULL = "53100"
CONNECTION_CLASS = "08"


def sentence(error: BaseException) -> str | None:
    """The sentence for an error that an operator can fix; None for an error in our code."""
    if isinstance(error, FAULTS):
        return with_hints(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return FULL
    if isinstance(error, PermissionError) and error.filename:
        return f"No permission for {error.filename}: choose another folder, or run as its owner."
    if isinstance(error, DBAPIError):
        return database_fault(error.orig)
    if isinstance(error, psycopg.Error):
        return database_fault(error)
    return None


def database_fault(error: BaseException | None) -> str:
    """A database error as class, SQLSTATE and constraint: its own text may contain the row."""
    state = getattr(error, "sqlstate", None)
    if state == DISK_FULL:
        return FULL
    if state is None or state.startswith(CONNECTION_CLASS):
        return "The database does not answer: start it, or correct the variable with its URL (SMS_APP_…DATABASE_URL)."
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return f"The database refused: {type(error).__name__}, SQLSTATE {state}" + (
        f", constraint {constraint}." if constraint else "."
    )
