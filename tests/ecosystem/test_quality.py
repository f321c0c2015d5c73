"""What keeps a service good, one by one, and what becomes of it without."""

import numpy as np
import pytest

GROUPS = {"kind": "recovery_group", "from": 0, "staff": {"peer": 6}, "groups": 6, "size": 12}
CARE = (
    {"ground_rules": True},
    {"rotating_leaders": True},
    {"supervision": "weekly"},
    {"procedures": True},
    {"checks": True},
)


def quality(side):
    return float(
        np.mean(
            [
                c.world.provision.offers.quality[c.world.provision.names.index("it")]
                for c in side.with_it
            ]
        )
    )


def fidelity(side):
    return float(
        np.mean([c.world.fidelity[c.world.provision.names.index("it")] for c in side.with_it])
    )


def test_without_care_a_service_drifts_from_its_protocol(pair):
    left_alone = fidelity(pair({"services.it": GROUPS}))
    assert 0.85 < left_alone < 0.92  # a good half of the way from 1 to 0.8 in forty weeks


@pytest.mark.parametrize("care", CARE, ids=lambda care: next(iter(care)))
def test_each_kind_of_care_keeps_it_nearer(pair, care):
    kept, alone = pair({"services.it": GROUPS | care}), pair({"services.it": GROUPS})
    assert 0.01 < fidelity(kept) - fidelity(alone) < 0.12
    assert quality(kept) > quality(alone)


def test_together_they_keep_it_whole(pair):
    everything = {key: value for care in CARE for key, value in care.items()}
    assert fidelity(pair({"services.it": GROUPS | everything})) > 0.98
