drop index ix_message_waiting, ix_participant_phone_former, ix_phone_number_stopped, ix_roll_not_held,
  ix_training_session_awaits_roll, ix_training_session_mismatched;
drop trigger note_roll on roll;
drop trigger note_mismatch on attendance;
drop function note_roll, note_mismatch;
alter table training_session drop column awaits_roll, drop column mismatched;
