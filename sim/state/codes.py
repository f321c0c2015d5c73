"""Codes: what whole numbers in columns mean. Every code is defined here and nowhere else.

Numbers are forever, as stored runs and draws hold them; a new member goes to the end.
"""

from __future__ import annotations

from enum import IntEnum


class Employment(IntEnum):
    """What somebody does by day; a pupil is a student."""

    NOT_IN_WORK = 0
    EMPLOYED = 1
    STUDENT = 2
    RETIRED = 3


class Insurance(IntEnum):
    """Who pays for somebody's care."""

    UNINSURED = 0
    PUBLIC = 1
    PRIVATE = 2


class TieKind(IntEnum):
    """What ties two residents."""

    NONE = 0
    HOME = 1
    FRIEND = 2
    WORK = 3
    GROUP = 4


# Powers of two, because several things can happen to somebody in one week.
class Event(IntEnum):
    """What happened to a resident this week: bits of `happened`, several at once."""

    CRISIS = 1
    EMERGENCY = 2
    ADMITTED = 4
    READMITTED_30_DAYS = 8
    READMITTED_1_YEAR = 16
    DISCHARGED = 32
    DIED = 64
    SUICIDE = 128
    NEW_EPISODE = 512
    GAVE_UP = 1024
    BOARDED = 2048
    STARTED = 4096
    LEFT_EARLY = 8192
    DECLINED = 16384


class Published(IntEnum):
    """What others can see of a resident: columns of `published`."""

    LONELINESS = 0
    ILLNESS = 1
    STIGMA = 2
    ENCOURAGEMENT = 3


class Channel(IntEnum):
    """What a session can change in a person: columns of `ceiling`."""

    COPING = 0
    CONNECTION = 1
    SELF_MANAGEMENT = 2
    RELIEF = 3
    STIGMA = 4
    KNOWLEDGE = 5


class KindParameter(IntEnum):
    """What only some kinds of service have: columns of `kind_parameters`.

    outreach: share of the audience that it reaches each week. links: chance per session of being
    handed on. threshold: sessions before anything changes. strain_reduction: strain of caring that
    a session takes off. harm: depth to which sessions can pull coping down. share_reached, diverts,
    averts: share of crises met, and what becomes of them. level: strain or loneliness from which
    somebody is one of those whom it is for. low_intensity: 1 for what is not care.
    placement: chance per session that somebody out of work finds work. company: what a volunteer
    who visits counts for as a tie while the visits last.
    """

    OUTREACH = 0
    LINKS = 1
    THRESHOLD = 2
    STRAIN_REDUCTION = 3
    HARM = 4
    SHARE_REACHED = 5
    DIVERTS = 6
    AVERTS = 7
    LEVEL = 8
    LOW_INTENSITY = 9
    PLACEMENT = 10
    COMPANY = 11


class OpenAfter(IntEnum):
    """What must have happened to a person for a service to be open to them."""

    ANYTHING = 0
    DISCHARGE = 1
    CRISIS = 2
    BIRTH = 3


class Access(IntEnum):
    """How people come to a service: by themselves, referred, not at all (a hospital is entered in a
    crisis), when it reaches out, or in a crisis that it meets.
    """

    OPEN = 0
    REFERRAL = 1
    NONE = 2
    OUTREACH = 3
    CRISIS = 4


class AudienceGroup(IntEnum):
    """Whom a service is for."""

    ANYBODY = 0
    PUPILS = 1
    WORKERS = 2
    CAREGIVERS = 3
    LONELY = 4
    ALONE_AT_HOME = 5
    OUT_OF_WORK = 6


class Route(IntEnum):
    """Who sends somebody to a service: nobody, or a service, which opens those for referral too.

    From PARTNER on, the row of the service that hands on to its partners is added.
    """

    SELF_REFERRAL = 0
    SERVICE = 1
    PARTNER = 2


class Sought(IntEnum):
    """What is sought: treatment, or informal support beside it."""

    TREATMENT = 0
    INFORMAL = 1


class Priority(IntEnum):
    """Who is first on a waiting list."""

    FIRST_COME = 0
    URGENT_FIRST = 1
    NEEDIEST_FIRST = 2


class Ending(IntEnum):
    """What becomes of a place in care this week."""

    STAYS = 0
    LEFT_EARLY = 1
    FINISHED = 2


class HospitalFigure(IntEnum):
    """Places in `used`, the hospital's figures of a week; the first three have one per insurance.

    occupied_days counts the days of everybody, before anybody's payer is known.
    """

    BED_DAYS = 0
    VISITS = 3
    BOARDING_DAYS = 6
    OCCUPIED_DAYS = 9


HOSPITAL_FIGURES = HospitalFigure.OCCUPIED_DAYS + 1
"""Length of `used`."""


class StaffFigure(IntEnum):
    """Places in `tally`, the workforce's figures of a week."""

    LEFT = 0
    PRESENT = 1
    VACANT = 2
    STRAIN = 3


class Role(IntEnum):
    """What somebody in post does."""

    THERAPIST = 0
    PSYCHIATRIST = 1
    PHYSICIAN = 2
    NURSE = 3
    PEER = 4
    VOLUNTEER = 5
    CASE_MANAGER = 6
    COORDINATOR = 7


class Payer(IntEnum):
    """Whose money it is."""

    PUBLIC = 0
    PRIVATE = 1
    PEOPLE = 2
    GRANT = 3
    DONATION = 4
    HOSPITAL = 5


class ShortageRule(IntEnum):
    """How a fund shares out what is not enough."""

    PRIORITY = 0
    EQUAL = 1
    NEED = 2


# Where the name of a member is not what people call it; all others are read from their names.
MEMBER_WORDS = {
    (Employment, Employment.STUDENT): "pupil or student",
    (TieKind, TieKind.HOME): "household",
    (TieKind, TieKind.WORK): "work or school",
    (TieKind, TieKind.GROUP): "made in a group",
}
"""Members that people read as something else than their name."""


def list_keys(code: type[IntEnum]) -> tuple[str, ...]:
    """Names of a code's members as scenarios and evidence write them: `case_manager`."""
    return tuple(member.name.lower() for member in code)


def list_words(code: type[IntEnum]) -> tuple[str, ...]:
    """Names of a code's members as people read them: `case manager`."""
    return tuple(
        MEMBER_WORDS.get((code, member), member.name.lower().replace("_", " ")) for member in code
    )
