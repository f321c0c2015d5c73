import pytest

from sim.scenario.diff import find_differences, word_differences


def test_a_scenario_does_not_differ_from_itself(baseline):
    assert find_differences(baseline, baseline) == []


def test_changed_values_have_path_and_both_sides(baseline):
    changed = baseline.with_({"services.ward.beds": 6, "prices.overhead": 0.25})
    assert set(find_differences(baseline, changed)) == {
        (("services", "ward", "beds"), 4, 6),
        (("prices", "overhead"), 0.3, 0.25),
    }
    assert word_differences(baseline, changed) == [
        "Beds of the service ward is 4 in baseline, 6 in baseline (+50%). (Number of beds.)",
        "Overhead of prices is 0.3 in baseline, 0.25 in baseline (-17%). (Rooms, administration and the like, as a share of pay.)",
    ]


def test_what_only_one_has_is_one_difference_without_its_defaults(baseline, pilot):
    words = word_differences(baseline, pilot)
    assert [line.split(":")[0] for line in words] == [
        "Only peer-pilot has the service peer-specialists",
        "Only peer-pilot has the service recovery-groups",
        "Only peer-pilot has the fund foundation-grant",
        "Only peer-pilot has governance",
    ]
    assert "staff peer 6, caseload 12" in words[0]
    assert "online" not in words[0]


def test_both_directions_tell_the_same(baseline, pilot):
    there, back = find_differences(baseline, pilot), find_differences(pilot, baseline)
    assert {(each.path, str(each.before), str(each.after)) for each in there} == {
        (each.path, str(each.after), str(each.before)) for each in back
    }


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("services.ward.enabled", False, "is yes in"),
        ("services.ward.kind", "emergency_department", "kind"),
    ],
)
def test_switches_and_kinds_are_told(baseline, path, value, words):
    changes = {path: value} if value is False else {"services.ward": {"kind": value}}
    assert words in word_differences(baseline, baseline.with_(changes))[0]
