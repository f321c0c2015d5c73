"""Education: what changes knowledge, attitudes and skills, in public, at school, at work and in
families.
"""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    Kind("awareness_campaign", "education", informal=True, sought=False, low_intensity=True),
    Kind("recovery_stories", "education", informal=True, sought=False, low_intensity=True),
    Kind("first_aid_training", "education", informal=True, sought=False, low_intensity=True),
    Kind("stress_workshop", "education", informal=True, low_intensity=True),
    Kind("family_education", "education", informal=True, low_intensity=True, who="caregivers"),
    Kind(
        "school_programme",
        "education",
        informal=True,
        sought=False,
        low_intensity=True,
        who="pupils",
    ),
    Kind(
        "workplace_wellness",
        "education",
        informal=True,
        sought=False,
        low_intensity=True,
        who="workers",
    ),
    Kind("online_course", "education", informal=True, low_intensity=True, online=True),
)
