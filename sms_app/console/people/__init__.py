"""Participants: looking for somebody, and one person's page."""
