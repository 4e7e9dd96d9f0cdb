-- What a coach does for a participant of her group. The functions of revision 0021 look whether she may, and write.

-- name: person(coach, group, number)
select coached_person(:coach, :group, :number)

-- name: claims(coach, person, now)
-- The claims of a number for a participant, for a coach who may act for her.
select c.id, c.number_sealed, c.code from number_claim c
where c.participant_id = :person and c.expires_at > :now and assists(:coach, :person)

-- name: check_in(coach, person, now, today)
select assist_check_in(:coach, :person, :now, :today)

-- name: saving(coach, person, entry, amount, shares, whole, week, today)
select assist_saving(:coach, :person, :entry, :amount::bigint, :shares::integer, :whole, :week, :today)

-- name: question(coach, person, entry, about, today)
select assist_question(:coach, :person, :entry, :about, :today)

-- name: answer(coach, question, answer, now, today)
select assist_answer(:coach, :question, :answer, :now, :today)

-- name: texts(coach, person, stop, now)
select assist_texts(:coach, :person, :stop, :now)

-- name: open_pin(coach, person, code, expires, now)
select assist_open_pin(:coach, :person, :code, :expires, :now)

-- name: confirm_number(coach, person, claim, phone, link, now, today)
select assist_confirm_number(:coach, :person, :claim, :phone, :link, :now, :today)

-- name: mark_phone(coach, person, mark, now)
select assist_mark_phone(:coach, :person, :mark, :now)
