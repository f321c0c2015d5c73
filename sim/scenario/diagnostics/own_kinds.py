"""What is wrong with kinds of service that a scenario brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.distributions import has_either_sign
from sim.evidence.loader import all_evidence, all_kinds, list_service_fields
from sim.scenario.diagnostics.suggestions import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sim.scenario.schema.own_kinds import KindNumber, OwnKind
    from sim.scenario.schema.services import ServiceOfAnyKind

    Found = tuple[tuple[str, ...], str, str]


def check_own_kinds(
    kinds: Mapping[str, OwnKind],
    services: Mapping[str, ServiceOfAnyKind],
    declared: Collection[str],
) -> Iterator[Found]:
    """Path, complaint and hint for each fault of a scenario's own kinds and of their services.

    declared: names of kinds, also of those whose declaration is broken.
    """
    for name, kind in kinds.items():
        if name in all_kinds():
            yield ("kinds", name), "is the name of a shipped kind", "give it another name"
        for field, number in kind.numbers.items():
            path = ("kinds", name, "numbers", field)
            if field not in list_service_fields():
                known = ", ".join(list_service_fields())
                yield path, f"no such number{suggest(field, known.split(', '))}", f"known: {known}"
                continue
            yield from ((path, said, hint) for said, hint in _check_number(field, number))
    for name, service in services.items():
        own = kinds.get(service.own_kind) if service.own_kind else None
        here = ("services", name, "own_kind")
        if service.own_kind and service.own_kind not in declared:
            yield (
                here,
                f"there is no kind {service.own_kind}",
                "`kinds/NAME.yaml` beside the scenario declares one",
            )
        # Reading a file sets both alike; only an `own_kind` written by hand can differ.
        elif own is not None and own.based_on != service.kind:
            yield here, f"is based on {own.based_on}, and the service is {service.kind}", ""


def _check_number(field: str, number: KindNumber) -> Iterator[tuple[str, str]]:
    if not number.low <= number.value <= number.high:
        said = (
            f"must lie in its own range (got {number.value:g}, {number.low:g} to {number.high:g})"
        )
        yield said, "low is the lower end of the 95% range, high the upper"
    if number.low < 0 and not _has_either_sign(field):
        yield f"must not be below 0 (low is {number.low:g})", ""
    if list_service_fields()[field].unit == "share" and number.high > 1:
        yield f"is a share and must not be above 1 (high is {number.high:g})", ""


def _has_either_sign(field: str) -> bool:
    """Whether shipped kinds have numbers of this field on either side of 0, or may."""
    records = all_evidence()
    # A field by itself has no record: the records of shipped kinds tell what its sign may be.
    return any(
        has_either_sign(records[identity])
        for kind in all_kinds()
        if (identity := f"services.{kind}.{field}") in records
    )
