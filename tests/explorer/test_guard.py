"""Somebody attacks the page over HTTP: every way in that the threat model names is shut."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

FORM = "application/x-www-form-urlencoded"


def test_nothing_is_answered_without_the_token(session):
    explorer = session.explorer
    for path in (
        "/",
        "/p/pilot",
        "/pulse",
        "/static/htmx.min.js",
        "/report/report.html",
        "/?token=wrong",
        "/?token=",
    ):
        status, headers, text = explorer.ask(path=path)
        assert (status, "pilot" in text, "set-cookie" in headers) == (403, False, False), path


def test_the_token_works_once_and_becomes_a_strict_cookie(start):
    explorer = start("-o", "results/other")
    path = explorer.address.split(explorer.host, 1)[1]
    status, headers, _ = explorer.ask(path=path)
    assert (status, headers["location"]) == (303, "/")
    assert "HttpOnly" in headers["set-cookie"]
    assert "samesite=strict" in headers["set-cookie"].lower()
    assert explorer.ask(path=path)[0] == 403
    assert len(path.split("=")[1]) >= 40


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost",
        "127.0.0.1",
        "127.0.0.1:1",
        "evil.example:80",
        "[::1]",
        "2130706433",
    ],
)
def test_a_foreign_host_is_refused_whoever_asks(session, host):
    explorer = session.explorer
    assert explorer.ask(path="/", Host=host, Cookie=session.cookie)[0] == 421
    assert explorer.ask(path=explorer.address.split(explorer.host, 1)[1], Host=host)[0] == 421


def test_two_hosts_in_one_request_are_refused(session):
    name, port = session.explorer.host.split(":")
    with socket.create_connection((name, int(port)), timeout=10) as line:
        line.sendall(
            f"GET / HTTP/1.1\r\nHost: {name}:{port}\r\nHost: evil.example\r\nCookie: {session.cookie}\r\n\r\n".encode()
        )
        assert line.recv(1000).split()[1] in {b"400", b"421"}


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1",
        "https://{host}",
        "http://{host}.evil.example",
    ],
)
def test_a_post_from_elsewhere_changes_nothing(session, origin):
    given = {"Cookie": session.cookie, "Content_Type": FORM}
    if origin:
        given["Origin"] = origin.format(host=session.explorer.host)
    body = f"token={session.token}&path=services.peers.caseload&value=3"
    assert session.explorer.ask("POST", "/p/pilot/set", body, **given)[0] == 403
    assert "caseload: 12" in session.get("/p/pilot/text")[2]


def test_a_post_without_the_token_of_the_form_changes_nothing(session):
    given = {
        "Cookie": session.cookie,
        "Content_Type": FORM,
        "Origin": f"http://{session.explorer.host}",
    }
    for body in (
        "path=services.peers.caseload&value=3",
        "token=&value=3",
        f"token={session.token[:-1]}&value=3",
    ):
        assert session.explorer.ask("POST", "/p/pilot/set", body, **given)[0] == 403
    assert (
        session.explorer.ask("POST", "/run", "how=run", X_Kinwell_Token="wrong", **given)[0] == 403
    )


def test_a_post_without_the_cookie_is_refused(session):
    given = {"Content_Type": FORM, "Origin": f"http://{session.explorer.host}"}
    assert session.explorer.ask("POST", "/p/pilot/set", f"token={session.token}", **given)[0] == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""]
)
def test_only_forms_are_taken(session, kind):
    assert (
        session.post("/p/pilot/set", {"path": "title", "value": "x"}, Content_Type=kind)[0] == 415
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused(session, method):
    assert session.explorer.ask(method, "/p/pilot", Cookie=session.cookie)[0] == 405


def test_reads_do_not_change_anything(session):
    for path in (
        "/run?how=run",
        "/p/pilot/set?path=title&value=x",
        "/p/pilot/save",
        "/report",
        "/start?name=peer-pilot",
    ):
        assert session.get(path)[0] in {404, 405}


def test_what_asks_across_sites_is_refused(session):
    given = {
        "Cookie": session.cookie,
        "Sec_Fetch_Site": "cross-site",
        "Sec_Fetch_Mode": "no-cors",
        "Sec_Fetch_Dest": "script",
    }
    assert session.explorer.ask(path="/pulse", **given)[0] == 403
    assert session.explorer.ask(path="/", **(given | {"Sec_Fetch_Site": "same-site"}))[0] == 403


def test_a_large_body_is_refused_whether_or_not_it_says_so(session):
    assert session.post("/p/pilot/set", {"value": "x" * 100_000})[0] == 413
    name, port = session.explorer.host.split(":")
    head = f"POST /p/pilot/set HTTP/1.1\r\nHost: {name}:{port}\r\nOrigin: http://{name}:{port}\r\nCookie: {session.cookie}\r\n"
    with socket.create_connection((name, int(port)), timeout=20) as line:
        line.sendall(f"{head}Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(100):
                line.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            answer = line.recv(1000)
        except (BrokenPipeError, ConnectionResetError):
            answer = b"HTTP/1.1 413 cut"
    assert answer.split()[1] == b"413"


def test_too_many_fields_or_too_long_a_value_are_refused(session):
    assert session.post("/p/pilot/set", [("path", "title")] + [("value", "x")] * 500)[0] == 400
    assert session.post("/p/pilot/set", {"path": "title", "value": "x" * 3000})[0] == 400


def test_every_answer_carries_a_strict_policy(session):
    for path in (
        "/",
        "/p/pilot",
        "/static/htmx.min.js",
        "/static/explorer.css",
        "/nothing",
        "/pulse",
    ):
        _, headers, _ = session.get(path)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_pages_hold_no_inline_script_or_style_and_ask_nobody_else(session):
    for path in ("/", "/p/pilot"):
        page = session.get(path)[2]
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick" not in page
        assert page.count("<script") == page.count('<script src="/static/')
        assert "http://" not in page.replace(f"http://{session.explorer.host}", "")
        assert "https://" not in page


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "..",
        "/etc/passwd",
        "a/b",
        "..\\x",
        "pilot.yaml/..",
        "%2e%2e%2foutside",
        "\0",
        "",
        "con fig",
        ".hidden",
        "x" * 100,
        "results/small/x",
    ],
)
def test_no_name_leads_out_of_the_folder(session, folder, name):
    (folder.parent / "outside.yaml").write_text(
        "extends: baseline.yaml\ntitle: Outside\n", encoding="utf-8"
    )
    for path in ("/open", "/start"):
        session.post(path, {"name": name})
    session.post("/p/pilot/save", {"name": name})
    assert "Outside" not in session.get("/")[2].replace("&#39;", "'")
    assert {path.name for path in folder.glob("*.yaml")} == {"pilot.yaml", "small-town.yaml"}
    assert (folder.parent / "outside.yaml").read_text(encoding="utf-8").startswith("extends")


def test_links_that_lead_out_are_neither_listed_nor_read_nor_written(session, folder):
    outside = folder.parent / f"{folder.name}-secret.yaml"
    outside.write_text("extends: baseline.yaml\ntitle: A secret\n", encoding="utf-8")
    (folder / "linked.yaml").symlink_to(outside)
    assert "A secret" not in session.get("/")[2]
    session.post("/open", {"name": "linked"})
    assert session.get("/p/linked")[0] == 303
    session.post("/p/pilot/save", {"name": "linked"})
    assert outside.read_text(encoding="utf-8") == "extends: baseline.yaml\ntitle: A secret\n"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../guard.py",
        "/static/%2e%2e/guard.py",
        "/report/..%2f..%2fpilot.yaml",
        "/report/runs.db",
        "/report/manifest.json",
        "/static/",
    ],
)
def test_nothing_but_pages_is_served(session, path):
    assert session.get(path)[0] == 404


def test_markup_in_a_scenario_is_text(session):
    session.post(
        "/p/pilot/set",
        {"path": "title", "value": "<script>alert(1)</script><img src=x onerror=alert(1)>"},
    )
    page = session.get("/p/pilot")[2]
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_it_listens_on_the_loopback_interface_alone(explorer):
    port = explorer.host.split(":")[1]
    tables = [
        Path(file).read_text(encoding="utf-8") for file in ("/proc/net/tcp", "/proc/net/tcp6")
    ]
    listening = [line.split() for table in tables for line in table.splitlines()[1:]]
    ours = [
        row[1] for row in listening if row[3] == "0A" and int(row[1].split(":")[1], 16) == int(port)
    ]
    assert ours == [f"0100007F:{int(port):04X}"]


@pytest.mark.parametrize(
    "form",
    [
        {"replicates": "100000"},
        {"replicates": "-1"},
        {"replicates": "1e3"},
        {"replicates": "x", "seed": "y"},
        {"replicates": "9" * 50},
    ],
)
def test_studies_have_a_limit(session, form):
    assert (
        "replicates must be"
        in session.post("/run", {"how": "run", "seed": "1"} | form, HX_Request="true")[2]
    )


def test_a_folder_of_results_cannot_name_files_elsewhere(tmp_path):
    import json

    from sim.errors import InvalidInput
    from sim.explorer.editing.workbench import open_results

    (tmp_path / "secret.resolved.yaml").write_text("title: A secret\n", encoding="utf-8")
    results = tmp_path / "results"
    results.mkdir()
    told = {
        "scenarios": [{"name": "baseline"}, {"name": "../secret"}],
        "plan": {"replicates": 2, "seed": 1},
    }
    (results / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InvalidInput, match="no compared runs"):
        open_results(results)
