"""Whom nothing reached for four weeks, and why."""
