"""What somebody probably meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


KEY_SYNONYMS: Mapping[str, Sequence[str]] = {
    "from": ("opens", "open", "opening", "starts", "start", "begin", "begins", "since"),
    "until": ("closes", "close", "closing", "ends", "end", "stop", "stops", "to", "end date"),
    "to": ("ends", "end", "stops", "until", "end date"),
    "at": ("week", "date", "when", "from", "starts", "begins"),
    "caseload": (
        "places",
        "beds",
        "rooms",
        "capacity",
        "slots",
        "size",
        "clients",
        "list size",
        "max clients",
    ),
    "staff": ("posts", "team", "workers", "employees", "fte", "staffing", "workforce"),
    "fee": ("price", "charge", "tariff", "cost per session", "unit cost"),
    "where": ("location", "area", "neighbourhood", "neighborhood", "site"),
    "audience": ("eligibility", "eligible", "for", "who", "target", "target group", "clients"),
    "only_for": ("pays for", "services", "restricted to", "earmarked", "ring fenced"),
    "amount": ("income", "budget", "grant", "money", "per year", "value", "total"),
    "low": ("from", "min", "minimum", "lowest", "ci", "confidence interval"),
    "high": ("to", "max", "maximum", "highest"),
    "sex": ("gender",),
    "published": ("result", "results", "finding"),
    "n": ("sample size", "participants", "size"),
    "title": ("name", "label"),
    "summary": ("description", "about"),
    "kind": ("type", "category"),
    "enabled": ("active", "switched on"),
    "shocks": ("changes", "events", "interventions", "shock"),
    "funds": ("budget", "money", "funding", "grants", "payers", "fund"),
    "horizon": ("duration", "years", "weeks", "length", "end"),
    "warm_up": ("burn in", "warmup"),
    "residents": ("size", "people", "population size", "inhabitants"),
    "willingness_to_pay": ("threshold", "wtp", "thresholds"),
    "vary": ("levers", "lever", "factors", "variables", "values"),
    "policy": ("levers", "scenario", "settings"),
    "against": ("reference", "baseline", "comparator", "control", "compare with"),
    "scenario": ("base", "scenarios", "town", "extends", "file"),
    "replicates": ("seeds", "runs", "repetitions", "repeats", "n"),
}
"""What people call keys of a scenario, or of a sweep, who have not read which they are."""
VALUE_SYNONYMS: Mapping[str, Sequence[str]] = {
    "therapist": (
        "psychologist",
        "clinical psychologist",
        "psychotherapist",
        "counsellor",
        "counselor",
        "pwp",
        "wellbeing practitioner",
    ),
    "physician": ("doctor", "gp", "general practitioner", "family doctor", "primary care doctor"),
    "nurse": ("cpn", "midwife", "health visitor", "nursing", "pharmacist"),
    "peer": ("peer specialist", "peer worker", "peer supporter", "lived experience worker"),
    "volunteer": ("befriender", "mentor"),
    "case_manager": (
        "social worker",
        "care coordinator",
        "care manager",
        "support worker",
        "key worker",
        "community health worker",
        "employment specialist",
        "job coach",
    ),
    "coordinator": (
        "manager",
        "organiser",
        "organizer",
        "trainer",
        "teacher",
        "facilitator",
        "link worker",
        "navigator",
        "administrator",
    ),
    "public": ("government", "state", "federal", "county", "council", "nhs", "medicaid", "tax"),
    "grant": ("foundation", "lottery", "philanthropy", "trust"),
    "donation": ("charity", "fundraising", "gift", "sponsor"),
    "health_care": ("payer", "provider", "health system", "hospital"),
    "public_payer": ("government", "nhs", "medicaid", "nhs and pss", "public sector"),
    "societal": ("society", "everybody", "all"),
    "fortnightly": ("biweekly", "every two weeks", "every 2 weeks", "two weekly", "2 weeks"),
    "weekly": ("every week", "1 week", "daily"),
    "monthly": ("every month", "4 weeks", "every four weeks", "quarterly"),
    "none": ("never", "no", "off"),
    "hospital_discharge": ("discharge", "admission", "hospitalisation", "hospitalization", "ward"),
    "emergency": ("emergency visit", "emergency department", "ed", "er", "a&e"),
    "birth": ("childbirth", "delivery", "postnatal", "perinatal"),
    "anybody": ("everybody", "everyone", "anyone", "all"),
    "pupils": ("students", "children", "school", "adolescents", "young people"),
    "pupil": ("student", "schoolchild"),
    "worker": ("employee", "employed"),
    "caregiver": ("carer", "relative"),
    "workers": ("employees", "employed", "staff"),
    "caregivers": ("carers", "families", "relatives"),
    "out_of_work": ("unemployed", "jobless", "not working"),
    "alone": ("lives alone", "single"),
    "first_come": ("fifo", "first come first served", "queue", "order"),
    "urgent_first": ("urgency", "triage", "crisis first"),
    "neediest_first": ("need", "severity", "sickest first", "severe first"),
    "wait": ("waiting time", "waiting", "queue", "delay"),
    "engagement": ("retention", "attendance", "dropout"),
    "occupancy": ("utilisation", "utilization", "capacity"),
    "symptoms": ("phq", "phq 9", "depression"),
    "cost_per_person": ("cost", "unit cost"),
    "local_government": ("council", "county", "state", "government"),
    "peers": ("service users", "consumers", "lived experience"),
    "residents": ("citizens", "community", "public"),
    "employer": ("company", "firm", "workplace"),
    "health_provider": ("hospital", "clinic", "practice"),
    "organisation": ("ngo", "charity", "church", "faith group", "police"),
    "school": ("college", "university"),
    "staff_shortage": ("strike", "vacancies", "hiring freeze", "resignations"),
    "recession": ("layoffs", "unemployment", "job losses", "economic crisis"),
    "disaster": ("flood", "fire", "hurricane", "earthquake", "war"),
    "admission": ("hospitalisation", "hospitalization", "readmission", "inpatient"),
    "count": ("number", "total", "times"),
    "any": ("yes", "ever", "binary"),
    "acute_care": ("acute admission", "acute service"),
    "self_harm": ("suicide attempt", "self injury", "overdose"),
    "phq": ("depression", "depressive symptoms", "phq 9", "symptoms", "bdi"),
    "loneliness": ("ucla", "isolation"),
    "employed": ("employment", "work", "job", "working"),
    "strain": ("caregiver stress", "stress of caring"),
    "alive": ("survival", "mortality"),
    "latin_hypercube": ("lhs", "lhc", "random", "monte carlo"),
    "OR": ("odds ratio",),
    "RR": ("risk ratio", "relative risk", "rate ratio"),
    "RD": ("risk difference", "absolute risk reduction", "arr"),
    "HR": ("hazard ratio",),
    "IRR": ("incidence rate ratio", "rate ratio"),
    "MD": ("mean difference",),
    "SMD": ("cohen", "cohen d", "hedges g", "effect size", "standardised mean difference", "d"),
}
"""What people call values among which a key has to choose. Words may stand under several: those
that the key knows count.
"""
COUNTED_OTHERWISE = {"caseload": " It counts places for each full-time post"}
"""Keys that count something else than what people think of under those names."""
WORDS_FOR_A_PAYER = ("funded by", "paid by", "payer", "funder", "fund", "funds", "budget")
"""What people look for at a service, and find at a fund."""


def suggest_key(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?` for a key that is not known, by its meaning before its spelling."""
    known = tuple(known)
    head, _, below = word.partition(".")
    if below and head in known:
        nested = below.replace(".", ": {") + ": ..." + "}" * below.count(".")
        return f" - a path with dots is for `--set`; in a file it is `{head}: {{{nested}}}`"
    meant = {key: KEY_SYNONYMS[key] for key in known if key in KEY_SYNONYMS}
    said = _plain(word)
    # A key in the singular, in capitals or with other marks between is that key.
    for key in known:
        if said == _plain(key):
            return f" - did you mean '{key}'?"
    for key, others in meant.items():
        if said in map(_plain, others):
            return f" - did you mean '{key}'?{COUNTED_OTHERWISE.get(key, '')}"
    if said in WORDS_FOR_A_PAYER and "caseload" in known:
        return " - a fund names the services that it pays for, in its `only_for`"
    return suggest(word, known)


def suggest_value(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?` for one of a few values, by its meaning before its spelling: a
    psychologist is a therapist, and is spelled like a psychiatrist.
    """
    known, said = tuple(known), _plain(word)
    for value in known:
        if said in map(_plain, VALUE_SYNONYMS.get(value, ())):
            return f" - did you mean '{value}'?"
    return suggest(word, known)


def find_nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that is spelled most like this one, if any is so much alike (0 to 1)."""
    spelled = {name.lower().replace("_", "-"): name for name in known}
    # Cut short: the time of matching grows with the square of the length.
    found = get_close_matches(word[:80].lower().replace("_", "-"), spelled, n=1, cutoff=likeness)
    return spelled[found[0]] if found else None


def find_related(word: str, texts: Mapping[str, str], most: int = 4) -> list[str]:
    """The names whose texts have a word in common with what was said, those with most first."""
    # Words such as `and` and `for` are in nearly every text.
    said = {each for each in _plain(word).split() if len(each) > 3}
    shared = {name: len(said & set(_plain(text, 1000).split())) for name, text in texts.items()}
    found = [name for name in sorted(shared, key=shared.__getitem__, reverse=True) if shared[name]]
    return found[:most]


def suggest(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?`, or nothing."""
    nearest = find_nearest(word, known)
    return f" - did you mean '{nearest}'?" if nearest else ""


def find_meaning(word: str, synonyms: Mapping[str, Sequence[str]]) -> str | None:
    """The name that a word is a synonym of: said as it is, spelled nearly so, or with most of its
    words in common.
    """
    said = _plain(word)
    meanings = {_plain(each): name for name, known in synonyms.items() for each in (name, *known)}
    if said in meanings:
        return meanings[said]
    if close := get_close_matches(said, meanings, n=1, cutoff=0.85):
        return meanings[close[0]]
    words = set(said.split())
    shared = {
        text: len(words & set(text.split())) / len(words | {*text.split()}) for text in meanings
    }
    best = max(shared, key=shared.__getitem__, default="")
    return meanings[best] if best and shared[best] > 0.5 else None


def _plain(word: str, longest: int = 80) -> str:
    """Lower case, letters and digits with single spaces, no plurals: what is compared."""
    words = re.findall(r"[\w&']+", word[:longest].lower().replace("_", " ").replace("-", " "))
    # In short words a last s is rarely a plural.
    return " ".join(each.removesuffix("s") if len(each) > 3 else each for each in words)
