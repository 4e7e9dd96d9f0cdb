-- name: rota(programme, first, last)
-- Who is on duty on the days of a span, by day.
select day, caseworker, phone_number_id, signed_in from duty_day
where programme_id = :programme and day between :first and :last order by day

-- name: planned(days, kind)
-- The texts of these days, by the ids that stand for the days, with what became of each.
select occasion, phone_number_id, status from message where subject_id = any(:days) and kind = :kind

-- name: plan_duty_texts(programme, kind, rule, now, subjects, occasions, phones, dues, expiries, furthest_at, revivable)
-- Reconcile the texts to who is on duty with those that are wanted now. They are for no participant.
select r.* from reconcile_messages(
  :programme, :kind, :now, :furthest_at, :revivable,
  array(
    select (subject_id, null, :rule, occasion, phone_number_id, '{}', due_at, expires_at, null, null, null,
      false)::wanted_message
    from unnest(:subjects::uuid[], :occasions::text[], :phones::uuid[], :dues::timestamptz[], :expiries::timestamptz[])
      as w(subject_id, occasion, phone_number_id, due_at, expires_at)
  )) r

-- name: cancel_duty_texts(ids, now, occasions)!
-- Cancel texts that are not wanted any more: another number gets it now, or nobody does.
update message m set status = 'cancelled', settled_at = :now,
  reason = case when m.occasion = any(:occasions) then 'not_in_audience' else 'no_longer_true' end
where m.id = any(:ids)
