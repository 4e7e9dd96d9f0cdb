"""The first page: the day at a glance, and the rows behind each of its figures."""
