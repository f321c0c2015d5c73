"""Look at a built site: every link leads somewhere, nothing is fetched: check.py FOLDER."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Targets(HTMLParser):
    """What a page points to, what it loads, and what can be pointed to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep addresses and names."""
        given = {key: value or "" for key, value in attrs}
        self.names |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in {"script", "img", "iframe"} and "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") in {"stylesheet", "icon", "preload"}:
            self.loaded.append(given.get("href", ""))


def read_page(path: Path) -> Targets:
    """The addresses of one page."""
    page = Targets()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def find_faults(site: Path) -> list[str]:
    """Every link that leads nowhere and everything that a page would fetch from elsewhere."""
    pages = {path.resolve(): read_page(path) for path in sorted(site.rglob("*.html"))}
    faults = []
    for path, page in pages.items():
        where = path.relative_to(site.resolve())
        faults += [f"{where} fetches {each}" for each in page.loaded if _is_elsewhere(each)]
        if where.name == "404.html":
            continue
        for link in [*page.links, *page.loaded]:
            if not link.startswith("data:") and not _is_elsewhere(link):
                faults += [f"{where} points to {link}"] * _is_dead(path, link, pages)
    return faults


def _is_elsewhere(link: str) -> bool:
    return bool(urlsplit(link).scheme and not link.startswith("data:")) or link.startswith("//")


def _is_dead(path: Path, link: str, pages: dict[Path, Targets]) -> bool:
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    target = target / "index.html" if target.is_dir() else target
    if not target.exists():
        return True
    name = unquote(parts.fragment)
    return bool(name) and target in pages and name not in pages[target].names and name != "__top"


if __name__ == "__main__":
    found = find_faults(Path(sys.argv[1]))
    sys.stdout.write("\n".join(found or ["every link works, and nothing is fetched"]) + "\n")
    sys.exit(bool(found))
