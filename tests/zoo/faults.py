"""Wrong models: a line of the model as it is, as somebody might have written it, and the test that sees it."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A wrong model: one line of a module changed.

    kind: what is wrong. check: the test, of those that stand anyway, that fails because of it.
    """

    kind: str
    module: str
    right: str
    wrong: str
    check: str


WEEK = "tests/sim/week"
FAULTS = (
    Fault(
        "order-dependent draws",
        "sim.week.supply.allocation",
        "uniforms(r.key[who[k]], ALONE, Stream.ALLOCATION",
        "uniforms(k, ALONE, Stream.ALLOCATION",
        f"{WEEK}/test_matching.py::test_ties_are_broken_by_the_person_not_by_the_row",
    ),
    Fault(
        "draws by row instead of person",
        "sim.engine.random",
        "philox(np.uint64(keys[i]), week.counter",
        "philox(np.uint64(i), week.counter",
        f"{WEEK}/test_life.py::test_rows_do_not_matter_only_keys",
    ),
    Fault(
        "an unpaired draw: it depends on how many services there are",
        "sim.week.resident.service_choice",
        "draw(r.key[i], search.stream, o.key[s], week)",
        "draw(r.key[i], search.stream, o.key[s] + o.key.size, week)",
        f"{WEEK}/test_help_seeking.py::test_a_new_service_changes_only_the_choice_of_those_who_take_it",
    ),
    Fault(
        "one draw for all weeks",
        "sim.engine.random",
        "philox(np.uint64(who), np.uint64(week), decision",
        "philox(np.uint64(who), np.uint64(0), decision",
        "tests/sim/test_draws.py::test_one_person_draws_uniformly_over_the_weeks",
    ),
    Fault(
        "a leak of places: the dead keep theirs",
        "sim.week.supply.allocation",
        "if r.alive[i] == 0:\n                    r.care_service[i, slot] = 0",
        "if r.alive[i] == 0 and slot > 0:\n                    r.care_service[i, slot] = 0",
        f"{WEEK}/test_matching.py::test_the_dead_free_their_places_and_leave_lists",
    ),
    Fault(
        "a leak of places: who is served stays on the list",
        "sim.week.supply.allocation",
        "leave_list(i, slot, r)\n    o.waiting",
        "leave_list(i, 1 - slot, r)\n    o.waiting",
        f"{WEEK}/test_matching.py::test_who_came_first_is_served_first",
    ),
    Fault(
        "a place given away twice",
        "sim.week.supply.allocation",
        "o.enrolled[s] += 1\n        if o.kind",
        "o.enrolled[s] += 0\n        if o.kind",
        f"{WEEK}/test_matching.py::test_staff_present_limit_the_intake",
    ),
    Fault(
        "a biased queue: the insured come first",
        "sim.week.supply.allocation",
        "return waited + tie_break",
        "return waited + tie_break + 50.0 * (r.insurance[i] == 2)",
        f"{WEEK}/test_matching.py::test_nothing_but_the_stated_priority_decides",
    ),
    Fault(
        "more people than beds",
        "sim.week.supply.ward",
        "if used[HospitalFigure.OCCUPIED_DAYS] + days <= limit:",
        "if used[HospitalFigure.OCCUPIED_DAYS] <= limit:",
        f"{WEEK}/test_crisis.py::test_the_most_ill_get_the_beds_and_the_others_board",
    ),
    Fault(
        "money counted twice: income",
        "sim.week.money.payments",
        "balance[f] += funds.income[f]",
        "balance[f] += 2.0 * funds.income[f]",
        f"{WEEK}/test_money.py::test_fees_pay_first_then_funds_in_their_order_then_debt",
    ),
    Fault(
        "money counted twice: fees of insurers and of people",
        "sim.week.money.payments",
        "paid * (1.0 - own)",
        "paid",
        f"{WEEK}/test_money.py::test_fees_are_split_by_insurance_and_slide_for_the_uninsured",
    ),
    Fault(
        "an effect before its cause: a grant pays a week early",
        "sim.week.money.treasury",
        "world.week >= fund.from_,",
        "world.week >= fund.from_ - 1,",
        f"{WEEK}/test_treasury.py::test_grants_pay_between_their_dates",
    ),
    Fault(
        "an effect counted twice: two services add beyond the better one",
        "sim.week.resident.care",
        "return gained + dose * max(0.0, goal - gained)",
        "return gained + dose * max(0.0, goal)",
        f"{WEEK}/test_care.py::test_two_services_on_one_channel_do_not_add_beyond_the_higher_ceiling",
    ),
    Fault(
        "an effect of the wrong sign",
        "sim.week.resident.crisis",
        "x -= self_management",
        "x += self_management",
        f"{WEEK}/test_crisis.py::test_the_hazard_rises_with_what_weighs_and_falls_with_what_protects",
    ),
    Fault(
        "what is expected is not the mean of what is counted",
        "sim.week.supply.crisis_response",
        "unmet[j] -= met",
        "unmet[j] -= 0.5 * met",
        f"{WEEK}/test_crisis_response.py::test_what_is_expected_is_the_mean_of_what_happens",
    ),
    Fault(
        "the dead are counted",
        "sim.week.record.counts",
        "if r.alive[i] == 1:",
        "if r.alive[i] >= 0:",
        f"{WEEK}/test_record.py::test_a_week_of_three_people_by_hand",
    ),
    Fault(
        "a friendship in one list only",
        "sim.state.ties",
        "return drop_from_list(ties, b, a)",
        "return True",
        "tests/sim/society/test_tie_lists.py::test_what_two_people_end_is_ended_for_both",
    ),
    Fault(
        "runs of different draws share a key",
        "sim.studies.running.run_key",
        "json.dumps([scenario_hash, seed, draw, model_version])",
        "json.dumps([scenario_hash, seed, model_version])",
        "tests/sim/studies/test_runner.py::test_keys_depend_on_all_that_matters_and_nothing_else",
    ),
    Fault(
        "later costs and effects that are not discounted",
        "analysis.economics.discounting",
        "(1.0 + rate) ** -years",
        "(1.0 + rate) ** (0.0 * years)",
        "tests/analysis/test_valuation.py::test_present_values_by_hand",
    ),
    Fault(
        "pairs compared as if they were independent",
        "analysis.runs.intervals",
        "float(x.std(ddof=1)) / math.sqrt(n)",
        "float(x.std(ddof=1)) / math.sqrt(n) * math.sqrt(2.0)",
        "tests/analysis/test_precision.py::test_intervals_cover_as_often_as_they_say",
    ),
    Fault(
        "an effect on the wrong people: what caregivers learn reaches their friends",
        "sim.week.resident.family_spillover",
        "if ties.kind[i, slot] != TieKind.HOME or r.alive[other] == 0:",
        "if r.alive[other] == 0:",
        f"{WEEK}/test_family_spillover.py::test_those_at_home_who_live_and_are_ill_gain_and_nobody_else",
    ),
    Fault(
        "a contact that is none: a lecture counts as care",
        "sim.week.resident.care",
        "counts = o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0",
        "counts = True",
        f"{WEEK}/test_sessions.py::test_a_lecture_is_held_and_left_but_is_no_contact_with_care",
    ),
    Fault(
        "a chance taken twice: a tie is asked at both ends",
        "sim.week.resident.reviews",
        "if kind == TieKind.HOME or r.key[i] >= r.key[other]:",
        "if kind == TieKind.HOME:",
        f"{WEEK}/test_neighbours.py"
        "::test_a_tie_is_asked_once_whichever_end_is_ill_and_work_is_not_among_the_close",
    ),
    Fault(
        "a rate taken for a chance",
        "sim.week.resident.crisis",
        "chances[i - low] = chance_of(",
        "chances[i - low] = abs(",
        f"{WEEK}/test_risk.py::test_a_crisis_a_visit_and_a_bed_are_as_likely_as_the_rules_say",
    ),
    Fault(
        "a wrong denominator: means are divided by the number of subgroups",
        "sim.week.record.week_row",
        "alive = max(whole[Cell.alive] / FIXED, 1.0)",
        "alive = counts.cells.shape[0] + 1.0",
        f"{WEEK}/test_week_row.py::test_every_figure_stands_in_its_place_and_is_divided_by_its_people",
    ),
    Fault(
        "all towns of a trial live in one world: draws of the parameters are not dealt out",
        "sim.studies.trials.trial",
        "draws[k % len(draws)] if draws",
        "draws[0] if draws",
        "tests/sim/studies/test_trial_rules.py::test_town_k_is_of_draw_k_modulo_their_number",
    ),
    Fault(
        "a follow-up that begins a week early",
        "sim.studies.trials.follow_up",
        "(self.since > begins)",
        "(self.since >= begins)",
        "tests/sim/studies/test_trial_rules.py"
        "::test_a_week_counts_from_the_one_after_recruitment_to_the_last_of_the_window",
    ),
    Fault(
        "a changed run held against that of another seed",
        "analysis.runs.robustness",
        "changed.values - control.values[shared]",
        "changed.values - control.values[: len(shared)]",
        "tests/analysis/test_runs_by_hand.py"
        "::test_a_changed_replicate_is_compared_with_that_of_its_seed",
    ),
    Fault(
        "a table of one area read for another",
        "sim.places.population.margins",
        "else (grid.districts.index(cell.area),)",
        "else (grid.districts.index(cell.area) - 1,)",
        "tests/sim/places/test_population_by_hand.py"
        "::test_shares_of_a_part_leave_their_rest_to_everybody_else_of_it",
    ),
)
