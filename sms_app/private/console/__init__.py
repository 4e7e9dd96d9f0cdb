"""The support console: an application of its own for a programme's two or three caseworkers.

Accounts use argon2-cffi, pyotp and Flask-WTF rather than Flask-Security: for three accounts that a command makes,
Flask-Security would bring registration, recovery, e-mail, roles and pages of its own, which would have to be switched
off one by one behind a wall that answers 404. What is left to write here is one table of sessions and one of locks."""
