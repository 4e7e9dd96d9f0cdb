"""Counts of savings meetings: one account enters, another confirms."""
