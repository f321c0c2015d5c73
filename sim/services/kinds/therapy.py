"""Treatment: primary care and what stands beside it, psychotherapy in its forms, psychiatry."""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    Kind("primary_care", "primary care"),
    Kind("collaborative_care", "primary care"),
    Kind("health_centre", "primary care", sliding=True),
    Kind("individual_therapy", "therapy"),
    Kind("group_therapy", "therapy"),
    Kind("telehealth_therapy", "therapy", online=True),
    Kind("low_intensity_therapy", "therapy"),
    Kind("school_counsellor", "therapy", who="pupils"),
    Kind("practice_practitioner", "primary care"),
    Kind("psychiatry", "psychiatry"),
)
