"""What of a page is in the way of somebody, as axe-core finds it."""

import sys
from pathlib import Path

INSTALLED = Path(sys.prefix) / "clients"  # by scripts/prepare.py
ALL = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# A theme changes colours and nothing else.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def barriers(page):
    """Return what of a page axe-core finds in the way of somebody, in both themes."""
    so_far = len(page.complaints)
    axe = (INSTALLED / "node" / "node_modules" / "axe-core" / "axe.min.js").read_text()
    page.evaluate(f"() => {{ {axe} }}")
    found = []
    for scheme, rules in (("dark", COLOURS), ("light", ALL)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        told = page.evaluate("rules => axe.run(document, rules)", rules)
        found += [
            (scheme, each["id"], node["html"], node["failureSummary"])
            for each in told["violations"]
            for node in each["nodes"]
        ]
    del page.complaints[so_far:]  # axe tries styles of its own, which the policy refuses
    return found
