"""Every kind of service there is, by name."""

from __future__ import annotations

from sim.services import crisis, informal, therapy

KINDS = {kind.name: kind for family in (informal, therapy, crisis) for kind in family.KINDS}
