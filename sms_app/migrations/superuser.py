"""The script that only a superuser can run: it hides the database's counters, sizes and locks from our roles, and which
table refused a row of a hop from PostgreSQL's log."""

from __future__ import annotations

from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".sql").read_text()
TELLING = (
    "select max(n_tup_ins) from pg_stat_user_tables",
    "select pg_relation_size(c.oid) from pg_class c where c.relname = 'inbox'",
    "select count(*) from pg_locks",
    "select pg_current_wal_lsn()",
)
"""Statements that a role must be refused after the script has run, one for each kind."""
