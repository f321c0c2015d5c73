"""Therapists, psychiatrists and primary care."""

from __future__ import annotations

from sim.services.kinds import Kind

KINDS = (
    Kind("primary_care", leading="physician", category="primary care"),
    Kind("individual_therapy", leading="therapist", category="therapy"),
    Kind("psychiatry", leading="psychiatrist", category="psychiatry"),
)
