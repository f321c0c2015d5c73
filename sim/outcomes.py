"""Every outcome the model reports: one row each, from which columns, axes and tables come.

A community fills `Results`; the store, the analysis and the reports read the registry and never
spell a title or a unit of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

Direction = Literal["fewer", "more", "neither"]
Summing = Literal["sum", "mean", "end"]


class Outcome(NamedTuple):
    """One thing that is measured every week.

    `better` says which way is good; `over_time` how the weeks of the horizon become one number of
    the summary; `by_group` whether it is also kept for subgroups; `per_person` whether it is a mean
    of those alive; `of_any_size` whether it is no total either, but as large in a town of any size:
    a wait, a mean of the staff. A row here and a line in `sim.week.record.counts` are all that an outcome needs.
    """

    key: str
    title: str
    unit: str
    better: Direction
    over_time: Summing
    sentence: str
    by_group: bool = False
    per_person: bool = False
    of_any_size: bool = False

    @property
    def grows(self) -> bool:
        """Whether a town of twice the size has twice as much of it."""
        return not (self.per_person or self.of_any_size)


LONGEST_RUNWAY = 520.0
"""Weeks beyond which a runway is not told apart: cash that lasts longer, or grows, counts as this."""

OUTCOMES: tuple[Outcome, ...] = (
    # hospital and crisis
    Outcome("admissions", "Psychiatric admissions", "admissions", "fewer", "sum", "People admitted to the psychiatric ward.", by_group=True),
    Outcome("expected_admissions", "Expected admissions", "admissions", "fewer", "sum", "Admissions expected from everybody's risk, before chance decides, with the beds that there are: the low-noise twin of the count.", by_group=True),
    Outcome("bed_need_expected", "Expected need of beds", "beds needed", "fewer", "sum", "Times that somebody is expected to need a bed, whether or not there is one."),
    Outcome("bed_days", "Psychiatric bed days", "days", "fewer", "sum", "Days spent in the psychiatric ward."),
    Outcome("beds_occupied", "Beds occupied", "beds", "neither", "mean", "Beds in use, averaged over the days of the week."),
    Outcome("boarding_days", "Days boarding", "days", "fewer", "sum", "Days spent waiting in the emergency department for a bed."),
    Outcome("emergency_visits", "Emergency visits", "visits", "fewer", "sum", "Visits to the emergency department in a mental-health crisis.", by_group=True),
    Outcome("expected_emergency_visits", "Expected emergency visits", "visits", "fewer", "sum", "Emergency visits expected from everybody's risk, before chance decides."),
    Outcome("crises", "Crises", "crises", "fewer", "sum", "People in a mental-health crisis."),
    Outcome("readmissions_30_days", "Readmissions within 30 days", "admissions", "fewer", "sum", "Admissions of people discharged less than 30 days before."),
    Outcome("readmissions_1_year", "Readmissions within a year", "admissions", "fewer", "sum", "Admissions of people discharged less than a year before."),
    Outcome("discharges", "Discharges", "discharges", "neither", "sum", "People discharged from the ward."),
    Outcome("followed_up_7_days", "Seen within 7 days of discharge", "people", "neither", "sum", "People seen by a service in the week after discharge: fewer also where fewer are discharged."),
    # symptoms
    Outcome("phq_mean", "Mean PHQ-9", "points", "fewer", "mean", "Mean depressive symptoms, PHQ-9 scale 0 to 27.", by_group=True, per_person=True),
    Outcome("phq_10_or_more", "People with PHQ-9 of 10 or more", "people", "fewer", "mean", "People with at least moderate symptoms of depression.", by_group=True),
    Outcome("remission", "People in remission", "people", "more", "mean", "People with an earlier episode and PHQ-9 below 5 now."),
    Outcome("new_episodes", "New episodes", "episodes", "fewer", "sum", "Episodes of depression that began."),
    # connection
    Outcome("lonely", "Lonely people", "people", "fewer", "mean", "People whose UCLA-3 score is 6 or more.", by_group=True),
    Outcome("isolated", "Isolated people", "people", "fewer", "mean", "People with at most one close tie and little contact.", by_group=True),
    Outcome("ties_mean", "Mean close ties", "ties", "more", "mean", "Mean number of close ties per resident, volunteers who visit among them.", per_person=True),
    Outcome("stigma_mean", "Mean stigma", "SD", "fewer", "mean", "Mean stigma towards help, in standard deviations of the town at the start.", per_person=True),
    # access
    Outcome("in_need", "People in need", "people", "fewer", "mean", "People with symptoms or an illness that warrant help.", by_group=True),
    Outcome("treated", "People in need in care", "people", "more", "mean", "People in need who are enrolled in a service.", by_group=True),
    Outcome("treated_past_year", "People treated in the past year", "people", "more", "end", "People who had any session in the past 52 weeks."),
    Outcome("untreated_year", "People in need and untreated", "people", "fewer", "mean", "People in need who had no session in the past 52 weeks."),
    Outcome("waiting", "People waiting", "people", "fewer", "mean", "People on a waiting list."),
    Outcome("wait_median", "Median wait", "weeks", "fewer", "mean", "Median weeks waited by those who got a place this week.", of_any_size=True),
    Outcome("wait_90th", "90th-percentile wait", "weeks", "fewer", "mean", "Weeks that nine in ten of those who got a place waited at most.", of_any_size=True),
    Outcome("gave_up_waiting", "Gave up waiting", "people", "fewer", "sum", "People who left a list without a place."),
    Outcome("sessions", "Sessions held", "sessions", "more", "sum", "Sessions of care attended; lessons, courses, campaigns, activities, crisis lines and what is online are not counted."),
    Outcome("missed_sessions", "Sessions missed", "sessions", "neither", "sum", "Sessions of care, as they are counted when held, offered and not attended: fewer also where less is offered."),
    Outcome("started_care", "People who started in a service", "people", "more", "sum", "Places taken up."),
    Outcome("dropped_out", "Left early", "people", "neither", "sum", "People who left a service before its end: fewer also where fewer started."),
    Outcome("let_go", "Clients discharged because of cuts", "people", "fewer", "sum", "People whose place in a service was closed."),
    Outcome("closed_out", "Waiting lists closed", "people", "fewer", "sum", "People whose list was closed while they waited."),
    # life, health, money
    Outcome("deaths", "Deaths", "deaths", "fewer", "sum", "Deaths of any cause."),
    Outcome("newcomers", "People who came", "people", "neither", "sum", "Children of the town who turned 12 and people who moved in."),
    Outcome("moved_away", "People who moved away", "people", "neither", "sum", "People who left the town alive."),
    Outcome("suicides", "Deaths by suicide", "deaths", "fewer", "sum", "People who died by suicide."),
    Outcome("expected_suicides", "Expected deaths by suicide", "deaths", "fewer", "sum", "Deaths by suicide expected from everybody's risk, before chance decides.", by_group=True),
    Outcome("qalys", "QALYs", "QALYs", "more", "sum", "Quality-adjusted life years lived: a year in full health counts one.", by_group=True),
    Outcome("work_days_lost", "Days of work lost", "days", "fewer", "sum", "Days of work lost to symptoms."),
    Outcome("caregiver_hours", "Caregiver hours", "hours", "fewer", "sum", "Unpaid hours of care by people who live with someone ill."),
    Outcome("cost", "Cost of services", "currency", "fewer", "sum", "Everything that services spent, whoever paid."),
    Outcome("cost_public", "Cost to public payers", "currency", "fewer", "sum", "What public payers spent on services."),
    Outcome("fees_paid", "Fees paid by people", "currency", "fewer", "sum", "What people paid out of pocket."),
    Outcome("income", "Income of funds", "currency", "neither", "sum", "Grants, public money and donations received."),
    Outcome("cash", "Cash", "currency", "more", "end", "Cash held by all funds."),
    Outcome("runway", "Runway", "weeks (520 at most)", "more", "end", "Weeks that cash and promised income last at this week's spending, 520 at most.", of_any_size=True),
    # staff
    Outcome("staff", "Staff in post", "people", "neither", "mean", "Staff and volunteers in post."),
    Outcome("vacancies", "Vacancies", "posts", "neither", "mean", "Funded posts that stand empty: fewer also where fewer are funded."),
    Outcome("strain_mean", "Mean strain of staff", "0 to 1", "fewer", "mean", "Mean strain of staff in post; 0.5 and more is high exhaustion.", of_any_size=True),
    Outcome("leavers", "Staff who left", "people", "neither", "sum", "Staff and volunteers who left their post: fewer also where fewer work."),
    Outcome("peers", "Peers in post", "people", "more", "mean", "Residents with lived experience at work as peers; a peer post that nobody of the town holds counts as none."),
)

BY_KEY: dict[str, Outcome] = {outcome.key: outcome for outcome in OUTCOMES}
KEYS: tuple[str, ...] = tuple(BY_KEY)
GROUP_KEYS: tuple[str, ...] = tuple(o.key for o in OUTCOMES if o.by_group)
TOTAL_KEYS: tuple[str, ...] = tuple(o.key for o in OUTCOMES if not o.by_group)


@dataclass(frozen=True)
class Results:
    """What one run of one community left behind; plain data, picklable, nothing of the model.

    weekly: outcome key -> (horizon,) float64, week 0 first. summary: outcome key -> number over
    the horizon. subgroups: one mapping per group with `dimension`, `group`, `residents` and every
    key of GROUP_KEYS (sums over the horizon of weekly values for `sum`, means for `mean`).
    ledger: (week, account, payer, category, amount); income has the category "income".
    decisions: week, body, subject, action, seen, reason. places: one mapping per service and
    quarter with `service`, `week`, `places`, `enrolled`, `waiting`, `wait_median`, `staff`,
    `vacancies`, `sessions`, `quality`, `started`, `gave_up`, `wait_in_quarter`. posts: one mapping
    per service, role and quarter with `service`, `role`, `week`, `posts`, `posts_fte`, `filled`,
    `filled_fte`, `hired`, `left`, `in_training`, `recruiting_from`. network: a sample of some
    hundred residents at the end: `residents` (key, neighbourhood, lonely, ill, in care), `ties`
    (place in the list, place, kind).
    """

    weekly: Mapping[str, NDArray[np.float64]]
    summary: Mapping[str, float]
    subgroups: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    ledger: Sequence[tuple[int, str, str, str, float]] = field(default_factory=tuple)
    decisions: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    places: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    posts: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    network: Mapping[str, Sequence[Sequence[int]]] | None = None
