"""Common claims put to the test: what a document of them runs, and what of it can never act."""

from sim.studies.claims.running import (
    CLAIM_DRAWS,
    CLAIMS_FOLDER,
    SAME_SETTINGS,
    Asked,
    ClaimRuns,
    check_claims,
    run_claim,
)

__all__ = [
    "CLAIMS_FOLDER",
    "CLAIM_DRAWS",
    "SAME_SETTINGS",
    "Asked",
    "ClaimRuns",
    "check_claims",
    "run_claim",
]
