"""All tables of the service, a file for each subject."""

from sms_app.models.accounts import Account, AccountGuard, AccountSession, RecoveryCode
from sms_app.models.audit import AuditEntry
from sms_app.models.base import Base
from sms_app.models.broadcasts import BroadcastProposal, BroadcastProposalText, SavedAudience
from sms_app.models.duty import DutyDay
from sms_app.models.imports import ImportJob, ImportProgress
from sms_app.models.installation import Installation, VaultKeyCheck
from sms_app.models.messages import (
    Broadcast,
    BroadcastText,
    DeliveryReport,
    Heartbeat,
    InboundMessageSeen,
    Message,
    SendingSwitch,
)
from sms_app.models.people import (
    Coach,
    Consent,
    Erasure,
    GroupCoach,
    GroupMembership,
    HouseholdLink,
    Kinship,
    Participant,
    TrainingGroup,
)
from sms_app.models.phone import NumberClaim, ParticipantPhone, PhoneNumber, PinGuard, PinOpening
from sms_app.models.planning import PlanChange, PlanState
from sms_app.models.programme import Arm, ArmAssignment, Household, Programme
from sms_app.models.savings import (
    Contribution,
    Cycle,
    Dispute,
    GroupMeeting,
    MeetingLine,
    PlannedMeeting,
    SavingsGroup,
    SavingsMember,
    SavingsOfficer,
)
from sms_app.models.training import (
    Attendance,
    FollowUp,
    GatheringMove,
    Roll,
    RollCorrection,
    SessionList,
    SessionReply,
    SessionSubstitute,
    TrainingSession,
    UnmatchedCheckIn,
)
from sms_app.models.trial import Nomination, Screening, ScreeningExclusion
from sms_app.models.ussd import UssdCost, UssdDialogue, UssdEventSeen

__all__ = [
    "Account",
    "AccountGuard",
    "AccountSession",
    "Arm",
    "ArmAssignment",
    "Attendance",
    "AuditEntry",
    "Base",
    "Broadcast",
    "BroadcastProposal",
    "BroadcastProposalText",
    "BroadcastText",
    "Coach",
    "Consent",
    "Contribution",
    "Cycle",
    "DeliveryReport",
    "Dispute",
    "DutyDay",
    "Erasure",
    "FollowUp",
    "GatheringMove",
    "GroupCoach",
    "GroupMeeting",
    "GroupMembership",
    "Heartbeat",
    "Household",
    "HouseholdLink",
    "ImportJob",
    "ImportProgress",
    "InboundMessageSeen",
    "Installation",
    "Kinship",
    "MeetingLine",
    "Message",
    "Nomination",
    "NumberClaim",
    "Participant",
    "ParticipantPhone",
    "PhoneNumber",
    "PinGuard",
    "PinOpening",
    "PlanChange",
    "PlanState",
    "PlannedMeeting",
    "Programme",
    "RecoveryCode",
    "Roll",
    "RollCorrection",
    "SavedAudience",
    "SavingsGroup",
    "SavingsMember",
    "SavingsOfficer",
    "Screening",
    "ScreeningExclusion",
    "SendingSwitch",
    "SessionList",
    "SessionReply",
    "SessionSubstitute",
    "TrainingGroup",
    "TrainingSession",
    "UnmatchedCheckIn",
    "UssdCost",
    "UssdDialogue",
    "UssdEventSeen",
    "VaultKeyCheck",
]
