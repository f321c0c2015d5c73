"""What a kind of service is: its name, who leads it, where its money is booked, what is special about it."""

from __future__ import annotations

from typing import NamedTuple

CATEGORIES = ("income", "primary care", "therapy", "psychiatry", "peer support", "groups", "emergency", "inpatient", "evaluation")
"""Categories of the ledger; "income" is money coming in, the others are spending."""


class Kind(NamedTuple):
    """A kind of service; its numbers stand in the evidence under services.<name>.

    leading: role that carries the caseload. informal: support beside treatment, not instead of it:
    people come to it by a decision of its own. friends: members form ties. hospital: paid per visit or day,
    entered in a crisis and not through a door.
    """

    name: str
    leading: str
    category: str
    informal: bool = False
    friends: bool = False
    hospital: bool = False
