"""A command as its process runs it, in the test's process: one of its own takes two seconds of a processor to start.
Not for a command that starts processes (`up`, `web`)."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout

import pytest

from sms_app.cli.main import main
from tests.world.up import BARE


def command(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run `sms-app` with these words and variables to its end."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in os.environ.keys() - BARE.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["sms-app", *words])
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), err.getvalue())
