"""Every error in words, at its place, all at once."""

import pytest

HEAD = "extends: baseline.yaml\ntitle: Mine\n"
LINES_BEFORE = 2

# what is written, where (line after the head, column), path, words of the message
CASES = [
    ("sumary: x", (1, 1), "sumary", "unknown key - did you mean 'summary'"),
    (
        "services:\n  ward: {bed: 3}",
        (2, 10),
        "services.ward.bed",
        "unknown key - did you mean 'beds'",
    ),
    (
        "services:\n  ward:\n    beds: -2",
        (3, 11),
        "services.ward.beds",
        "must be at least 0 (got -2)",
    ),
    (
        "services:\n  ward:\n    beds: 2.5",
        (3, 11),
        "services.ward.beds",
        "must be a whole number (got 2.5)",
    ),
    (
        "services:\n  ward:\n    beds: many",
        (3, 11),
        "services.ward.beds",
        "must be a whole number (got 'many')",
    ),
    (
        "services:\n  community-therapy: {caseload: -1}",
        (2, 33),
        "services.community-therapy.caseload",
        "must be at least 0",
    ),
    (
        "services:\n  community-therapy: {staff: {therapist: -1}}",
        (2, 42),
        "services.community-therapy.staff.therapist",
        "must be at least 0",
    ),
    (
        "services:\n  community-therapy: {staff: {therapit: 1}}",
        (2, 31),
        "services.community-therapy.staff.therapit",
        "did you mean 'therapist'",
    ),
    (
        "services:\n  community-therapy: {fee: USD 9 per year}",
        (2, 28),
        "services.community-therapy.fee",
        "wrong unit",
    ),
    (
        "services:\n  community-therapy: {fee: EUR 9}",
        (2, 28),
        "services.community-therapy.fee",
        "is in EUR, the scenario in USD",
    ),
    (
        "services:\n  x: {kind: one_to_one_per, staff: {peer: 1}, caseload: 3}",
        (2, 13),
        "services.x.kind",
        "did you mean 'one_to_one_peer'",
    ),
    ("services:\n  x: {staff: {peer: 1}}", (2, 3), "services.x", "needs a `kind`"),
    (
        "services:\n  x: {kind: recovery_group, staff: {peer: 1}, size: 4}",
        (2, 3),
        "services.x.groups",
        "is missing",
    ),
    (
        "services:\n  x: {kind: one_to_one_peer, caseload: 4}",
        (2, 3),
        "services.x",
        "needs a peer or volunteer",
    ),
    (
        "services:\n  x: {kind: one_to_one_peer, caseload: 4, staff: {peer: 1, coordinator: 1}}\nprices: {pay: 3}",
        (3, 15),
        "prices.pay",
        "must be a mapping",
    ),
    (
        "services:\n  community-therapy: {where: [est]}",
        (2, 30),
        "services.community-therapy.where",
        "unknown neighbourhood 'est' - did you mean",
    ),
    (
        "services:\n  community-therapy: {where: []}",
        (2, 30),
        "services.community-therapy.where",
        "names no neighbourhood",
    ),
    (
        "services:\n  community-therapy: {from: week 9, until: week 3}",
        (2, 44),
        "services.community-therapy.until",
        "must be after its beginning",
    ),
    (
        "services:\n  community-therapy: {from: 2024-06-01, until: 2024-03-01}",
        (2, 48),
        "services.community-therapy.until",
        "must be after",
    ),
    (
        "services:\n  community-therapy: {from: 9}",
        (2, 29),
        "services.community-therapy.from",
        "must be a week or a date",
    ),
    (
        "services:\n  community-therapy: {rank: 12}",
        (2, 29),
        "services.community-therapy.rank",
        "at most 9",
    ),
    (
        "services:\n  community-therapy: {audience: {ages: [60, 20]}}",
        (2, 40),
        "services.community-therapy.audience.ages",
        "lowest first",
    ),
    ("services: [a, b]", (1, 11), "services", "must be a mapping"),
    ("horizon: 156", (1, 10), "horizon", "such as `26 weeks`"),
    ("horizon: 0 weeks", (1, 10), "horizon", "at least 1"),
    ("warm_up: 10 fortnights", (1, 10), "warm_up", "such as `26 weeks`"),
    ("discount: {costs: 300%}", (1, 19), "discount.costs", "between 0% and 100% (got 300%)"),
    (
        "perspective: mine",
        (1, 14),
        "perspective",
        "one of health_care, public_payer, societal (got 'mine')",
    ),
    ("currency: dollars", (1, 11), "currency", "must be a currency of three capital"),
    ("price_year: 23", (1, 13), "price_year", "at least 1950"),
    ("start: 2024-02-31", (1, 8), "start", "must be a date"),
    (
        "neighbourhoods: {east: {share: 0.9}}",
        (1, 1),
        "neighbourhoods",
        "must sum to 1 (they sum to 1.6)",
    ),
    ("population: {ages: {12-17: 0.5}}", (1, 14), "population.ages", "must sum to 1"),
    ("population: {ages: {12-15: 0.0}}", (1, 21), "population.ages.12-15", "follows an open band"),
    ("population: {ages: {young: 0.0}}", (1, 21), "population.ages.young", "is not an age band"),
    (
        "population: {insurance: {public: 0.1, private: 0.82}}",
        (1, 34),
        "population.insurance.public",
        "aged 65 and over",
    ),
    ("population: {household_sizes: {9: 0}}", (1, 32), "population.household_sizes.9", "at most 7"),
    ("population: {residents: 0}", (1, 25), "population.residents", "at least 1"),
    (
        "funds: {public-funds: {amount: USD 5 per fortnight}}",
        (1, 32),
        "funds.public-funds.amount",
        "unknown unit `per fortnight`",
    ),
    (
        "funds: {public-funds: {amount: 950_000}}",
        (1, 32),
        "funds.public-funds.amount",
        "must be money with its currency",
    ),
    (
        "funds: {public-funds: {amount: USD -5 per year}}",
        (1, 32),
        "funds.public-funds.amount",
        "must not be negative",
    ),
    (
        "funds: {public-funds: {only_for: [wards]}}",
        (1, 34),
        "funds.public-funds.only_for",
        "unknown service 'wards' - did you mean 'ward'",
    ),
    (
        "funds: {public-funds: {to: week -3}}",
        (1, 28),
        "funds.public-funds.to",
        "must be after its beginning",
    ),
    (
        "shocks: {cut: {kind: funding_cut, fund: public, at: week 3, by: 30%}}",
        (1, 41),
        "shocks.cut.fund",
        "unknown fund 'public'",
    ),
    (
        "shocks: {cut: {kind: funding_cut, fund: public-funds, at: week -3, by: 3%}}",
        (1, 59),
        "shocks.cut.at",
        "before week 0",
    ),
    (
        "shocks: {bad: {kind: adversity, at: week 3, until: week 2, life_events: 2}}",
        (1, 52),
        "shocks.bad.until",
        "must be after",
    ),
    (
        "shocks: {bad: {kind: flood, at: week 3}}",
        (1, 22),
        "shocks.bad.kind",
        "must be one of funding_cut",
    ),
    (
        "parameters: {symptoms.noise: loud}",
        (1, 30),
        "parameters.symptoms.noise",
        "must be a number",
    ),
    (
        "parameters: {symptoms.nois: 1}",
        (1, 14),
        "parameters.symptoms.nois",
        "did you mean 'symptoms.noise'",
    ),
    ("structure: {contagion: maybe}", (1, 24), "structure.contagion", "must be one of on, off"),
    ("title: ''", (1, 1), "title", "is there twice"),
    ("summary:", (1, 1), "summary", "is empty"),
    ("services: {}", (1, 11), "services", "is empty"),
    ("population: {residents: .nan}", (1, 25), "population.residents", "finite number"),
    ("population: {female: .inf}", (1, 22), "population.female", "finite number"),
    ("summary: &a text\nname: *a", (1, 10), "name", "anchors and aliases"),
    ("summary: !!python/name:os.system", (1, 10), "summary", "tags such as"),
    ("kind: sweep", (1, 7), "kind", "not a scenario"),
]


@pytest.mark.parametrize(
    ("text", "place", "path", "words"), CASES, ids=[case[2] + ": " + case[3][:20] for case in CASES]
)
def test_a_mistake_is_told_at_its_place(problems, text, place, path, words):
    found = problems(HEAD + text + "\n")
    matching = [problem for problem in found if problem.path == path and words in problem.message]
    assert len(matching) == 1, [str(problem) for problem in found]
    (problem,) = matching
    assert (problem.line - LINES_BEFORE, problem.column) == place
    assert problem.file.endswith("mine.yaml")
    assert problem.source_line == (HEAD + text).splitlines()[problem.line - 1]


def rule(when, do):
    return (
        f"{HEAD}governance: {{review_every: 26 weeks, rules: {{r: {{when: {when}, do: {do}}}}}}}\n"
    )


SEEN = "{kpi: wait, above: 3}"
RULES = [
    ("{kpi: wait}", "{pause: ward}", "exactly one of `above` and `below`"),
    ("{kpi: wait, above: 1, below: 2}", "{pause: ward}", "exactly one of `above` and `below`"),
    ("{kpi: waits, above: 1}", "{pause: ward}", "did you mean 'wait'"),
    ("{kpi: wait, above: 1, service: wards}", "{pause: ward}", "unknown service 'wards'"),
    ("{kpi: wait, above: 1, for: 0 reviews}", "{pause: ward}", "at least 1"),
    (SEEN, "{expand: wart, by: 10%}", "unknown service 'wart' - did you mean 'ward'"),
    (SEEN, "{expand: ward}", "needs `by`"),
    (SEEN, "{expand: ward, to: [south]}", "unknown neighbourhood 'south' - did you mean 'north'"),
    (SEEN, "{shrink: ward}", "needs `by`"),
    (SEEN, "{shrink: ward, by: 200%}", "needs `by`, a share between 0% and 100%"),
    (
        SEEN,
        "{pause: ward, expand: ward}",
        "exactly one of expand, shrink, pause, move (got expand and pause)",
    ),
    (SEEN, "{by: 3%}", "exactly one of expand, shrink, pause, move (got none)"),
    (SEEN, "{move: 3%, from_fund: public-funds}", "needs `from_fund` and `to_fund`"),
    (SEEN, "{move: 3%, from_fund: public-funds, to_fund: public-funds}", "another fund"),
    (SEEN, "{move: 3%, from_fund: public-funds, to_fund: grants}", "unknown fund 'grants'"),
    (SEEN, "{pause: ward, to: [east]}", "only an expansion"),
    (SEEN, "{pause: ward, to_fund: public-funds}", "belongs to `move`"),
]


@pytest.mark.parametrize(("when", "do", "words"), RULES, ids=[words for _, _, words in RULES])
def test_rules_that_cannot_be_followed_are_told(problems, when, do, words):
    found = problems(rule(when, do))
    assert [problem for problem in found if words in problem.message and problem.line == 3], [
        str(problem) for problem in found
    ]


def test_everything_wrong_is_told_at_once_contradictions_too(problems):
    text = """\
sumary: x
horizon: 156
services:
  community-therapy: {caseload: -4, supervison: monthly}
  peers: {kind: one_to_one_peer, staff: {peer: 1}, caseload: 5, where: [eest]}
funds:
  grant: {source: grant, amount: USD 5 per fortnight, only_for: [primary-cares]}
  later: {source: public, from: week 9, to: 2024-01-20, amount: EUR 4}
shocks:
  cut: {kind: funding_cut, fund: public-fund, at: week 26, by: 30%}
"""
    found = {problem.path for problem in problems(HEAD + text)}
    assert found == {
        "sumary",
        "horizon",
        "services.community-therapy.caseload",
        "services.community-therapy.supervison",
        "services.peers.where",
        "funds.grant.amount",
        "funds.grant.only_for",
        "funds.later.to",
        "funds.later.amount",
        "shocks.cut.fund",
    }


def test_a_broken_thing_is_not_called_unknown_by_those_who_name_it(problems):
    found = problems(
        HEAD
        + "services:\n  helpers: {kind: one_to_one_peer, caseload: -1, staff: {peer: 1}}\nfunds: {public-funds: {only_for: [helpers]}}\n"
    )
    assert [problem.path for problem in found] == ["services.helpers.caseload"]


def test_a_broken_share_is_not_summed(problems):
    assert [
        problem.path for problem in problems(HEAD + "neighbourhoods: {east: {share: 140%}}\n")
    ] == ["neighbourhoods.east.share"]


def test_what_is_inherited_is_blamed_on_its_file(problems, write):
    write("extends: us-town.yaml\ntitle: Above\nservices:\n  ward: {beds: -3}\n", "above.yaml")
    (problem,) = problems("extends: above.yaml\ntitle: Below\n")
    assert problem.file.endswith("above.yaml")
    assert (problem.line, problem.column) == (4, 16)


def test_needed_keys_have_no_defaults(problems):
    missing = {
        problem.path for problem in problems("title: Alone\n") if problem.message == "is missing"
    }
    assert missing == {
        "currency",
        "price_year",
        "horizon",
        "discount",
        "perspective",
        "population",
        "neighbourhoods",
        "prices",
    }


def test_hints_say_what_a_key_means(problems):
    (problem,) = problems(HEAD + "services: {ward: {beds: -1}}\n")
    assert problem.hint == "beds: Number of beds."
