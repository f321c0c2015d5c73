"""The groups of parameters that the rules read, one per phase, as numbers per week.

A field takes the value of the record that it is named after; `sim.evidence.parameters` derives the
others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Group = TypeVar("Group")


# Tuples and not mappings: compiled loops read a field at its place, without a look-up by name.
class Life(NamedTuple):
    """Parameters of phase 2."""

    events: float
    events_shared: float
    events_poverty: float
    events_jobless: float
    event_size: float
    event_damping: float
    event_decay: float
    turning: float
    circumstances_own: float
    circumstances_home: float
    mortality: float
    mortality_age: float
    mortality_severe: float
    suicide: float
    suicide_female: float
    suicide_severe: float
    suicide_symptoms: float
    suicide_recent: float
    suicide_recent_weeks: float
    suicide_unmet: float
    years_per_week: float


class Social(NamedTuple):
    """Parameters of phase 3."""

    pull: float
    noise: float
    withdrawal: float
    alone: float
    lack: float
    enough_support: float
    ill_gives_less: float
    contagion: float
    stigma_return: float
    stigma_spread: float
    knowledge_return: float
    caregiver_strain: float
    caregiver_pull: float
    fading: float
    fading_illness: float
    meeting: float
    meeting_illness: float
    friend_of_friend: float
    liking: float
    age_gap: float
    age_gap_young: float
    sorting: float
    sorting_experience: float
    group_friendship: float
    stranger_reach: float


class Symptoms(NamedTuple):
    """Parameters of phase 4."""

    persistence: float
    noise: float
    tipping: float
    tipping_width: float
    entrenchment: float
    entrenching: float
    lasting_share: float
    loneliness: float
    phq_level: float
    phq_slope: float
    onset_phq: float
    recovery_phq: float
    recovery_weeks: float
    severe_illness: float


class Seeking(NamedTuple):
    """Parameters of phases 5 and 6."""

    need_phq: float
    notice_phq: float
    seeking: float
    seeking_symptoms: float
    seeking_knowledge: float
    seeking_encouragement: float
    seeking_stigma: float
    seeking_again: float
    seeking_helped: float
    choice_none: float
    give_up: float
    wait_harm_from: float
    wait_harm: float
    wait_harm_most: float
    urgent_weeks: float
    urgent_phq: float


class Choice(NamedTuple):
    """Parameters of the choice among services, whoever makes it: people, services that refer, the
    ward.
    """

    births: float
    choice_stigma: float
    choice_price: float
    choice_travel: float
    choice_list: float
    choice_aimed: float


class Care(NamedTuple):
    """Parameters of phase 7."""

    additive: float
    felt_at_once: float
    fade_after: float
    coping_kept: float
    connection_kept: float
    self_management_kept: float
    relief_kept: float
    dropout_young: float
    young: float
    well_phq: float
    refer_phq: float
    soon_after_discharge: float


class Crisis(NamedTuple):
    """Parameters of phase 8, with those that its ward shares."""

    crisis: float
    crisis_symptoms: float
    crisis_severe: float
    crisis_psychotic: float
    crisis_recent: float
    recent_weeks: float
    crisis_unmet: float
    crisis_discharge: float
    discharge_weeks: float
    crisis_events: float
    crisis_contact: float
    contact_weeks: float
    crisis_most: float
    crisis_most_log: float
    to_emergency: float
    admission: float
    admission_symptoms: float
    admission_severe: float
    admission_psychotic: float
    admission_frailty: float
    admission_recent: float
    stay_median: float
    stay_severe: float
    stay_psychotic: float
    stay_spread: float
    aftercare: float
    ward_shelter: float
    additive: float


class Workforce(NamedTuple):
    """Parameters of phase 9."""

    strain: float
    strain_load: float
    strain_illness: float
    strain_supervision: float
    strain_pull: float
    strain_noise: float
    turnover: float
    turnover_strain: float
    turnover_new: float
    training_weeks: float
    quality_untrained: float
    quality_strain: float
    quality_strain_from: float
    fidelity_floor: float
    fidelity_supervision: float
    fidelity_checks: float
    fidelity_pull: float
    vacancy_share: float
    peer_wellness_phq: float
    peer_illness_phq: float
    cut_relist: float
    load_most: float
    ill_from: float
    new_weeks: float
    peer_after_ward: float
    peer_age_from: float
    peer_age_to: float
    longest_tenure: float


class Health(NamedTuple):
    """Parameters of phase 12: how latent states are read."""

    ucla_middle: float
    ucla_width: float
    norm: float
    loss_minor: float
    loss_mild: float
    loss_moderate: float
    loss_severe: float
    loss_lonely: float
    work_loss: float
    caregiver_from: float
    caregiver_hours: float
    years_per_week: float


class Turnover(NamedTuple):
    """Parameters of the turnover of residents, once a quarter."""

    moving: float
    moving_young: float
    moving_young_until: float
    work_anew: float
    severe_passing: float
    separating: float
    company_gap: float
    company_gap_rise: float
    opposite_sex: float
    parent_gap: float
    parent_gap_sd: float
    trait_age: float
    trait_severe: float
    circumstances_home: float
    psychotic: float
    temperament_age: float
    temperament_severe: float


def fill(cls: type[Group], prefix: str, raw: Mapping[str, float], **derived: object) -> Group:
    """Fill a group: derived fields as given, the others from the records of the same name in one
    file (`prefix`).
    """
    # Type checkers have no bound that says "any named tuple", so the fields are asked for by name.
    fields: tuple[str, ...] = getattr(cls, "_fields", ())
    return cls(
        # A field without a record fails here at once; a default would be a number without a source.
        **{name: derived[name] if name in derived else raw[f"{prefix}.{name}"] for name in fields}
    )
