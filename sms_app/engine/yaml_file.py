"""Reads a YAML file with its lines, or gives the fault why it can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sms_app.engine.flow import Fault
from sms_app.paths import on_disk
from sms_app.yaml_lines import YamlProblem, parse


def read_yaml(path: Path) -> Any | Fault:
    """The file's value, whose maps know their lines, or the first fault."""
    file = on_disk(path)
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError:
        return Fault(file, 1, "the file can't be read")
    except UnicodeDecodeError as error:
        return Fault(file, error.object.count(b"\n", 0, error.start) + 1, "not UTF-8")
    except YamlProblem as problem:
        return Fault(file, problem.line, f"not YAML: {problem.why}")
