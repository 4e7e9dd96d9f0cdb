-- Revision 0024. A later change is a later revision: this file stays as it is.

-- The plan of the texts to who is on duty reads these columns.
create trigger plans_read_this
  after insert or delete or truncate or update of programme_id, day, caseworker, phone_number_id, signed_in on duty_day
  for each statement execute function note_plan_change('duty_day');
