"""Comparing a workbook's rows with what is stored, and storing the difference: a file a subject."""
