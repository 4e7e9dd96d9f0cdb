"""Options that many commands have."""

from __future__ import annotations

from typing import Annotated

import typer

By = Annotated[str, typer.Option(help="Your name for the audit trail; default: your login name.")]
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]
