"""The staff's console: an application of its own, with its own process, database role and cookie. A folder for each
subject has its pages and their templates. `access.py` says which role may open what."""
