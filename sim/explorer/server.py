"""Starts the page on this machine, says where it is, and ends everything with it."""

from __future__ import annotations

import contextlib
import socket
import webbrowser
from typing import TYPE_CHECKING

import uvicorn

from sim.explorer.application import build_application
from sim.explorer.guard import Guard
from sim.explorer.screen import Screen
from sim.explorer.study.client import StudyClient
from sim.store.connection import connect_to_read
from sim.studies.running.results_folder import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.explorer.editing.workbench import Workbench


def _prepare_studies(results: Path, workers: int) -> StudyClient:
    """The studies of a folder; InvalidInput before a page is served, rather than when the first one
    runs, where its database cannot be gone on with. An empty file is as good as none.
    """
    database = results / DATABASE
    if database.exists() and not (database.is_file() and database.stat().st_size == 0):
        connect_to_read(database).close()
    return StudyClient(results, workers)


LOOPBACK = "127.0.0.1"
CONNECTIONS = 64
SECONDS_TO_END = 1


def serve_explorer(
    bench: Workbench, workers: int, say: Callable[[str], None], *, browser: bool
) -> None:
    """Serve the workbench on a free port of the loopback interface until Ctrl-C; `say` is told the
    address.
    """
    studies = _prepare_studies(bench.results, workers)
    screen = Screen(bench, studies)
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, 0))
        listener.listen(
            CONNECTIONS
        )  # whoever opens the address at once waits instead of being turned away
        guard = Guard(build_application(screen), f"{LOOPBACK}:{listener.getsockname()[1]}")
        config = uvicorn.Config(
            guard,
            # No log of requests: the first address carries the token.
            log_level="critical",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            loop="asyncio",
            http="h11",
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=SECONDS_TO_END,
            # No proxy stands before it, so such headers could only be forged.
            proxy_headers=False,
        )
        studies.start()
        try:
            if bench.drafts:
                screen.run_ahead()
            say(guard.address)
            if browser:
                webbrowser.open(guard.address)
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            studies.close()
