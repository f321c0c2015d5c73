"""Phase 2, life: a week older, life events, death; suicide is a hazard of its own."""

from __future__ import annotations

from sim.engine.fast_math import chance_of, exp, log
from sim.engine.kernels import part, rule
from sim.engine.random import ALONE, BLOCK, draw, fill_uniforms, normal_of
from sim.state.codes import Employment, Event
from sim.state.draw_streams import Stream
from sim.state.residents import NEVER

HOME_WEEKS = 4
"""Weeks between looks at whether something struck a home: a fourth of them are looked at each week.
"""
LONG_AGO = 520
"""Weeks since a crisis after which nothing of its excess hazard is left."""


@rule
def expect_event(income, in_work, surge, p):
    """Weekly rate of stressful life events that are the person's own: higher for the poor and those
    out of work, raised by shocks.

    It is used as the probability of one event, not turned into that of at least one, because what
    events add to distress adds up: so the mean load is that of the Poisson process.
    """
    return (
        # The share of events that strike a whole home is drawn for the home, in
        # `expect_home_event`; here only what is the person's own is left, so that the total rate
        # stays that of the evidence.
        p.events
        * (1.0 - p.events_shared)
        * (1.0 + p.events_poverty * (2.0 - income) / 2.0)
        * (1.0 if in_work else p.events_jobless)
        * surge
    )


@rule
def expect_home_event(income, surge, p):
    """Chance, every HOME_WEEKS weeks, of an event that strikes everybody of a home."""
    # Once in HOME_WEEKS weeks with as many times the rate: a fourth of the draws, the same number
    # of events, at most four weeks late.
    poverty = 1.0 + p.events_poverty * (2.0 - income) / 2.0
    return chance_of(HOME_WEEKS * p.events * p.events_shared * poverty * surge)


@rule
def weigh_event(coping, chance, p):
    """What an event adds to distress: exponential in size, damped by coping skills."""
    # Minus the logarithm of a uniform is exponential with mean 1; only coping above average damps.
    return -p.event_size * log(chance) * exp(-p.event_damping * max(coping, 0.0))


@rule
def expect_death(age, severe, p):
    """Weekly hazard of dying of other causes than suicide: Gompertz in age, higher with severe
    illness.
    """
    return p.mortality * exp(p.mortality_age * age) * (p.mortality_severe if severe else 1.0)


@rule
def expect_suicide(phq, female, severe, since_need, unmet, p):
    """Weekly hazard of suicide: rises with symptoms and severe illness, very high after a crisis
    that needed a bed, more so where none was found.
    """
    # A factor on the hazard rather than a term in its exponent: the studies report excess ratios
    # that decay with time since discharge.
    recent = 0.0
    if since_need < LONG_AGO:
        recent = p.suicide_recent * exp(-since_need / p.suicide_recent_weeks)
        recent *= p.suicide_unmet if unmet else 1.0
    person = (p.suicide_female if female else 1.0) * (p.suicide_severe if severe else 1.0)
    return p.suicide * person * exp(p.suicide_symptoms * phq) * (1.0 + recent)


@rule
def change_circumstances(chance, turning, fresh, spread):
    """What new circumstances add to distress, drawn at a turning point.

    `chance`: the uniform that brought it about, below the chance `turning`.
    """
    # Stretched, it is uniform again and independent of whether there was a turning point.
    return spread * normal_of(chance / turning, fresh)


@part
def expect_suicides_fast(low, high, r, hazard, p):
    """`expect_suicide` for a block of residents, without a branch for the many.

    Few ever needed a bed: the excess after such a crisis needs an exponential of its own, which
    would double the work of everybody, so that those few are done again with it.
    """
    for i in range(low, high):
        hazard[i - low] = expect_suicide(
            float(r.phq[i]), r.female[i] == 1, r.severe[i] == 1, float(LONG_AGO), False, p
        )
    for i in range(low, high):
        if r.since_need[i] < LONG_AGO:
            since, unmet = float(r.since_need[i]), r.unmet[i] == 1
            hazard[i - low] = expect_suicide(
                float(r.phq[i]), r.female[i] == 1, r.severe[i] == 1, since, unmet, p
            )


@part
def experience_events(start, stop, r, surge, week, p, scratch):
    """Carry the rules of life over the rows start..stop.

    `scratch` (8, BLOCK) holds draws, hazards and who is struck.
    """
    event, size, death, suicide = scratch[0], scratch[1], scratch[2], scratch[3]
    rate, dying, ending, struck = scratch[4], scratch[5], scratch[6], scratch[7]
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        fill_uniforms(scratch, r.key, low, high, Stream.LIFE, week)
        for i in range(low, high):
            working = r.employment[i] != Employment.NOT_IN_WORK
            rate[i - low] = expect_event(float(r.income[i]), working, surge, p)
        for i in range(low, high):
            dying[i - low] = expect_death(float(r.age[i]), r.severe[i] == 1, p)
        expect_suicides_fast(low, high, r, ending, p)
        for j in range(high - low):
            struck[j] = (
                1.0
                if (event[j] < rate[j])
                | (event[j] > 1.0 - p.turning)
                | (suicide[j] < ending[j])
                | (death[j] < dying[j])
                else 0.0
            )
        grow_older(low, high, r, ending, p)
        for i in range(low, high):
            j = i - low
            if struck[j] > 0.0:
                apply_events(
                    i,
                    r,
                    event[j],
                    rate[j],
                    size[j],
                    suicide[j] < chance_of(ending[j]),
                    death[j] < chance_of(dying[j]),
                    p,
                )
        apply_home_events(low, high, r, surge, week, p)


@part
def apply_home_events(low, high, r, surge, week, p):
    """What strikes everybody of a home at once: as hard, but for how each copes with it; and
    turning points of the home.
    """
    # By household: everybody of a home is looked at in the same week and sees the same draw.
    turn, turning = week.number % HOME_WEEKS, HOME_WEEKS * p.turning
    for i in range(low, high):
        if r.household[i] % HOME_WEEKS != turn:
            continue
        # The row of a household stands for its members as key, so that all are struck or none.
        chance, size, turns, fresh = draw(r.household[i], Stream.HOME_EVENT, ALONE, week)
        if turns < turning:
            new = change_circumstances(turns, turning, fresh, p.circumstances_home)
            # Of the dead too: whoever moves in takes it over, and is the same in every scenario.
            r.circumstances[i] = float(r.circumstances[i]) + new - float(r.home_circumstances[i])
            r.home_circumstances[i] = new
        if r.alive[i] == 1 and chance < expect_home_event(float(r.income[i]), surge, p):
            r.event_load[i] = float(r.event_load[i]) + weigh_event(float(r.coping[i]), size, p)


@part
def grow_older(low, high, r, ending, p):
    """A week older: what happened last week is over, events weigh less, and time since them
    grows.
    """
    # Before anybody dies of it: the hazard of the week is that of those who began it alive.
    for i in range(low, high):
        r.suicide_hazard[i] = ending[i - low] if r.alive[i] == 1 else 0.0
    for i in range(low, high):
        r.event_load[i] = float(r.event_load[i]) * p.event_decay
        # Whoever died by suicide would have left one day: until then nobody takes the place.
        r.age[i] = float(r.age[i]) + p.years_per_week
    for i in range(low, high):
        r.discharged[i] = min(r.discharged[i] + 1, NEVER)
        r.since_crisis[i] = min(r.since_crisis[i] + 1, NEVER)
        r.since_need[i] = min(r.since_need[i] + 1, NEVER)
    for i in range(low, high):
        r.happened[i] = 0
        r.sessions[i] = 0
        r.missed[i] = 0
        r.ward_days[i] = 0


@part
def apply_events(i, r, event, rate, size, by_suicide, dies, p):
    """An event, a turning point or death, for the few to whom it happens this week."""
    # Nothing more happens to the dead, except that their place in town becomes free for a newcomer
    # at the week at which they would have died of something else.
    if dies:
        r.vacated[i] = 1
    if r.alive[i] == 0:
        return
    # The two ends of one draw: an event and a turning point exclude each other within a week.
    if event > 1.0 - p.turning:
        own = change_circumstances(1.0 - event, p.turning, size, p.circumstances_own)
        r.circumstances[i] = float(r.home_circumstances[i]) + own
        r.lasting[i] = 0
    if event < rate:
        r.event_load[i] = float(r.event_load[i]) + weigh_event(float(r.coping[i]), size, p)
    # Suicide is looked at first where both strike in one week: it is the cause that services can
    # change.
    if by_suicide or dies:
        r.alive[i] = 0
        r.happened[i] = (Event.DIED | Event.SUICIDE) if by_suicide else Event.DIED
