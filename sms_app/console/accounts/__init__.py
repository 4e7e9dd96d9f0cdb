"""Accounts of the console: their rows, signing in, one's own account, and the list for the administrator."""
