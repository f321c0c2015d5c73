"""YAML as it was parsed the last time, which JSON gives back in a hundredth of the time.

Kept where compiled loops are kept (NUMBA_CACHE_DIR, else beside the module), tied to the text and
to the parser by a checksum. What is damaged, of another text or cannot be kept is parsed anew.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import ruamel.yaml
from ruamel.yaml import YAML


def load_parsed(file: Path) -> Any:
    """Content of a YAML file."""
    text = file.read_text(encoding="utf-8")
    kept, mark = _find_place(file), _sum(f"{ruamel.yaml.__version__} {text}")
    with suppress(OSError, ValueError):
        head, body = kept.read_text(encoding="utf-8").split("\n", 1)
        # Two sums: of the text that was parsed, and of what was kept of it.
        if head == f"{mark} {_sum(body)}":
            return json.loads(body)
    content = YAML(typ="safe").load(text)
    _keep(content, kept, mark)
    return content


def _find_place(file: Path) -> Path:
    folder = os.environ.get("NUMBA_CACHE_DIR") or file.parent / "__pycache__"
    return Path(folder) / f"{file.stem}.parsed.json"


def _sum(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _keep(content: Any, kept: Path, mark: str) -> None:
    # What JSON has no word for (a date, keys that are numbers) is parsed every time; a folder that
    # cannot be written is no reason to fail.
    with suppress(OSError, TypeError):
        body = json.dumps(content)
        if json.loads(body) != content:
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: another process never reads half a file.
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        beside.write_text(f"{mark} {_sum(body)}\n{body}", encoding="utf-8")
        beside.replace(kept)
