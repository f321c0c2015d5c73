"""A small town, an explorer in a process of its own, and a real browser where there is one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

TOWN = """\
extends: baseline.yaml
title: A small town
# what follows is small so that tests are quick
warm_up: 8 weeks
horizon: 52 weeks # a year
population: {residents: 600}
"""
PILOT = """\
# A comment that must stay.
extends: small-town.yaml
title: Peers in a small town
services:
  peers:
    kind: one_to_one_peer
    where: [east] # the poorest part
    staff: {peer: 2}
    caseload: 12
    from: week 4
funds:
  grant:
    {source: grant, from: week 0, amount: USD 100_000 per year, only_for: [peers]}
"""
PROGRAM = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv[0] = 'kinwell'; from sim.cli import main; main()"
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


class Explorer:
    """A running `kinwell explore` in a folder, with the address that it printed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        command = [sys.executable, "-c", PROGRAM, "explore", *arguments, "--no-browser"]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.process.communicate(timeout=20)
        self.host = urlsplit(self.address).netloc

    def ask(self, method="GET", path="/", body=None, **headers) -> tuple[int, dict, str]:
        """One request exactly as it is given; underscores in names of headers are hyphens."""
        connection = HTTPConnection(self.host, timeout=30)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def stop(self, number=signal.SIGINT) -> int:
        """Press Ctrl-C, as a terminal does: for the whole group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        self.process.communicate(timeout=20)
        return self.process.returncode

    def list_processes(self) -> list[int]:
        """Every process of its session that is alive."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,stat=", "-s", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return [
            int(line.split()[0])
            for line in listed.stdout.splitlines()
            if not line.split()[1].startswith("Z")
        ]


class Session:
    """Somebody who opened the printed address: keeps the cookie and the token of the forms."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        status, headers, _ = explorer.ask(path=explorer.address.split(explorer.host, 1)[1])
        assert status == 303
        self.cookie = headers["set-cookie"].split(";")[0]
        _, _, page = self.get("/")
        self.token = page.split("X-Kinwell-Token")[1].split('"')[2]

    def get(self, path):
        return self.explorer.ask(path=path, Cookie=self.cookie)

    def post(self, path, form=(), **headers):
        given = {
            "Cookie": self.cookie,
            "Origin": f"http://{self.explorer.host}",
            "Content_Type": "application/x-www-form-urlencoded",
        }
        fields = [*(form.items() if isinstance(form, dict) else form), ("token", self.token)]
        return self.explorer.ask("POST", path, urlencode(fields), **(given | headers))

    def wait(self, words="Done", seconds=120, name="pilot"):
        """Look at the study until it says something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _, _, text = self.get(f"/pulse?focus={name}&see=headline&seen=-1&had=0")
            if words in text:
                return text
            time.sleep(0.3)
        raise AssertionError(f"{words!r} was not said within {seconds} s: {text[:800]}")


@pytest.fixture(scope="session")
def towns(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("towns")
    (folder / "small-town.yaml").write_text(TOWN, encoding="utf-8")
    (folder / "pilot.yaml").write_text(PILOT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(towns, tmp_path_factory) -> Path:
    """A folder of its own for each module."""
    made = tmp_path_factory.mktemp("folder")
    for file in towns.glob("*.yaml"):
        shutil.copy(file, made)
    return made


@pytest.fixture(scope="module")
def start(folder):
    """Start explorers that end with the module."""
    started: list[Explorer] = []

    def begin(*arguments: str) -> Explorer:
        started.append(Explorer(folder, *arguments))
        return started[-1]

    yield begin
    for explorer in started:
        explorer.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def explorer(start) -> Explorer:
    return start("pilot.yaml", "-n", "4", "-o", "results/small")


@pytest.fixture(scope="module")
def sign_in():
    """Open the printed address of an explorer."""
    return Session


@pytest.fixture(scope="module")
def session(explorer) -> Session:
    return Session(explorer)


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium to look at pages with")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
    ]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


def pytest_collection_modifyitems(config, items):
    """Tests that drive a page or wait for its runs need a machine at rest: they run when asked for."""
    if config.option.markexpr:
        return
    later = pytest.mark.skip(reason="waits for runs on a page: make browser")
    for item in items:
        if item.path.parent.name == "explorer" and item.get_closest_marker("slow"):
            item.add_marker(later)
