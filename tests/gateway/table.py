"""Print what came of each situation, for two gateways side by side.

GATEWAY_OUTCOMES=ours.json python -m pytest tests/gateway
GATEWAY_OUTCOMES=other.json GATEWAY="…" python -m pytest tests/gateway
python tests/gateway/table.py renai=ours.json LiteLLM=other.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def cell(outcomes: list[str]) -> str:
    """Return what stands in the table for the variants of a situation."""
    right = outcomes.count("passed")
    judged = len(outcomes) - outcomes.count("skipped")
    if not judged:
        return "–"
    if right in (0, judged):
        return "yes" if right else "no"
    return f"{right} of {judged}"


def table(gateways: dict[str, dict[str, list[str]]]) -> str:
    """Return a table in Markdown; situations that only some judge have `–` for the others."""
    lines: list[str] = []
    group = ""
    for situation in dict.fromkeys(name for outcomes in gateways.values() for name in outcomes):
        its_group, _, text = situation.partition("\t")
        if its_group != group:
            group = its_group
            head = [
                f"\n| {group} | " + " | ".join(gateways) + " |",
                "|---|" + "---|" * len(gateways),
            ]
            lines += head
        cells = [cell(outcomes.get(situation, [])) for outcomes in gateways.values()]
        lines.append(f"| {text} | " + " | ".join(cells) + " |")
    return "\n".join(lines).strip()


def main() -> None:
    """Print the table."""
    named = dict(word.split("=", 1) for word in sys.argv[1:])
    print(table({name: json.loads(Path(path).read_text()) for name, path in named.items()}))  # noqa: T201


if __name__ == "__main__":
    main()
