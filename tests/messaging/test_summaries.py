"""What coaches are told, and when: planned from the truth at each tick, said from the truth when it goes."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from sms_app import models
from sms_app.messaging import eligibility
from sms_app.messaging.coaches import missing
from sms_app.messaging.coaches import planning as summaries
from sms_app.messaging.coaches.gatherings import compose_coach_gathering
from sms_app.messaging.content import Content
from sms_app.messaging.reminders import planning as reminders
from sms_app.programme import training
from sms_app.programme.loaded import LoadedProgramme
from tests.world.coaching import COMPOSERS, Coaching, coaching, with_roll_missing
from tests.world.programme import rwanda_as
from tests.world.records import Records
from tests.world.statements import counted
from tests.world.times import moment

ALL = tuple(range(1, 6))


@pytest.fixture
def coached(records: Records) -> Coaching:
    """Five women: 1 and 2 will be reached, 3 has no phone, 4 does not consent, 5 stopped texts."""
    made = coaching(records)
    for n in ALL:
        made.woman(n, phone=n != 3, consents=n != 4)
    made.conn.execute(
        text(
            "update phone_number set stopped_on = '2026-02-01' where id in (select phone_number_id"
            " from participant_phone"
            " where participant_id = :p)"
        ),
        {"p": made.people[5]},
    )
    return made


def reply(coached: Coaching, session: UUID, n: int, coming: bool) -> None:
    """What the n-th of the list says on her phone."""
    training.reply(coached.conn, session, coached.people[n], coming, date(2026, 2, 26))


def coaching_programme(coached: Coaching) -> LoadedProgramme:
    """The programme as it is, without the rule that rests."""
    return rwanda_as(coached.records.programme, coached.records.vault)


class TestTheDayBefore:
    def test_it_goes_at_the_rules_hour_and_foresees_whom_the_reminders_will_not_reach(self, coached):
        session = coached.session("2026-02-28 14:00")
        for n in (1, 2, 4, 5):
            coached.reminder(session, n, "planned")
        assert coached.plan("2026-02-26 09:00") == (1, 0, 0, 0)
        assert coached.plan("2026-02-26 09:01") == (0, 0, 0, 0)
        assert coached.rows() == [("coach_gathering", "2026-02-28", "planned", None, "2026-02-27 15:00")]
        assert coached.go("2026-02-27 14:59") == []
        assert coached.go("2026-02-27 15:00") == [
            "Group 1: Saturday 28 February 14:00, Rwamagana, Kigabiro. On list 5. Cannot come 0."
            " Not reached by SMS: 3*4*5."
        ]
        assert coached.go("2026-02-27 15:01") == []

    def test_in_kinyarwanda(self, coached):
        session = coached.session("2026-02-28 14:00")
        coached.reminder(session, 1, "delivered")
        assert coached.go("2026-02-27 15:00", "rw") == [
            "Itsinda 1: ku wa gatandatu 28/02 14:00, Rwamagana, Kigabiro. Abanyamuryango 5. Sinzabasha 0."
            " Nta butumwa: 2*3*4*5."
        ]

    @pytest.mark.parametrize(
        ("status", "reached"),
        [
            ("sending", True),
            ("sent", True),
            ("delivered", True),
            ("planned", True),
            ("queued", True),
            ("failed", False),
            ("unknown", False),
            ("expired", False),
            ("cancelled", False),
        ],
    )
    def test_what_became_of_a_reminder_decides(self, coached, status, reached):
        session = coached.session("2026-02-28 14:00")
        coached.reminder(session, 1, "sent")
        coached.reminder(session, 2, status)
        (said,) = coached.go("2026-02-27 15:00")
        assert said.endswith("SMS: 3*4*5." if reached else "SMS: 2*3*4*5.")

    def test_a_text_still_to_come_is_no_hope_where_one_failed(self, coached):
        session = coached.session("2026-02-28 14:00")
        coached.reminder(session, 2, "failed")
        coached.reminder(session, 2, "planned", due="2026-02-28 11:00")
        coached.reminder(session, 1, "planned")
        (said,) = coached.go("2026-02-27 15:00")
        assert said.endswith("SMS: 2*3*4*5.")

    def test_a_number_that_had_enough_today_is_not_reached_today(self, coached):
        session, other = coached.session("2026-02-28 14:00"), coached.session("2026-02-20 14:00")
        for n in (1, 2):
            coached.reminder(session, n, "planned")
        for _ in range(3):
            coached.reminder(other, 2, "sent", due="2026-02-27 09:00", sent_at=moment("2026-02-27 09:00"))
        (said,) = coached.go("2026-02-27 15:00")
        assert said.endswith("SMS: 2*3*4*5.")

    def test_who_left_is_not_on_the_list(self, coached):
        coached.session("2026-02-28 14:00")
        coached.conn.execute(text("update participant set left_on = '2026-02-01' where list_number = 3"))
        (said,) = coached.go("2026-02-27 15:00")
        assert said.endswith("On list 4. Cannot come 0. Not reached by SMS: 1*2*4*5.")

    def test_on_a_quiet_day_it_goes_earlier(self, coached):
        coached.session("2026-04-14 14:00")
        coached.plan("2026-04-04 09:00")
        assert [row[4] for row in coached.rows()] == ["2026-04-04 15:00"]

    def test_a_session_that_is_moved_or_cancelled_before_it_went(self, coached):
        session = coached.session("2026-02-28 14:00")
        coached.plan("2026-02-26 09:00")
        coached.move(session, "2026-03-03 14:00")
        assert coached.plan("2026-02-26 09:01") == (1, 0, 0, 1)
        assert [row[:4] for row in coached.rows()] == [
            ("coach_gathering", "2026-02-28", "cancelled", "session_moved"),
            ("coach_gathering", "2026-03-03", "planned", None),
        ]
        coached.change(session, cancelled_at=moment("2026-02-26 09:02"))
        coached.plan("2026-02-26 09:02")
        assert coached.rows()[1][2:4] == ("cancelled", "session_cancelled")
        coached.move(session, "2026-02-28 15:00")
        coached.change(session, cancelled_at=None)
        assert coached.plan("2026-02-26 09:03") == (0, 0, 1, 0)
        assert len(coached.go("2026-02-27 15:00")) == 1

    def test_said_from_the_truth_though_planning_did_not_see_it(self, coached):
        session = coached.session("2026-02-28 14:00")
        coached.plan("2026-02-27 14:00")
        (due,) = coached.due(moment("2026-02-27 15:00"))
        answers = []
        for change in (
            {"cancelled_at": moment("2026-02-27 14:30")},
            {
                "cancelled_at": None,
                "starts_at": moment("2026-03-01 14:00"),
                "ends_at": moment("2026-03-01 16:00"),
            },
        ):
            coached.change(session, **change)
            answers.append(
                compose_coach_gathering(coached.conn, coached.programme, [due], moment("2026-02-27 15:00"))[
                    due.id
                ]
            )
        assert [one.reason for one in answers] == ["session_cancelled", "session_moved"]


class TestWhoSaidThatSheCannotCome:
    def test_the_latest_words_of_the_moment_are_counted(self, coached):
        session = coached.session("2026-02-28 14:00")
        coached.plan("2026-02-27 14:00")
        for n, coming in ((1, False), (2, False), (3, True), (4, False), (4, True)):
            reply(coached, session, n, coming)
        assert "On list 5. Cannot come 2. Not" in coached.go("2026-02-27 15:00")[0]

    def test_in_kinyarwanda_and_by_no_number_of_the_list(self, coached):
        session = coached.session("2026-02-28 14:00")
        reply(coached, session, 2, False)
        (said,) = coached.go("2026-02-27 15:00", "rw")
        assert "Abanyamuryango 5. Sinzabasha 1. Nta" in said

    def test_whoever_left_or_was_asked_of_another_day_or_session_is_not_counted(self, coached):
        session = coached.session("2026-03-01 14:00")
        other = coached.session("2026-02-28 09:00")
        reply(coached, session, 1, False)
        reply(coached, other, 2, False)
        coached.move(session, "2026-02-28 14:00")
        reply(coached, session, 3, False)
        reply(coached, session, 4, False)
        coached.conn.execute(text("update participant set left_on = '2026-02-01' where list_number = 3"))
        said = [one for one in coached.go("2026-02-27 15:00") if " 14:00" in one]
        assert len(said) == 1
        assert "On list 4. Cannot come 1. Not" in said[0]

    def test_another_hour_of_the_same_day_keeps_the_word(self, coached):
        session = coached.session("2026-02-28 14:00")
        reply(coached, session, 1, False)
        coached.move(session, "2026-02-28 15:00")
        assert "Cannot come 1." in coached.go("2026-02-27 15:00")[0]

    def test_a_word_of_before_days_were_kept_counts(self, coached):
        session = coached.session("2026-02-28 14:00")
        reply(coached, session, 1, False)
        coached.conn.execute(text("update session_reply set session_on = null"))
        assert "Cannot come 1." in coached.go("2026-02-27 15:00")[0]


class TestWhoIsTold:
    def test_each_coach_of_a_group_on_her_own_number(self, coached):
        coached.coach()
        coached.session("2026-02-28 14:00")
        assert len(coached.go("2026-02-27 15:00")) == 2

    def test_a_coach_of_two_groups_for_each(self, coached):
        other = coached.records.training_group(2, "man")
        coached.coach(group=other, phone=coached.phone)
        coached.session("2026-02-28 14:00")
        coached.session("2026-02-28 10:00", group_id=other)
        said = coached.go("2026-02-27 15:00")
        assert sorted(one[:8] for one in said) == ["Group 1:", "Group 2:"]

    def test_not_one_who_gave_the_group_up(self, coached):
        coached.session("2026-02-28 14:00")
        coached.plan("2026-02-26 09:00")
        coached.conn.execute(text("update group_coach set to_on = '2026-02-26'"))
        assert coached.plan("2026-02-26 10:00") == (0, 0, 0, 1)
        assert coached.rows()[0][2:4] == ("cancelled", "not_in_audience")

    def test_nobody_is_told_of_a_group_that_a_rule_leaves_out(self, coached):
        settings = coached.programme.settings
        rules = {name: replace(rule, groups=(7,)) for name, rule in settings.messages.rules.items()}
        messages = replace(settings.messages, rules=rules)
        coached.programme = replace(coached.programme, settings=replace(settings, messages=messages))
        coached.session("2026-02-28 14:00")
        assert coached.plan("2026-02-27 14:00") == (0, 0, 0, 0)


class TestACorrection:
    def told(self, coached, status="sent"):
        """A session whose coach was told of it the day before, and two of its women."""
        session = coached.session("2026-02-28 14:00")
        coached.go("2026-02-27 15:00", status=status)
        for n in (1, 2):
            coached.reminder(session, n, "sent")
        return session

    def test_she_is_told_once_of_the_change_and_whom_no_correction_reached(self, coached):
        session = self.told(coached)
        coached.move(session, "2026-03-07 14:00")
        coached.reminder(session, 1, "sent", kind="correction")
        assert coached.go("2026-02-27 16:30") == []
        coached.conn.execute(
            text("update message set told_starts_at = '2026-02-28 14:00+02' where kind = 'gathering'")
        )
        assert coached.go("2026-02-27 16:45") == [
            "Group 1, change: Saturday 7 March 14:00, Rwamagana, Kigabiro. Not reached by SMS: 2*3*4*5."
        ]
        assert coached.go("2026-02-27 16:46") == []
        # and the day before the new day as always
        assert len(coached.go("2026-03-06 15:00")) == 1

    def test_of_a_session_that_is_called_off_she_hears_its_old_hour(self, coached):
        session = self.told(coached)
        coached.change(session, cancelled_at=moment("2026-02-27 17:00"))
        coached.plan("2026-02-27 17:00")
        coached.reminder(session, 2, "queued", kind="correction")
        assert coached.go("2026-02-27 17:15") == [
            "Group 1: Saturday 28 February 14:00 is cancelled. Not reached by SMS: 1*3*4*5."
        ]
        # on again: what is true in the end
        coached.change(session, cancelled_at=None)
        coached.plan("2026-02-27 17:20")
        assert [one[:40] for one in coached.go("2026-02-27 17:35")] == [
            "Group 1, change: Saturday 28 February 14"
        ]

    def test_undone_before_it_went_nothing_is_said(self, coached):
        session = self.told(coached, "unknown")
        coached.move(session, "2026-03-07 14:00")
        coached.plan("2026-02-27 16:30")
        coached.move(session, "2026-02-28 14:00")
        assert coached.go("2026-02-27 16:45") == []
        assert ("cancelled", "undone") in [row[2:4] for row in coached.rows()]
        coached.change(session, place="Kayonza")
        assert coached.plan("2026-02-27 16:46")[2] == 1
        assert [one[:16] for one in coached.go("2026-02-27 17:01")] == ["Group 1, change:"]

    def test_who_was_not_told_is_not_corrected(self, coached):
        session = self.told(coached, "failed")
        coached.change(session, cancelled_at=moment("2026-02-27 17:00"))
        assert coached.go("2026-02-27 17:30") == []

    def test_in_the_evening_it_waits_for_the_morning(self, coached):
        session = self.told(coached)
        coached.change(session, place="Kayonza")
        coached.plan("2026-02-27 20:00")
        # Umuganda: the morning is not ours
        assert coached.rows()[-1][4] == "2026-02-28 12:00"

    def test_a_move_to_tomorrow_is_told_once(self, coached):
        session = coached.session("2026-03-10 14:00")
        coached.go("2026-03-09 15:00")
        coached.move(session, "2026-03-12 14:00")
        coached.go("2026-03-09 15:30")
        coached.go("2026-03-09 15:45")
        coached.move(session, "2026-03-11 14:00")
        said = [
            line for hour in ("16:00", "16:01", "16:15", "16:30") for line in coached.go(f"2026-03-10 {hour}")
        ]
        assert [one[:42] for one in said] == ["Group 1, change: Wednesday 11 March 14:00,"]


class TestARollThatIsMissing:
    """How it is planned and said, with its rule in programme.yaml."""

    @pytest.fixture
    def coached(self, coached):
        return with_roll_missing(coached)

    def test_two_hours_after_the_end_and_the_next_day_and_no_third_time(self, coached):
        coached.session("2026-02-26 09:00")
        assert coached.go("2026-02-26 12:59") == []
        assert coached.go("2026-02-26 13:00") == [
            "Group 1, session 26/02: no roll yet. Dial *801#, choose 1."
        ]
        assert coached.go("2026-02-27 08:59") == []
        assert coached.go("2026-02-27 09:00", "rw") == [
            "Itsinda 1, isomo rya 26/02: nta bwitabire. Hamagara *801#, hitamo 1."
        ]
        assert not [one for one in coached.go("2026-02-28 12:00") if "no roll" in one]
        (found,) = missing.missing_rolls(coached.conn, coached.records.programme, moment("2026-03-02 09:00"))
        assert (found.group, f"{found.starts_at:%H:%M}", found.reminded) == (1, "09:00", 2)

    def test_when_the_first_waits_for_a_day_the_second_comes_a_day_later(self, coached):
        coached.session("2026-02-28 14:00")
        coached.plan("2026-02-28 16:00")
        assert [row[4] for row in coached.rows("coach_roll_missing")] == [
            "2026-03-02 08:00",
            "2026-03-03 09:00",
        ]

    def test_the_first_is_not_sent_beside_the_second(self, coached):
        coached.session("2026-02-26 09:00")
        coached.plan("2026-02-26 11:00")
        assert coached.go("2026-02-27 08:00") == []
        assert len(coached.go("2026-02-27 09:00")) == 1

    def test_a_roll_ends_it_but_a_check_in_is_no_roll(self, coached):
        session = coached.session("2026-02-26 09:00")
        coached.roll(session, "self", present=(1,))
        coached.plan("2026-02-26 11:00")
        coached.roll(session, absent=(2,))
        coached.plan("2026-02-26 11:01")
        ended = [row[2:4] for row in coached.rows("coach_roll_missing")]
        assert ended == [("cancelled", "no_longer_true")] * 2
        assert (
            missing.missing_rolls(coached.conn, coached.records.programme, moment("2026-03-02 09:00")) == []
        )

    def test_staff_are_asked_for_the_rolls_of_sixty_days(self, coached):
        coached.session("2026-02-26 09:00")
        assert (
            len(missing.missing_rolls(coached.conn, coached.records.programme, moment("2026-04-27 08:59")))
            == 1
        )
        assert (
            missing.missing_rolls(coached.conn, coached.records.programme, moment("2026-04-27 09:01")) == []
        )

    def test_what_coaches_were_told_is_read_by_its_index(self, coached):
        coached.conn.exec_driver_sql("set local enable_seqscan = off")
        explained = coached.conn.exec_driver_sql(
            "explain " + summaries.SQL["told"], {"sessions": [coached.records.group]}
        )
        assert "ix_message_coach" in "\n".join(explained.scalars())

    def test_an_old_session_is_for_staff(self, coached):
        coached.session("2026-02-10 09:00")
        coached.plan("2026-02-26 09:00")
        assert coached.rows("coach_roll_missing") == []


class TestARoll:
    def test_it_is_told_once_by_list_numbers(self, coached):
        session = coached.session("2026-02-26 09:00")
        coached.roll(session, present=(1,), late=(2,), absent=(3, 5))
        assert coached.go("2026-02-26 11:30") == [
            "Group 1, 26/02: present 2 of 5. Absent 3*5. Excused 0. Late 1. Not reported 1."
        ]
        assert coached.go("2026-02-26 11:31") == []

    def test_in_kinyarwanda(self, coached):
        session = coached.session("2026-02-26 09:00")
        coached.roll(session, present=(1, 2), excused=(3,), absent=(4,))
        assert coached.go("2026-02-26 11:30", "rw") == [
            "Itsinda 1, 26/02: Yego 2/5. Oya 4. Uruhushya 1. Batinze 0. Ntibizwi 1."
        ]

    def test_a_changed_roll_is_told_anew_and_one_that_was_changed_back_is_not(self, coached):
        session = coached.session("2026-02-26 09:00")
        coached.roll(session, present=(1, 2, 3, 4), absent=(5,))
        coached.go("2026-02-26 11:30")
        coached.roll(session, present=(5,))
        assert coached.plan("2026-02-26 18:30") == (1, 0, 0, 0)
        assert coached.rows("coach_roll")[-1][4] == "2026-02-27 08:00"
        coached.roll(session, absent=(5,))
        assert coached.go("2026-02-27 08:00") == []
        coached.roll(session, late=(5,))
        assert [one[:45] for one in coached.go("2026-02-27 08:01")] == [
            "Group 1, 26/02: present 5 of 5. Absent 0. Exc"
        ]
        coached.roll(session, absent=(5,))
        assert [one[:45] for one in coached.go("2026-02-27 08:02")] == [
            "Group 1, 26/02: present 4 of 5. Absent 5. Exc"
        ]
        assert coached.go("2026-02-27 08:03") == []

    def test_a_later_check_in_changes_no_roll(self, coached):
        session = coached.session("2026-02-26 09:00")
        coached.roll(session, present=(1,))
        coached.go("2026-02-26 11:30")
        coached.roll(session, "self", present=(2,))
        assert coached.go("2026-02-26 11:31") == []

    def test_a_roll_that_changed_after_its_text_failed_is_told(self, coached):
        session = coached.session("2026-02-26 09:00")
        coached.roll(session, present=(1,))
        coached.go("2026-02-26 11:30", status="failed")
        assert coached.go("2026-02-26 11:31") == []
        coached.roll(session, absent=(1,))
        assert len(coached.go("2026-02-26 11:32")) == 1

    def test_of_last_weeks_sessions_only(self, coached):
        session = coached.session("2026-02-19 09:00")
        coached.roll(session, present=(1,))
        assert coached.go("2026-02-26 09:01") == []

    def test_who_joined_later_is_not_on_its_list(self, coached):
        session = coached.session("2026-02-26 09:00")
        coached.conn.execute(text("update participant set enrolled_on = '2026-02-27' where list_number = 5"))
        coached.conn.execute(text("update participant set left_on = '2026-02-27' where list_number = 4"))
        coached.roll(session, present=(1, 2, 3))
        (said,) = coached.go("2026-02-27 08:00")
        assert said.startswith("Group 1, 26/02: present 3 of 4.")


class TestAWeek:
    def savings(self, coached, *held_on):
        group = coached.records.savings_group(training_group_id=coached.records.group, name="I")
        cycle = coached.records.add(
            models.Cycle,
            savings_group_id=group,
            opened_on=moment("2026-01-05 00:00").date(),
            mode="free",
            share_value=1,
            most_shares=1,
        )
        for day in held_on:
            coached.records.meeting(cycle, moment(f"{day} 00:00").date())

    def test_sessions_absences_and_savings_of_the_seven_days_before(self, coached):
        coached.roll(coached.session("2026-02-18 09:00"), present=(1, 3), absent=(2, 4, 5))
        coached.roll(coached.session("2026-02-26 09:00"), present=(1,), late=(3,), absent=(2, 5))
        self.savings(coached, "2026-02-25")
        assert [one for one in coached.go("2026-02-28 12:00") if one.startswith("Week")] == [
            "Week of 23/02, group 1: sessions 1 of 1. Present 2/5. Not reported 1. Absent twice: 2*5."
            " Savings meeting: recorded."
        ]
        assert coached.go("2026-02-28 12:01") == []

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({}, "amasomo 0/1. Yego 0/5. Ntibizwi 5. Oya kabiri: 0."),
            (
                {"cancelled_at": moment("2026-02-25 09:00")},
                "amasomo 0/1. Yego 0/0. Ntibizwi 0. Oya kabiri: 0.",
            ),
        ],
    )
    def test_not_held_is_not_the_same_as_not_reported(self, coached, change, said):
        coached.change(coached.session("2026-02-26 09:00"), place="K", **change)
        self.savings(coached, "2026-02-20", "2026-02-28")
        (found,) = [one for one in coached.go("2026-02-28 12:00", "rw") if one.startswith("Icyumweru")]
        assert found == f"Icyumweru cya 23/02, itsinda 1: {said} Ikiganiro: Oya."

    def test_a_session_with_a_word_that_it_was_not_held_has_nobody_to_report(self, coached):
        coached.roll(coached.session("2026-02-25 09:00"), present=(1,), absent=(2,))
        coached.not_held(coached.session("2026-02-26 09:00"))
        (said,) = [one for one in coached.go("2026-02-28 12:00") if one.startswith("Week")]
        assert "sessions 1 of 2. Present 1/5. Not reported 3." in said

    def test_a_check_in_of_her_own_is_no_roll_between_two_absences(self, coached):
        for day in ("2026-02-18", "2026-02-25"):
            coached.roll(coached.session(f"{day} 09:00"), absent=(1,), present=(2,))
        coached.roll(coached.session("2026-02-26 09:00"), "self", present=(3,))
        (said,) = [one for one in coached.go("2026-02-28 12:00") if one.startswith("Week")]
        assert "Absent twice: 1." in said

    def test_absences_that_were_told_last_week_are_not_told_again(self, coached):
        for day in ("2026-02-12", "2026-02-19"):
            coached.roll(coached.session(f"{day} 09:00"), absent=(1,), present=(2,))
        coached.session("2026-02-26 09:00")
        for week, told in (("2026-02-21 09:00", "1"), ("2026-02-28 12:00", "0")):
            (said,) = [one for one in coached.go(week) if one.startswith("Week")]
            assert f"Absent twice: {told}." in said

    def test_a_saturday_afternoon_is_in_the_next_weeks_text(self, coached):
        session = coached.session("2026-02-21 14:00")
        coached.roll(session, present=(1,))
        assert [one for one in coached.go("2026-02-21 16:00") if one.startswith("Week")] == []
        (said,) = [one for one in coached.go("2026-02-28 12:00") if one.startswith("Week")]
        assert said.startswith("Week of 23/02, group 1: sessions 1 of 1. Present 1/5. Not reported 4.")
        assert said.endswith("Savings meeting: -.")

    def test_a_group_that_was_not_to_meet_is_not_spoken_of(self, coached):
        coached.session("2026-02-10 09:00")
        assert coached.go("2026-02-28 12:00") == []

    def test_a_week_is_not_told_days_later(self, coached):
        coached.roll(coached.session("2026-02-26 09:00"), present=(1,))
        assert not [one for one in coached.go("2026-03-03 09:00") if one.startswith("Week")]


def test_staff_see_whose_coach_gets_nothing(coached):
    def unreached():
        return [one.reason for one in missing.unreached_coaches(coached.conn, coached.records.programme)]

    assert unreached() == []
    coached.conn.execute(
        text("update phone_number set stopped_on = '2026-02-01' where id = :id"), {"id": coached.phone}
    )
    assert unreached() == ["a coach who stopped texts"]
    coached.conn.execute(text("update coach set phone_number_id = null"))
    assert unreached() == ["a coach without a number"]
    coached.session("2026-02-28 14:00")
    assert coached.go("2026-02-27 15:00") == []
    coached.conn.execute(text("update group_coach set to_on = '2026-02-01'"))
    assert unreached() == ["no coach"]


class TestAsTheWorker:
    """With the rights of the worker's role, and the reminders as they are really planned."""

    def test_whom_she_is_told_of_is_whom_the_reminders_then_leave_out(self, coached, engine):
        coached.session("2026-02-28 14:00")
        coached.conn.commit()
        with engine.begin() as conn:
            reminders.plan(conn, coached.programme, moment("2026-02-27 15:00"))
            summaries.plan(conn, coached.programme, moment("2026-02-27 15:00"))
        (said,) = coached.go("2026-02-27 15:00")
        assert said.endswith("Not reached by SMS: 3*4*5.")
        texts = coached.conn.execute(text("select id, people from message where kind = 'gathering'")).all()
        refused = eligibility.refusals(
            coached.conn, [one.id for one in texts], moment("2026-02-27 16:00"), moment("2026-02-27 00:00"), 3
        )
        told = {person for one in texts if one.id not in refused for person in one.people}
        assert {n for n, person in coached.people.items() if person not in told} == {3, 4, 5}

    def test_it_may_read_all_that_is_said_in_a_few_statements(self, coached, engine):
        with_roll_missing(coached)
        for day in ("2026-02-24", "2026-02-25", "2026-02-26"):
            coached.roll(coached.session(f"{day} 09:00"), present=(1,), absent=(2, 3))
        for day in ("2026-02-23", "2026-02-27"):
            coached.session(f"{day} 09:00")
        for hour in range(8, 18):
            coached.session(f"2026-03-02 {hour:02}:00")
        coached.coach()
        coached.conn.commit()
        now = moment("2026-02-28 15:00")
        with engine.begin() as conn, counted(conn) as seen:
            summaries.plan(conn, coached.programme, now)
        assert len(seen) <= 24
        coached.conn.rollback()
        due = coached.due(now)
        assert {one.kind for one in due} == {
            "coach_gathering",
            "coach_roll_missing",
            "coach_roll",
            "coach_week",
        }
        for kind, composer in COMPOSERS.items():
            rows = [one for one in due if one.kind == kind]
            with engine.begin() as conn, counted(conn) as seen:
                answers = composer(conn, coached.programme, rows, now)
            assert all(isinstance(one, Content) for one in answers.values())
            assert len(answers) == len(rows) > 1
            assert len(seen) <= 4


def test_a_suspended_coach_is_told_nothing_and_what_waits_is_dropped(coached):
    coached.session("2026-02-28 14:00")
    assert coached.plan("2026-02-26 09:00")[0] == 1
    coached.conn.execute(text("update coach set suspended_on = '2026-02-26'"))
    assert coached.go("2026-02-27 15:00") == []
    assert coached.rows() == [
        ("coach_gathering", "2026-02-28", "cancelled", "not_in_audience", "2026-02-27 15:00")
    ]
    coached.conn.execute(text("update coach set suspended_on = null"))
    assert len(coached.go("2026-02-27 15:01")) == 1
