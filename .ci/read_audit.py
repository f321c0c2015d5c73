"""Say what pip-audit found: `read_audit.py FILE`; fails where a weakness is known.

A package that the list of known weaknesses does not have is not audited, and that is said.
"""

import json
import sys
from pathlib import Path


def judge(found: list[dict]) -> tuple[list[str], int]:
    """Lines to print, and the exit code."""
    audited = [each for each in found if "skip_reason" not in each]
    if not audited:
        return ["the list of known weaknesses cannot be reached here: nothing was audited"], 0
    lines = [
        f"{each['name']} {each['version']}: {weak['id']}, mended in"
        f" {', '.join(weak.get('fix_versions') or ['no version yet'])}"
        for each in audited
        for weak in each.get("vulns", ())
    ]
    left = [each["name"] for each in found if "skip_reason" in each]
    lines += [f"not audited: {', '.join(left)}"] * bool(left)
    weak = sum(bool(each.get("vulns")) for each in audited)
    lines.append(f"{len(audited)} packages audited, {weak} with known weaknesses")
    return lines, int(weak > 0)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    read = json.loads(file.read_text(encoding="utf-8"))["dependencies"] if file.is_file() else []
    said, code = judge(read)
    sys.stdout.write("\n".join([*said, ""]))
    sys.exit(code)
