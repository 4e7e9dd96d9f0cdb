"""Accounts of people who sign in to a console of ours: passwords, second factors, locks, sessions, and what is true of
every page. It knows no table: a console gives its own statements.

Flask-Security is not used. For a handful of accounts that a command makes, it would bring registration, recovery,
e-mail, roles and pages of its own, which would have to be switched off one by one; and it would bring tables to a
service that has no other use of its models."""
