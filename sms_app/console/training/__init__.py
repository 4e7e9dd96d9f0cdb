"""Attendance by group and week, and the rolls of sessions."""
