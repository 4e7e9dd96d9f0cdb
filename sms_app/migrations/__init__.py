"""The database's history, and its roles."""
