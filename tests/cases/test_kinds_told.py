"""What `check` says of kinds is what the model does with them: the two are declared apart, because
scenarios do not know services.
"""

from sim.scenario.diagnostics.inactive.access import ONLINE_KINDS, REACHES_OUT
from sim.scenario.diagnostics.inactive.activity import HOSPITAL, IN_A_CRISIS
from sim.services.catalogue import KINDS


def name_kinds(is_one):
    return sorted(name for name, kind in KINDS.items() if is_one(kind))


def test_check_knows_which_kinds_are_online_in_a_crisis_or_of_the_hospital():
    assert sorted(ONLINE_KINDS) == name_kinds(lambda kind: kind.online)
    assert sorted(IN_A_CRISIS) == name_kinds(lambda kind: kind.crisis)
    assert sorted(HOSPITAL) == name_kinds(lambda kind: kind.hospital)
    assert sorted(REACHES_OUT) == name_kinds(
        lambda kind: not (kind.sought or kind.crisis or kind.hospital)
    )
