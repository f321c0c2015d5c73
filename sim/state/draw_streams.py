"""What is decided by a draw: the third word of its counter."""

from __future__ import annotations

from enum import IntEnum


# A stream for each decision: a draw that is added to one decision shifts no other.
class Stream(IntEnum):
    """Decisions that draw. Numbers are forever: changing one changes every run."""

    LIFE = 1
    SYMPTOMS = 2
    HELP_SEEKING = 3
    SERVICE_CHOICE = 4
    ALLOCATION = 5
    CARE = 6
    CRISIS = 7
    LENGTH_OF_STAY = 8
    TIE_END = 9
    MEETING = 10
    GROUP_TIE = 11
    WORK = 12
    RECRUIT = 13
    SURVEY = 14
    REFER = 15
    CUT = 16
    REACH = 18
    MEET_CRISIS = 19
    BIRTH = 20
    PAST = 21
    TURN = 40
    ENTER = 41
    HOMES = 42
    BIRTHDAY = 43
    PERSON = 44
    TOGETHER = 45
    COURSE = 46
    HOME_EVENT = 47
