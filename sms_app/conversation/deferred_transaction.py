"""The transaction of a hop. Most hops store only their position and need no transaction."""

from __future__ import annotations

from types import TracebackType

from sms_app.conversation.hop_connections import BEGIN, COMMIT, ROLLBACK, HopConnection
from sms_app.conversation.service import LostRace


class DeferredTransaction:
    """A transaction that begins only when `begin` is called.

    The end of the `with` block commits it. LostRace rolls it back and is raised to the caller, who tries again on the
    same connection. After any other error no ROLLBACK is sent, since the connection may be lost: the caller closes it,
    and that rolls back, too."""

    def __init__(self, connection: HopConnection) -> None:
        self._connection = connection
        self._begun = False

    @property
    def begun(self) -> bool:
        """Whether something is stored in it."""
        return self._begun

    def begin(self) -> None:
        """Begin the transaction unless it has begun."""
        if not self._begun:
            self._connection.run(BEGIN)
            self._begun = True

    def roll_back(self) -> None:
        """Roll back everything since `begin`. Later statements run outside a transaction until `begin` is called
        again."""
        if self._begun:
            self._connection.run(ROLLBACK)
            self._begun = False

    def __enter__(self) -> DeferredTransaction:
        return self

    def __exit__(
        self,
        error_class: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            if self._begun:
                self._connection.run(COMMIT)
        elif isinstance(error, LostRace):
            self.roll_back()
