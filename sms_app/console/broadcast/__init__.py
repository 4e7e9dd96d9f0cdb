"""Broadcasts: whom for, the text, the check before sending, and what became of it."""
