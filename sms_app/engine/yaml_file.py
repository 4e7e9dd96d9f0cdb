"""Reads a YAML file with its lines, or gives the fault why it can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sms_app.engine.flow import Fault
from sms_app.paths import on_disk


def read_yaml(path: Path) -> Any | Fault:
    """The file's value, whose maps know their lines, or the first fault."""
    file = on_disk(path)
    try:
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError:
        return Fault(file, 1, "the file can't be read")
    except UnicodeDecodeError as error:
        return Fault(file, error.object.count(b"\n", 0, error.start) + 1, "not UTF-8")
    except MarkedYAMLError as error:
        mark, problem = error.problem_mark, (error.problem or "cannot be read").splitlines()[0]
        if isinstance(error, DuplicateKeyError):
            problem = problem.partition(" with value")[0]
        return Fault(file, mark.line + 1 if mark else 1, f"not YAML: {problem}")
    except (YAMLError, ValueError) as error:
        return Fault(file, 1, f"not YAML: {str(error).splitlines()[0]}")
