"""The language of trials: every key acts in the replay, and what does not fit is told."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.errors import InvalidInput
from sim.scenario.designs.natural_experiment import STATE_SHARES
from sim.scenario.designs.study import load_study
from sim.scenario.designs.trial import SHELVES, list_trials, load_trial
from sim.scenario.library import load
from sim.studies.documents import open_study
from sim.studies.trials import clusters, money, sites
from sim.studies.trials.effects import read_outcome
from sim.studies.trials.follow_up import FOLLOW_UP_COLUMNS
from sim.studies.trials.judgement import heterogeneity
from sim.studies.trials.natural import natural_experiment, town_series
from sim.studies.trials.trial import count_agreement, run_trial

TEXT = """kind: trial
id: X-1
title: A test
study: Nobody 2026
warm_up: 4 weeks
recruit_over: 1 weeks
eligible: {ages: [18, 100], phq: [3, 27]}
services:
  help: {kind: individual_therapy, staff: {therapist: 10}, caseload: 200}
  choir: {kind: community_activity, staff: {volunteer: 20}, caseload: 60}
arms:
  help: {give: help, sessions: 8, over: 10 weeks, attendance: 100%, leaving: 0%}
  usual: as usual
n: {help: 60, usual: 60}
follow_up: 12 weeks
outcome: {measure: phq, counted: mean}
effect: SMD
published: {effect: -0.4, low: -0.6, high: -0.2, arms: {usual: 6}}
"""
GIVEN = "{give: help, sessions: 8, over: 10 weeks, attendance: 100%, leaving: 0%}"


@pytest.fixture
def write(tmp_path, monkeypatch):
    def small(name):
        # with the posts of a whole town, which the fees of so few do not pay
        money = {"funds.anything": {"source": "grant", "amount": "USD 3_000_000 per year"}}
        return sim.load(name).with_({"population.residents": 800, **money})

    for module in (sites, town_series):
        monkeypatch.setattr(module, "load", small)

    def save(*changes, text=TEXT):
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "x.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return save


def live(path):
    trial = load_trial(path)
    return trial, sites.run_site(sites.Site(trial, 1, {}))


def column(records, name):
    return records[:, FOLLOW_UP_COLUMNS.index(name)]


def test_events_count_within_their_window_only(write):
    counted = {}
    for window in ("", ", from: 4 weeks", ", from: 4 weeks, to: 8 weeks", ", to: 4 weeks"):
        change = ("measure: phq, counted: mean", f"measure: contact, counted: count{window}")
        trial, found = live(write(change))
        counted[window] = read_outcome(trial, found["help"]).value.sum()
    assert counted[", from: 4 weeks, to: 8 weeks"] < counted[", from: 4 weeks"] < counted[""]
    assert counted[", to: 4 weeks"] + counted[", from: 4 weeks"] == counted[""]


def test_a_score_is_of_the_week_that_the_window_ends_or_the_mean_of_the_window(write):
    _, early = live(write(("counted: mean", "counted: mean, to: 1 weeks")))
    _, late = live(write())
    assert column(early["usual"], "phq_after").mean() != column(late["usual"], "phq_after").mean()
    trial, window = live(write(("counted: mean", "counted: mean, from: 4 weeks")))
    value, weeks = read_outcome(trial, window["usual"]).value, column(window["usual"], "followed")
    assert value * weeks == pytest.approx(column(window["usual"], "window_sum"))
    # over the weeks in which somebody was there, not over those of the window
    assert weeks.max() == 8
    left = np.zeros((2, len(FOLLOW_UP_COLUMNS)))
    for name, seen in {"window_sum": (20, 0), "followed": (4, 0), "phq_after": (9, 7)}.items():
        left[:, FOLLOW_UP_COLUMNS.index(name)] = seen
    assert read_outcome(trial, left).value.tolist() == [5.0, 7.0]
    assert value.mean() == pytest.approx(column(late["usual"], "phq_after").mean(), abs=1.5)


def test_a_threshold_reached_within_a_window_is_reached_more_often_than_at_its_end(write):
    at_end, _ = "counted: at_least, threshold: 10", None
    trial, found = live(write(("counted: mean", at_end)))
    window, ever = live(write(("counted: mean", f"{at_end}, from: 0 weeks")))
    ends, reached = read_outcome(trial, found["usual"]), read_outcome(window, ever["usual"])
    assert reached.value.mean() > ends.value.mean()


def test_several_services_have_sessions_of_their_own(write):
    given = "{give: {help: {sessions: 3, over: 3 weeks}, choir: {begins: 6 weeks}}, leaving: 0%}"
    _, both = live(write((GIVEN, given), ("measure: phq, counted: mean", "measure: dose")))
    _, alone = live(write((GIVEN, "{give: help, sessions: 3, over: 3 weeks, leaving: 0%}")))
    assert column(alone["help"], "dose").max() == 3
    assert column(both["help"], "activity").mean() > 1.0
    assert column(both["help"], "dose").mean() > column(alone["help"], "dose").mean() + 1.0
    assert column(both["usual"], "dose").max() == 0
    assert column(both["help"], "first_activity").min() > 6


def test_contacts_come_as_often_as_the_arm_says(write):
    base = "{give: help, sessions: 40, attendance: 100%, leaving: 0%, minutes: 30, "
    doses, hours = {}, {}
    for pace in ("every: 4 weeks", "every: 2 weeks", "per_week: 1", "per_week: 3"):
        _, found = live(write((GIVEN, f"{base}{pace}}}")))
        doses[pace] = column(found["help"], "dose").mean()
        hours[pace] = column(found["help"], "contact_time").mean()
    assert doses["every: 4 weeks"] < doses["every: 2 weeks"] < doses["per_week: 1"]
    assert doses["per_week: 3"] > 2.2 * doses["per_week: 1"]
    assert hours["per_week: 1"] == pytest.approx(doses["per_week: 1"] / 2)


def test_a_volunteer_who_visits_is_a_tie_while_the_visits_last(write):
    befriended = [
        (
            "{kind: individual_therapy, staff: {therapist: 10}",
            "{kind: befriending, staff: {peer: 20}",
        ),
        (GIVEN, "{give: help, every: 1 week, sessions: 8, attendance: 100%, leaving: 0%}"),
    ]
    gained = {}
    for week in (6, 11):
        outcome = ("measure: phq, counted: mean", f"measure: ties, to: {week} weeks")
        _, found = live(write(*befriended, outcome))
        ties = [column(found[arm], "ties_after").mean() for arm in ("help", "usual")]
        gained[week] = ties[0] - ties[1]
    assert gained[6] == pytest.approx(1, abs=0.1)
    assert gained[11] == pytest.approx(0, abs=0.1)


def test_uptake_is_of_each_service(write):
    given = "{give: {help: {uptake: 20%}, choir: {uptake: 100%}}, leaving: 0%}"
    _, found = live(write((GIVEN, given)))
    assert (column(found["help"], "activity") > 0).mean() > 0.6
    contact = column(found["help"], "contact") - column(found["usual"], "contact")
    assert 0.05 < (contact > 0).mean() < 0.4


def test_a_step_of_stepped_care_begins_when_symptoms_are_high_enough(write):
    """Watchful waiting could not be told: a place came in a week that was stated, or never."""
    step = (
        "{give: {help: {begins: 4 weeks, when_phq: 10, sessions: 6, over: 6 weeks}}, leaving: 0%}"
    )
    at_once = "{give: {help: {begins: 4 weeks, sessions: 6, over: 6 weeks}}, leaving: 0%}"
    dose = ("measure: phq, counted: mean", "measure: dose, counted: count")
    records = {}
    for name, given in (("step", step), ("at once", at_once)):
        _, found = live(write((GIVEN, given), dose))
        records[name] = found["help"]
    first, everybody = (column(records[name], "first_dose") for name in ("step", "at once"))
    came = np.isfinite(first)
    # some do, and later ones when they fall ill; not those who stay well
    assert 0.1 < came.mean() < 0.6 < np.isfinite(everybody).mean()
    assert first.min() >= 5
    assert np.unique(first[came]).size > 3
    assert column(records["step"], "phq_before")[came].mean() > 2.0 + (
        column(records["step"], "phq_before")[~came].mean()
    )
    # and without symptoms to begin with it is the week that is stated
    always = step.replace("when_phq: 10", "when_phq: 0")
    _, found = live(write((GIVEN, always), dose))
    assert column(found["help"], "first_dose").tolist() == everybody.tolist()


CRISIS = (
    ("recruit_over: 1 weeks", "recruit_over: 16 weeks"),
    ("measure: phq, counted: mean", "measure: emergency, counted: any"),
    ("effect: SMD", "effect: OR"),
    ("effect: -0.4, low: -0.6, high: -0.2", "effect: 0.4, low: 0.2, high: 0.6"),
    ("arms: {usual: 6}", "arms: {usual: 0.6}"),
    ("kind: individual_therapy, staff: {therapist: 10}", "kind: crisis_team, staff: {nurse: 10}"),
    (GIVEN, "{give: help, offered_to: everybody, meets: 95%}"),
)


def test_a_crisis_that_services_were_told_of_is_the_same_in_every_arm(write):
    people = {}
    for after in ("crisis", "emergency"):
        of_a_crisis = ("phq: [3, 27]", f"after: {after}, within: 0 weeks")
        _, people[after] = live(write(of_a_crisis, *CRISIS))
    keys = {after: set(column(found["usual"], "key")) for after, found in people.items()}
    assert 0 < len(keys["emergency"]) < len(keys["crisis"])
    assert keys["emergency"] < keys["crisis"]
    told = people["emergency"]
    assert column(told["usual"], "emergency").min() >= 1
    assert column(told["help"], "emergency").mean() < column(told["usual"], "emergency").mean()
    first = np.intersect1d(column(told["help"], "key"), column(told["usual"], "key"))
    assert first.size >= 0.8 * len(keys["emergency"])


@pytest.mark.parametrize("measure", ["emergency", "self_harm", "acute_care"])
def test_what_brings_somebody_into_a_trial_is_no_outcome_of_it(write, measure):
    """Everybody had been to the emergency department by being recruited there."""
    changes = (
        ("measure: phq, counted: mean", f"measure: {measure}, counted: any, to: 1 weeks"),
        *(change for change in CRISIS if "measure" not in change[0] and change[0] != GIVEN),
    )
    _, found = live(write(("phq: [3, 27]", "after: emergency, within: 0 weeks"), *changes))
    assert len(found["usual"]) > 3
    assert column(found["usual"], measure).mean() < 0.6


def test_symptoms_return_after_two_weeks_in_a_row(write):
    line = ("counted: mean", "counted: at_least, threshold: 10, from: 0 weeks")
    _, found = live(write(line, ("phq: [3, 27]", "phq: [3, 9.9]")))
    back = column(found["usual"], "symptoms_return") > 0
    reached = column(found["usual"], "window_reached") > 0
    assert 0 < back.sum() < reached.sum()
    assert (reached | ~back).all()
    assert column(found["usual"], "first_symptoms_return").min() >= 2


@pytest.mark.parametrize("diagnosis", ["depression", "subthreshold", "severe_illness", "none"])
def test_a_diagnosis_picks_people(write, diagnosis):
    _, found = live(write(("phq: [3, 27]", f"diagnosis: {diagnosis}")))
    before = column(found["usual"], "phq_before")
    assert before.size
    if diagnosis == "subthreshold":
        assert before.min() >= 5
        assert before.max() < 10
    if diagnosis == "depression":
        assert before.mean() > 8


def test_several_diagnoses_are_more_people_than_one(write):
    _, one = live(write(("phq: [3, 27]", "diagnosis: severe_illness")))
    _, two = live(write(("phq: [3, 27]", "diagnosis: [severe_illness, depression]")))
    _, some = live(write(("phq: [3, 27]", "diagnosis: psychosis")))
    assert len(two["usual"]) > len(one["usual"]) > 2 * len(some["usual"]) > 0


def test_self_harm_comes_in_crises(write):
    change = ("phq: [3, 27]", "diagnosis: severe_illness")
    measure = ("measure: phq, counted: mean", "measure: self_harm, counted: count")
    longer = ("follow_up: 12", "follow_up: 104")
    effect = ("effect: SMD", "effect: IRR")
    published = ("effect: -0.4, low: -0.6, high: -0.2", "effect: 0.6, low: 0.4, high: 0.9")
    trial, found = live(write(change, measure, longer, effect, published))
    harm, crises = column(found["usual"], "self_harm"), column(found["usual"], "crisis")
    assert crises.sum() > 3
    assert (harm <= crises).all()
    assert trial.outcome.is_event


def test_a_model_without_effect_is_what_a_trial_finds_in_which_nobody_is_given_anything(write):
    given = run_trial(load_trial(write()), sites=1, most_sites=1, uncertainty="chance")
    nothing = write((GIVEN, "{give: help, uptake: 0%}"))
    empty = run_trial(load_trial(nothing), sites=1, most_sites=1, uncertainty="chance")
    without = given.power.without
    assert given.effect < -0.2
    assert without.effect == pytest.approx(empty.effect, abs=0.06)
    assert without.high - without.low == pytest.approx(empty.high - empty.low, rel=0.2)


def test_an_arm_can_insure(write):
    text = TEXT.replace("phq: [3, 27]", "insurance: none").replace("12 weeks", "52 weeks")
    _, found = live(write((GIVEN, "{insurance: public}"), text=text))
    assert not np.array_equal(found["help"], found["usual"])


def test_clusters_widen_the_interval_and_leave_the_mean(write):
    alone = load_trial(write(("n: {help: 60, usual: 60}", "n: {help: 400, usual: 400}")))
    icc = "n: {help: 400, usual: 400}\nclusters: {unit: school, size: 40, icc: 10%}"
    grouped = load_trial(write(("n: {help: 60, usual: 60}", icc)))
    plain = run_trial(alone, sites=1, most_sites=1, uncertainty="chance")
    wide = run_trial(grouped, sites=1, most_sites=1, uncertainty="chance")
    assert wide.effect == pytest.approx(plain.effect, abs=0.06)
    ratio = (wide.high - wide.low) / (plain.high - plain.low)
    assert ratio == pytest.approx(np.sqrt(1 + 39 * 0.1), rel=0.25)


@pytest.mark.parametrize("values", [np.repeat([0.0, 1.0], [700, 300]), np.arange(500.0) ** 2])
def test_the_copula_gives_the_correlation_that_is_asked_for(values):
    latent = clusters.find_latent_correlation(values, 0.05)
    rng = np.random.default_rng(1)
    ranks = clusters.draw_ranks(400_000, 2, latent, rng)
    rows = np.minimum((ranks * values.size).astype(int), values.size - 1)
    pairs = values[rows].reshape(-1, 2)
    assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(0.05, abs=0.01)


def test_no_effect_without_a_number_is_a_result(write):
    text = TEXT[: TEXT.index("published:")] + "published: no effect\n"
    found = run_trial(load_trial(write(text=text)), sites=1, most_sites=1, uncertainty="chance")
    assert set(found.checks) == {"no effect in prediction interval"}
    assert found.to_json()["published"]["found"] == "no_effect"


def test_a_trial_without_a_result_is_a_prediction(write):
    text = TEXT[: TEXT.index("published:")]
    found = run_trial(load_trial(write(text=text)), sites=1, most_sites=1, uncertainty="chance")
    assert found.verdict.startswith("predicted")
    assert np.isfinite(found.effect)


def test_a_ratio_to_what_never_happens_has_no_value(write):
    text = TEXT[: TEXT.index("published:")] + "published: {effect: 2, low: 1.2, high: 3.1}\n"
    count = ("measure: phq, counted: mean", "measure: dose, counted: count")
    found = run_trial(
        load_trial(write(count, ("effect: SMD", "effect: IRR"), text=text)), sites=1, most_sites=1
    )
    assert found.verdict.startswith("not comparable: IRR has no value in the model, with 0 dose in")
    assert count_agreement([found]) == []


def test_shares_are_read_as_papers_print_them(write):
    told = "published: {effect: -9.2%, low: -12%, high: -6%, arms: {help: 29%, usual: 38.4%}}\n"
    measure = ("measure: phq, counted: mean", "measure: response")
    text = TEXT[: TEXT.index("published:")] + told
    published = load_trial(write(measure, ("effect: SMD", "effect: RD"), text=text)).published
    assert (published.effect, published.low) == pytest.approx((-0.092, -0.12))
    assert published.arms == pytest.approx({"help": 0.29, "usual": 0.384})


def test_heterogeneity_widens_the_interval_of_a_new_trial(write):
    told = ("arms: {usual: 6}}", "heterogeneity: {tau: 0.5}}")
    found = run_trial(load_trial(write(told)), sites=1, most_sites=1, uncertainty="chance")
    assert found.new_trial.high - found.new_trial.low > 1.5
    assert found.new_trial.high - found.new_trial.low > 1.5 * (found.high - found.low)


def test_i2_is_read_by_the_chance_of_one_trial(write):
    trial = load_trial(write(("arms: {usual: 6}}", "heterogeneity: {i2: 50%}}")))
    assert heterogeneity.find_tau(trial, 0.2)[0] == pytest.approx(0.2)


def test_costs_are_told_in_published_prices(write):
    cost = ("measure: phq, counted: mean", "measure: cost")
    effect = ("effect: SMD", "effect: MD")
    told = "published: {effect: 100, currency: USD, price_year: %s}\n"
    found = {}
    for year in (2012, 2023):
        text = TEXT[: TEXT.index("published:")] + told % year
        path = write(cost, effect, text=text)
        found[year] = run_trial(load_trial(path), sites=1, most_sites=1, uncertainty="chance")
    assert found[2012].effect == pytest.approx(found[2023].effect * 414.9 / 549.0)
    text = TEXT[: TEXT.index("published:")] + "published: {effect: 100, currency: GBP}\n"
    refused = run_trial(load_trial(write(cost, effect, text=text)))
    assert "never converted" in refused.verdict
    text = TEXT[: TEXT.index("published:")] + told % 1990
    assert (
        "(medical_us has 2006 to" in run_trial(load_trial(write(cost, effect, text=text))).verdict
    )


def test_a_ratio_of_costs_is_the_same_in_any_money(write):
    cost = (
        ("measure: phq, counted: mean", "measure: cost"),
        ("effect: SMD", "effect: IRR"),
        ("low: -0.6, high: -0.2, ", ""),
        ("effect: -0.4", "effect: 0.8"),
        ("arms: {usual: 6}", "currency: EUR, price_year: 1975"),
    )
    trial = load_trial(write(*cost))
    town = load(trial.town)
    assert money.find_obstacle(trial, town) == ""
    assert money.measure_inflation(trial, town) == 1.0
    levels = cost[-1][0], "arms: {usual: 6000}, currency: EUR"
    told = money.find_obstacle(load_trial(write(*cost[:-1], levels)), town)
    assert "EUR" in told
    assert "the ratio alone" in told
    _, problems = open_study(str(write(*cost[:-1], levels)))
    assert any("EUR" in one.message for one in problems)


@pytest.mark.parametrize("kind", ["trial", "towns"])
def test_the_town_is_found_beside_the_file_that_names_it(write, tmp_path, kind):
    (tmp_path / "mine.yaml").write_text("extends: baseline\ntitle: Mine\n", encoding="utf-8")
    head = "study: Nobody 2026"
    path = write((head, f"{head}\nscenario: mine.yaml"), text=TEXT if kind == "trial" else NATURAL)
    study, _ = open_study(str(path))
    assert load(study.town).title == "Mine"


def test_the_country_chooses_the_town(write):
    assert load_trial(write()).town == "baseline"
    assert load_trial(write(("study:", "country: GB\nstudy:"))).town == "uk-town"


@pytest.mark.parametrize(
    ("said", "sessions"),
    [
        ("over: 12 weeks, per_week: 2", 24),
        ("over: 12 weeks, every: 4 weeks", 3),
        ("over: 12 weeks, sessions: 5", 5),
        ("every: 4 weeks", None),
    ],
)
def test_a_rhythm_and_its_time_say_how_many_sessions_there_are(write, said, sessions):
    arm = load_trial(write((GIVEN, f"{{give: help, {said}}}"))).arms["help"]
    assert arm.courses["help"].planned == sessions


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("over: 10 weeks", "over: 10 weeks, every: 2 weeks", "pace more than once"),
        ("counted: mean", "counted: mean, from: 8 weeks, to: 8 weeks", "say `to` alone"),
        ("counted: mean", "counted: mean, to: 80 weeks", "leaves the follow-up"),
        ("measure: phq, counted: mean", "measure: contact_time", "needs `minutes`"),
        ("arms: {usual: 6}}", "heterogeneity: {tau: 1, i2: 20%}}", "as one of"),
        ("published: {effect: -0.4,", "published: {found: more, effect: -0.4,", "either `effect`"),
        ("follow_up: 12", "clusters: {unit: school, icc: 2%}\nfollow_up: 12", "size and number"),
    ],
)
def test_what_does_not_fit_is_told(write, old, new, said):
    with pytest.raises(InvalidInput, match=said):
        load_trial(write((old, new)))


@pytest.mark.parametrize("name", [name for shelf in SHELVES for name in list_trials(shelf)])
def test_every_shipped_study_reads(name):
    study = load_study(name)
    assert study.id
    assert study.compared[0] != study.compared[1]


NATURAL = """kind: natural_experiment
id: FU-X
title: A test
study: Nobody 2026
towns:
  closed: {size: {community-therapy: 0%}, over: 4 weeks}
  usual: as usual
number: 5
warm_up: 26 weeks
before: 13 weeks
after: 26 weeks
design: difference_in_differences
outcome: {measure: sessions, per: year, people: 1000}
effect: MD
published: {found: fewer}
"""


def test_a_closure_takes_sessions_away_and_the_weeks_before_are_shared(write):
    study = load_study(write(text=NATURAL))
    found = town_series.run_town(town_series.TownSite(study, 1, {}))
    assert np.array_equal(found["closed"][:13], found["usual"][:13])
    assert found["closed"][20:].mean() < 0.8 * found["usual"][20:].mean()
    outcome = natural_experiment.run_natural_experiment(study, sites=3, uncertainty="chance")
    assert outcome.effect < 0
    assert outcome.verdict.startswith("replicated")


def test_a_town_can_lose_what_the_study_says_that_it_had(write):
    has = (
        "has: {services.clinic: {kind: primary_care, staff: {physician: 1}, caseload: 100}}\ntowns:"
    )
    lost = ("community-therapy: 0%", "clinic: 0%")
    study = load_study(write(("towns:", has), lost, text=NATURAL))
    found = town_series.run_town(town_series.TownSite(study, 1, {}))
    # where people go instead, they may come more often: sessions need not be fewer
    assert np.array_equal(found["closed"][:13], found["usual"][:13])
    assert not np.array_equal(found["closed"][20:], found["usual"][20:])
    assert natural_experiment.run_natural_experiment(study, sites=1, uncertainty="chance").sites


def test_towns_have_settled_before_the_time_before_begins(write):
    """Services open with nobody in care: what came of that was taken for a change of the study."""
    longer = ("warm_up: 26 weeks\nbefore: 13 weeks", "before: 104 weeks")
    study = load_study(write(longer, ("measure: sessions", "measure: in_care"), text=NATURAL))
    assert study.burn_in == 156
    assert load_study(write(("warm_up: 26 weeks\n", ""), text=NATURAL)).burn_in == 104
    assert load_study(write(text=NATURAL)).burn_in == 26
    usual = town_series.run_town(town_series.TownSite(study, 1, {}))["usual"][:104]
    year, last = usual[:13].mean(), usual[-13:].mean()
    assert year == pytest.approx(last, rel=0.25)


TEAM = "services.team: {kind: crisis_team, staff: {nurse: 6}, caseload: 4}"


def test_a_service_that_comes_new_comes_in_week_0(write):
    path = write(
        ("{size: {community-therapy: 0%}, over: 4 weeks}", f"{{set: {{{TEAM}}}}}"), text=NATURAL
    )
    study, _ = open_study(str(path))
    usual = load(study.town).with_({"warm_up": study.warm_up})
    comes = usual.with_(study.list_changes("closed", usual))
    assert comes.services["team"].from_ == 0
    assert comes.past_hash == usual.past_hash


def test_a_change_of_what_lies_before_is_told_at_its_place(write):
    path = write(
        ("{size: {community-therapy: 0%}, over: 4 weeks}", "{set: {population.residents: 50}}"),
        text=NATURAL,
    )
    with pytest.raises(InvalidInput, match="acts before week 0") as told:
        open_study(str(path))
    assert told.value.problems[0].line == 6


def test_what_the_model_does_not_tell_apart_is_said(write):
    path = write(("measure: sessions", "measure: involuntary_admissions"), text=NATURAL)
    found = natural_experiment.run_natural_experiment(load_study(path))
    assert found.verdict == "not yet runnable: the model has no involuntary admissions"


@pytest.mark.parametrize(("before", "after"), [(1, 26), (13, 1), (2, 2)])
def test_a_line_needs_its_weeks(write, before, after):
    """Through one week goes every line: the step was whatever least squares made of it."""
    changes = {
        "difference_in_differences": "interrupted_series",
        "before: 13 weeks": f"before: {before} weeks",
        "after: 26 weeks": f"after: {after} weeks",
    }
    with pytest.raises(InvalidInput, match="needs 3 of each"):
        load_study(write(*changes.items(), text=NATURAL))
    differences = tuple(changes.items())[1:]
    assert load_study(write(*differences, text=NATURAL)).after == after


def test_the_step_of_an_interrupted_series_is_found():
    weeks = np.arange(-30, 40)
    series = 5.0 + 0.1 * weeks + np.where(weeks >= 0, 3.0 - 0.05 * weeks, 0.0)
    lines = natural_experiment.fit_lines(series, 30)
    assert lines.step == pytest.approx(3.0)
    assert lines.ratio == pytest.approx(8.0 / 5.0)
    assert lines.slope == pytest.approx(-0.05)


def test_the_step_after_a_change_that_took_a_while_is_where_the_line_after_begins():
    weeks = np.arange(-30, 40)
    series = 5.0 + 0.1 * weeks + np.where(weeks >= 10, 3.0 + 0.2 * (weeks - 10), 0.0)
    series[30:40] = 99.0
    lines = natural_experiment.fit_lines(series, 30, 10)
    assert lines.step == pytest.approx(3.0)
    assert lines.slope == pytest.approx(0.2)
    assert lines.ratio == pytest.approx(9.0 / 6.0)
    assert np.isnan(natural_experiment.fit_lines(np.full(70, np.nan), 30).step)


def test_a_slope_is_told_per_year(write):
    series = ("difference_in_differences", "interrupted_series"), ("effect: MD", "effect: slope")
    study = load_study(write(*series, text=NATURAL))
    weeks = np.arange(-13, 26)
    town = np.where(weeks < 0, 4.0, 4.0 + 0.1 * weeks)[None, :]
    assert natural_experiment.measure_effect(study, town, town) == pytest.approx(5.2)
    with pytest.raises(InvalidInput, match="a slope belongs to"):
        load_study(write(("effect: MD", "effect: slope"), text=NATURAL))


def test_the_same_people_are_followed_before_and_after(write):
    """Before, the whole town was looked at: a group differed from it without any change."""
    ill = (
        ("number: 5", "number: 5\namong: {phq: [14, 27]}"),
        ("{measure: sessions, per: year, people: 1000}", "{measure: phq}"),
    )
    found = town_series.run_town(town_series.TownSite(load_study(write(*ill, text=NATURAL)), 1, {}))
    town = town_series.run_town(
        town_series.TownSite(load_study(write(ill[1], text=NATURAL)), 1, {})
    )
    assert found["usual"][12] > 2.0 * town["usual"][12]


RECORDED = {
    "admissions": "admissions",
    "readmissions": "readmissions_30_days",
    "emergency_visits": "emergency_visits",
    "crises": "crises",
    "suicides": "expected_suicides",
    "deaths": "deaths",
    "new_episodes": "new_episodes",
    "bed_days": "bed_days",
    "boarding_days": "boarding_days",
    "sessions": "sessions",
    "depressed": "phq_10_or_more",
    "lonely": "lonely",
    "untreated": "untreated_year",
}


def test_a_study_counts_what_the_town_records():
    """Bed days were those of stays that began or ended with the week, a third too few; people with
    a severe illness were in no need.
    """
    town = load("baseline").with_(
        {"population.residents": 900, "horizon": 40, "services.ward.beds": 1, **OFTEN_IN_CRISIS}
    )
    community = sim.Community(town, rng=4).warm_up()
    counted = {name: [] for name in RECORDED}
    while community.week < 40:
        community.step()
        alive = community.world.residents.alive == 1
        for name, found in counted.items():
            everybody = town_series._measure(community.world, name)
            # The dead have no symptoms any more; what they died of happened.
            here = alive if name in STATE_SHARES else np.ones(alive.size, bool)
            found.append(everybody[here].sum())
    weekly = community.results().weekly
    for name, key in RECORDED.items():
        assert counted[name] == pytest.approx(weekly[key], abs=1e-3), name
    assert weekly["bed_days"].sum() > 50
    assert weekly["boarding_days"].sum() > 0


OFTEN_IN_CRISIS = {"parameters.crisis.crisis": -8.0}


def test_what_the_services_do_that_change_is_drawn_as_in_a_trial(write):
    study = load_study(write(text=NATURAL))
    draws = natural_experiment.draw_town_parameters(study, "evidence", 3, 1)
    drawn = {name for draw in draws for name in draw if name.startswith("services.")}
    assert "services.individual_therapy.coping" in drawn
    assert {name.split(".")[1] for name in drawn} == {"individual_therapy"}
    path = write(
        ("{size: {community-therapy: 0%}, over: 4 weeks}", f"{{set: {{{TEAM}}}}}"), text=NATURAL
    )
    assert natural_experiment.list_changed_kinds(load_study(path)) == {"crisis_team"}


def test_no_town_is_compared_with_itself():
    rng, rows = np.random.default_rng(1), np.array([3, 5, 8])
    ours, theirs, twins = natural_experiment.draw_towns(rows, 600, rng)
    assert not (ours == theirs).any()
    assert not (twins == theirs).any()
    for drawn in (ours, theirs, twins):
        assert np.bincount(drawn)[rows] == pytest.approx(200, abs=50)
    alone = natural_experiment.draw_towns(np.array([4]), 2, rng)
    assert all(drawn.tolist() == [4, 4] for drawn in alone)


def test_studies_of_one_town_each_differ_by_the_chance_of_two(write):
    study = load_study(
        write(
            ("difference_in_differences", "with_and_without"),
            ("number: 5", "number: 1"),
            text=NATURAL,
        )
    )
    rng = np.random.default_rng(3)
    towns = rng.normal(10.0, 2.0, (2_000, 2))
    series = [{name: np.full(39, level) for name in study.towns} for level in towns.ravel()]
    # two towns under each of 2,000 draws; 400 of them are looked at
    found = natural_experiment.compare_towns(study, series, 1, 2_000)
    assert (found.high - found.low) / 3.92 == pytest.approx(np.sqrt(8.0), rel=0.15)


@pytest.mark.parametrize(("number", "spread"), [(1, 2.0), (400, 0.12)])
def test_a_study_of_many_towns_is_surer_than_the_two_that_were_run(write, number, spread):
    """The two of each world stood for 400, with all of their own chance."""
    study = load_study(
        write(
            ("difference_in_differences", "before_and_after"),
            ("number: 5", f"number: {number}"),
            text=NATURAL,
        )
    )
    rng = np.random.default_rng(7)
    rise = rng.normal(0.0, 2.0, 800)  # what towns go through by chance; the change adds 3
    series = [
        {
            name: np.concatenate([np.full(13, 10.0), np.full(26, 10.0 + own + change)])
            for name, change in (("closed", 3.0), ("usual", 0.0))
        }
        for own in rise
    ]
    found = natural_experiment.compare_towns(study, series, 1, 400)
    assert found.effect == pytest.approx(3.0 + rise.mean(), abs=0.25)
    assert (found.high - found.low) / 3.92 == pytest.approx(spread, rel=0.2)
    assert found.power.without.effect == pytest.approx(rise.mean(), abs=0.25)


def test_a_fund_that_comes_new_comes_in_week_0(write):
    money = "funds.team: {source: grant, amount: USD 300_000 per year, only_for: [team]}"
    path = write(
        ("{size: {community-therapy: 0%}, over: 4 weeks}", f"{{set: {{{TEAM}, {money}}}}}"),
        text=NATURAL,
    )
    study, _ = open_study(str(path))
    usual = load(study.town).with_({"warm_up": study.warm_up})
    assert usual.with_(study.list_changes("closed", usual)).funds["team"].from_ == 0


def test_of_changes_that_need_each_other_the_one_that_acts_before_is_told(write):
    money = "funds.team: {source: grant, amount: USD 300_000 per year, only_for: [team]}"
    path = write(
        (
            "{size: {community-therapy: 0%}, over: 4 weeks}",
            f"{{set: {{{TEAM}, {money}, population.residents: 50}}}}",
        ),
        text=NATURAL,
    )
    with pytest.raises(InvalidInput, match="acts before week 0") as told:
        open_study(str(path))
    assert [problem.path for problem in told.value.problems] == [
        "towns.closed.set.population.residents"
    ]


def test_one_sort_of_town_alone_is_compared_with_towns_as_usual(write):
    study = load_study(write(("  usual: as usual\n", ""), text=NATURAL))
    assert study.compared == ("closed", "usual")
    assert not study.towns["usual"].size
