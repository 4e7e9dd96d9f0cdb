"""The support console: an application of its own for a programme's two or three caseworkers. The rules of its accounts
are those of every console (`sms_app/accounts/`); its tables are its own, behind the wall."""
