"""Who was erased at her own request is not enrolled again by an older workbook."""

from __future__ import annotations

from sms_app.programme.erasing import REFERENCE
from sms_app.programme.workbook.checks import Checked
from sms_app.vault import Vault

ERASED = "expected nobody who was erased at her own request: delete the row"


def check(checked: Checked, vault: Vault) -> None:
    """A new person has neither the member number nor the reference of somebody who was erased."""
    if not checked.stored.erased:
        return
    numbers = {erased.member_number for erased in checked.stored.erased}
    indexes = {bytes(erased.reference_index) for erased in checked.stored.erased}
    for row, values, stored in checked.given("people"):
        if stored is not None:
            continue
        if values.get("member_number") in numbers:
            checked.fault("people", row, "member_number", ERASED)
        elif indexes & set(vault.indexes(str(values.get("reference")), REFERENCE)):
            checked.fault("people", row, "reference", ERASED)
