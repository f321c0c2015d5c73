"""What a kind of service is: its name, where its money is booked, how people come to it, what is
special about it.
"""

from __future__ import annotations

from typing import NamedTuple

CATEGORIES = (
    "income",
    "primary care",
    "therapy",
    "psychiatry",
    "peer support",
    "groups",
    "emergency",
    "inpatient",
    "evaluation",
    "crisis care",
    "practical support",
    "education",
    "digital",
    "community life",
)
"""Categories of the ledger; "income" is money coming in, the others are spending."""


class Kind(NamedTuple):
    """A kind of service; its numbers, who leads it and what it is stand in the evidence under
    services.<name>.

    informal: support beside treatment, not instead of it: people come to it by a decision of its
    own. friends: members form ties. hospital: paid per visit or day, entered in a crisis and not
    through referral. sought: people may come by themselves; other kinds reach out. low_intensity:
    a lesson, a message, an app, which is not care: no contact that protects, no treatment in the
    figures. crisis: meets people in a crisis. online: needs no travel but a connection, whatever
    the scenario says. sliding: fees by income. who: whom it is for where the scenario does not say,
    as in `Audience`.
    """

    name: str
    category: str
    informal: bool = False
    friends: bool = False
    hospital: bool = False
    sought: bool = True
    low_intensity: bool = False
    crisis: bool = False
    online: bool = False
    sliding: bool = False
    who: str = "anybody"
