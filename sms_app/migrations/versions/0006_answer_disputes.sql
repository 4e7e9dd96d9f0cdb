-- The changes of revision 0006. A later change is a later revision: this file stays as it is.

-- What staff answered. `closed_on` is the day of the answer.
alter table dispute add column answer varchar;
-- Until now each press on "not right" made a new row. The oldest open one stays open; the others are closed without
-- an answer, so that no row is lost.
update dispute d set closed_on = d.raised_on
where d.closed_on is null and exists (
  select from dispute o where o.participant_id = d.participant_id and o.about = d.about and o.closed_on is null
  and (o.raised_on, o.id) < (d.raised_on, d.id));
alter table dispute add constraint ck_dispute_answer check (answer in ('corrected', 'right', 'ask'));
alter table dispute add constraint ck_dispute_answered check (answer is null or closed_on is not null);
create unique index uq_dispute_open on dispute (participant_id, about) where closed_on is null;

-- The session's day that a reply was given for. A reply to another day does not count; null is not known.
alter table session_reply add column session_on date;
