"""Pages: complete, self-contained, escaped, small enough; looked at in a browser where there is one."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.reports import funder, writer
from analysis.reports.context import open_context
from analysis.reports.sections.doubts import list_doubts
from analysis.reports.sections.economic_tables import tabulate_information, tabulate_studies
from analysis.reports.validity import track_record
from analysis.text.wording import find_avoided
from sim.community import MODEL_VERSION
from sim.errors import Refused

BROWSER = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
        if (path := shutil.which(name))
    ),
    None,
)
EFFECTS = {"baseline": 0.0, "peer-pilot": -0.06, "funding-cut": 0.08, "cut-with-peers": 0.02}
HARM = '<script>alert("x")</script>'


class Page(HTMLParser):
    """Collects tags, attributes and visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.words, self._silent = [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._silent += tag == "style"

    def handle_endtag(self, tag):
        self._silent -= tag == "style"

    def handle_data(self, data):
        if not self._silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def runs(make_runs):
    return make_runs(EFFECTS)


@pytest.fixture(scope="module")
def whole(make_shared_runs):
    """The whole report of these runs, beside them; only read."""
    return writer.write_report(make_shared_runs(EFFECTS))


def read(path):
    return Page(path.read_text(encoding="utf-8"))


def test_the_brief_says_everything_in_order(runs):
    path = writer.write_report(runs, "funder")
    assert path == runs / "report-funder.html"
    assert path.stat().st_size <= 200_000
    text = read(path).text
    text = text[text.index("What would “peer-pilot”") :]
    places = [
        text.index(words)
        for words in (
            "What would “peer-pilot” change for a town of 10,000 people within 2 years",
            "simulated replicates",
            "Each dot is one simulated replicate",
            "Benefit",
            "Cost",
            "Value",
            "What would change the answer",
            "What the model leaves out",
            "Who gains more and who less",
            "model version 1",
        )
    ]
    assert places == sorted(places)
    assert "seeds 7 to 18" in text
    assert "DRAFT" not in text


def test_several_programmes_are_one_decision(runs):
    text = read(writer.write_report(runs, "funder")).text
    opening = text[: text.index("What would “peer-pilot”")]
    for words in (
        "Which programme?",
        "the means come in this order, the best first",
        "Programmes side by side",
        "Cost per admission avoided",
        "Cost per QALY against the next cheaper one",
        "the cheapest; on the frontier",
        "Replicates in which it is best",
        "difference by group and programme",
    ):
        assert words in opening, words
    alone = read(writer.write_report(runs, "funder", focus="peer-pilot")).text
    assert "Which programme?" not in alone


def test_programmes_that_do_the_same_cannot_be_told_apart(make_runs):
    runs = make_runs({"baseline": 0.0, "peer-pilot": 0.0, "twin": 0.0})
    text = read(writer.write_report(runs, "funder")).text
    assert "cannot be told apart" in text


@pytest.mark.parametrize(
    ("audience", "wanted"),
    [
        (
            "planner",
            [
                "Places and waits",
                "Unmet need by neighbourhood",
                "Staff and vacancies",
                "Money by year and payer",
                "Decisions taken and why",
                "rule expand-if-kept",
            ],
        ),
        (
            "researcher",
            [
                "Methods",
                "Fully incremental analysis",
                "CHEERS 2022",
                "28 Conflicts of interest",
                "Not reported",
                "ODD 2020",
                "7 Submodels",
                "Provenance",
                "Downloads",
                "Are the replicates enough?",
            ],
        ),
    ],
)
def test_each_reader_finds_what_was_promised(runs, audience, wanted):
    text = read(writer.write_report(runs, audience)).text
    assert all(words in text for words in wanted)


def test_the_whole_report_is_one_file_without_scripts(whole):
    assert whole.name == "report.html"
    assert whole.stat().st_size <= 1_500_000
    page = read(whole)
    names = [tag for tag, _ in page.tags]
    assert "script" not in names
    assert "link" not in names
    assert names.count("main") == 1
    assert not {"h1", "h2", "table"} & set(names[: names.index("main")])
    for _, attributes in page.tags:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:"))
        assert not any(name.startswith("on") for name in attributes)
    assert "@font-face" not in whole.read_text()
    assert "url(" not in whole.read_text()


def test_every_picture_is_described_and_every_table_headed(whole):
    page = read(whole)
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) >= 8
    assert all(len(attributes["alt"]) > 60 for attributes in pictures)
    names = [tag for tag, _ in page.tags]
    assert names.count("table") == names.count("caption") == names.count("thead")
    assert (
        names.count("figure") == names.count("details") - 2
    )  # the numbers of each, where all come from, what calibration left
    assert names.count("h1") == 1


def test_the_same_runs_give_the_same_page_and_soon(whole, tmp_path, cost):
    again = tmp_path / "again.html"
    assert cost(lambda: writer.write_report(whole.parent, into=again)) < 1_500
    assert again.read_bytes() == whole.read_bytes()


def test_titles_are_harmless(make_runs, declare):
    folder = make_runs(
        declared=[declare("pilot", title=HARM, summary="</style><img src=x onerror=alert(1)>")]
    )
    path = writer.write_report(folder)
    page = read(path)
    assert "script" not in [tag for tag, _ in page.tags]
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert HARM in page.text


def test_words_for_people(whole):
    assert not find_avoided(read(whole).text)


def test_a_dirty_tree_makes_a_draft(make_runs):
    assert "DRAFT" in read(writer.write_report(make_runs(dirty=True), "funder")).text


def test_missing_runs_make_a_banner(make_runs):
    folder = make_runs(EFFECTS, fail=[("peer-pilot", 9)])
    with pytest.raises(Refused, match="1 of 48 runs failed"):
        writer.write_report(folder)
    assert (
        "Take care: 1 of 48 runs failed"
        in read(writer.write_report(folder, "planner", allow_missing=True)).text
    )


def test_a_single_scenario_is_refused(make_runs):
    with pytest.raises(Refused, match="only baseline is stored"):
        writer.write_report(make_runs({"baseline": 0.0}))


def test_focus_and_reference_can_be_chosen(runs):
    text = writer.build_report(open_context(runs, focus="funding-cut"), "funder")
    assert "funding-cut" in text.split("<h1>")[1].split("</h1>")[0]
    assert "more expected psychiatric admissions than “baseline”" in Page(text).text
    with pytest.raises(Refused, match="choose peer-pilot"):
        open_context(runs, focus="nowhere")


def test_totals_alone_make_a_report_too(make_runs):
    text = read(writer.write_report(make_runs(keep="summary"))).text
    assert "Weeks were not kept" in text


def test_parameter_draws_bring_the_value_of_information(make_runs):
    draws = [{"help": 0.05 * place, "idle": (place * 7 % 31) / 31} for place in range(31)]
    text = read(writer.write_report(make_runs(draws=draws, replicates=2), "researcher")).text
    assert "everything (EVPI)" in text
    assert "Value of a study before deciding (EVSI), at" in text
    assert "half its present spread" in text
    assert "can be told to matter" not in text  # two were varied: both are shown
    assert "removed before acceptability" in text
    assert "covering" not in text or "chance and parameters" in text


def test_a_study_is_worth_less_than_knowing_and_more_the_larger_it_is(make_runs):
    draws = [{"help": 0.02 * place, "idle": (place * 7 % 61) / 61} for place in range(61)]
    case = open_context(make_runs(draws=draws, replicates=2))
    known = {
        row[1]: float(row[2].replace(",", ""))
        for row in tabulate_information(case).rows
        if row[0] == case.say_money(case.worth)
    }
    rows = [row for row in tabulate_studies(case).rows if row[0] == "help"]
    small, middle, large = (float(row[2].replace(",", "")) for row in rows)
    assert 0.0 <= small <= middle <= large <= known["everything (EVPI)"] * 1.05
    (said,) = [line for line in list_doubts(case) if "knowledge" in line]
    assert said.startswith(
        "More knowledge: to know everything before deciding would be worth"
        if large > 0
        else "Not more knowledge"
    )


def test_of_many_parameters_those_are_shown_that_can_be_told_to_matter(make_runs):
    many = np.random.default_rng(1).random((40, 12))
    draws = [
        {"help": 0.05 * place, **{f"idle{k}": float(x) for k, x in enumerate(row)}}
        for place, row in enumerate(many)
    ]
    text = read(writer.write_report(make_runs(draws=draws, replicates=2), "researcher")).text
    assert (
        "13 parameters that can act here were varied in 40 draws; 1 can be told to matter apart from chance"
        in text
    )
    assert "idle3" not in text.split("Value of knowing more")[1].split("The same runs")[0]


def test_downloads_can_be_used(runs):
    page = read(writer.write_report(runs, "researcher"))
    files = {
        attributes["download"]: attributes["href"]
        for tag, attributes in page.tags
        if tag == "a" and "download" in attributes
    }
    found = json.loads(base64.b64decode(files["comparison.json"].split(",")[1]))
    assert found["reference"] == "baseline"
    replicates = base64.b64decode(files["replicates.csv"].split(",")[1]).decode().splitlines()
    assert len(replicates) == 1 + 12 * len(EFFECTS)
    assert replicates[0].startswith(
        "seed,draw,scenario,discounted_cost,discounted_qalys,expected_admissions"
    )
    resolved = json.loads(base64.b64decode(files["peer-pilot.resolved.yaml"].split(",")[1]))
    assert resolved["name"] == "peer-pilot"


@pytest.mark.parametrize(
    ("effect", "wanted"),
    [
        (
            0.0,
            [
                "leaves expected psychiatric admissions exactly as they are under “baseline” in every replicate",
                "Services cost the same in all, and health",
            ],
        ),
        (
            -0.3,
            [
                "Over 2 years, “other” brings",
                "fewer expected psychiatric admissions than “baseline” (95% interval",
                "fewer; fewer in 12 of 12 simulated replicates)",
                "less in all",
                "while people gain health: better on both sides",
            ],
        ),
        (
            0.3,
            [
                "more expected psychiatric admissions than “baseline” (95% interval",
                "more; more in 12 of 12",
                "more in all",
                "while people lose health: worse on both sides",
            ],
        ),
        (
            -0.004,
            [
                "it cannot be told from these runs whether “other” brings more or fewer expected psychiatric admissions than “baseline”: the difference is",
                "simulated replicates",
            ],
        ),
    ],
)
def test_the_answer_is_two_sentences_whatever_was_found(make_runs, effect, wanted):
    said = funder.answer(open_context(make_runs({"baseline": 0.0, "other": effect})))
    assert [words for words in wanted if words not in said] == []
    assert said.count(". ") == 1
    assert "  " not in said
    assert said[0] + said[-1] == "O."
    assert said.count("(") == said.count(")")


def test_what_was_held_against_the_world_is_reported_where_it_is_known(runs):
    text = read(writer.write_report(runs, "researcher")).text
    assert "Not reported. Make it with: kinwell calibrate --check --json" in text
    assert "Not reported. Make it with: kinwell trial --json" in text
    moment = {
        "id": "m1",
        "moment": "Prevalence of depression",
        "target": 0.08,
        "tolerance": "±10%",
        "simulated": 0.081,
        "low": 0.08,
        "high": 0.082,
        "fitted": True,
        "inside": True,
    }
    effects = {"effect": -0.3, "low": -0.5, "high": -0.1, "type": "risk ratio"}
    (runs / "calibration.json").write_text(
        json.dumps([moment, {**moment, "id": "m2", "inside": False, "fitted": False}])
    )
    (runs / "trials.json").write_text(
        json.dumps(
            [
                {
                    "id": "cr-01",
                    "published": effects,
                    "simulated": {**effects, "arms": {}},
                    "verdict": "agrees",
                }
            ]
        )
    )
    (runs / "claims.json").write_text("not JSON at all")
    text = read(writer.write_report(runs, "researcher")).text
    assert "1 of 2 moments of the real place are met" in text
    assert "Prevalence of depression" in text
    assert "held back" in text
    assert "−0.3 (−0.5 to −0.1)" in text.replace("0.300", "0.3").replace("0.500", "0.5").replace(
        "0.100", "0.1"
    )
    assert "kinwell claims --json" in text


def test_the_network_is_drawn_where_it_was_kept(make_runs):
    people = [[key, key % 2, int(key % 3 == 0), int(key % 5 == 0), 0] for key in range(40)]
    ties = [[a, a + 1, 1 + a % 4] for a in range(39)]
    page = read(
        writer.write_report(make_runs(network={"residents": people, "ties": ties}), "planner")
    )
    alts = [attributes["alt"] for tag, attributes in page.tags if tag == "img"]
    assert any(
        alt.startswith("Network of 40 residents.") and "east: 7 of 20 are lonely" in alt
        for alt in alts
    ), alts
    assert not any(
        alt.startswith("Network")
        for alt in [
            a["alt"]
            for t, a in read(writer.write_report(make_runs(folder="none"), "planner")).tags
            if t == "img"
        ]
    )


def browse(folder, *arguments):
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder / 'profile'}",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, timeout=90, check=False)


@pytest.mark.chromium
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_the_brief_prints_on_one_page(make_runs, declare, tmp_path, monkeypatch):
    # Of the present version of the model there are predictions to tell of.
    now = SimpleNamespace(model_version=str(MODEL_VERSION))
    monkeypatch.setattr(track_record, "describe_origin", lambda _: now)
    long = [
        declare(
            name,
            title=f"A rather long title for the scenario that is called {name}, East Side and West Side",
            # Each is a scenario of its own: one under two names is said on the page.
            more={"governance": {"delay": name}},
        )
        for name in EFFECTS
    ]
    runs = make_runs(EFFECTS, declared=long, dirty=True)
    page = writer.write_report(runs, "funder", focus="peer-pilot")
    browse(
        tmp_path,
        "--no-pdf-header-footer",
        f"--print-to-pdf={tmp_path / 'brief.pdf'}",
        page.as_uri(),
    )
    printed = (tmp_path / "brief.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1


@pytest.mark.chromium
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_overflows(whole, tmp_path, width):
    probe = tmp_path / "probe.html"
    # The page itself has no script; this one measures it from outside, in a frame as wide as the screen.
    probe.write_text(
        f'<iframe id="f" src="{whole.as_uri()}" style="width:{width}px;height:900px;border:0"></iframe><p id="o"></p><script>'
        'document.getElementById("f").onload=e=>{const d=e.target.contentDocument.documentElement;'
        'document.getElementById("o").textContent="measured "+d.scrollWidth+" of "+d.clientWidth}</script>'
    )
    done = browse(
        tmp_path,
        "--allow-file-access-from-files",
        "--window-size=1400,1000",
        "--virtual-time-budget=8000",
        "--dump-dom",
        probe.as_uri(),
    )
    found = re.search(r"measured (\d+) of (\d+)", done.stdout.decode())
    assert found is not None
    assert int(found[1]) <= int(found[2])


def test_claims_are_shown_with_their_conditions(runs):
    claim = {
        "id": "halves",
        "claim": "Peers halve <b>admissions</b>",
        "claimed": -0.5,
        "conditions": {
            "favourable": {"value": -0.21, "low": -0.3, "high": -0.12},
            "typical": {"value": None, "low": None, "high": None},
        },
        "evidence": [{"id": "PS-01", "text": "OR 0.66"}, {"id": "PS-14", "text": "no effect"}],
        "verdict": "not supported",
    }
    (runs / "claims.json").write_text(json.dumps([claim, {"id": "bare"}]))
    page = read(writer.write_report(runs, "researcher"))
    for words in (
        "Peers halve <b>admissions</b>",
        "−21.0% (−30.0% to −12.0%)",
        "−50.0%",
        "Simulated, typical conditions",
        "PS-01: OR 0.66; PS-14: no effect",
    ):
        assert words in page.text
    assert "not supported" in page.text
    assert "b" not in [tag for tag, _ in page.tags]
