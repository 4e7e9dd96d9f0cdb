"""An office's workbook: people, groups, savings and sessions in and out of the database, as a spreadsheet or CSV."""
