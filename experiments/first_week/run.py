"""What does a local double auction do for a real rural feeder in a sunny week: who gains, and does the grid hold?

Runs the week with and without the local market, prints the answer, and says how far it is from `expected.json`.
"""

import json
import sys
from pathlib import Path

import p2p

HERE = Path(__file__).parent


def main(out: str = "results/first_week") -> int:
    """Run, compare with what is expected, and return the number of differences."""
    results = p2p.run(HERE / "scenario.toml", out)
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["kpis"]
    wrong = 0
    for name, (low, high) in expected.items():
        kpi = results.kpis[name]
        kept = low <= kpi["value"] <= high
        wrong += not kept
        print(f"{kpi['name']:<36} {kpi['value']:>10.2f} {kpi['unit']:<8} expected {low:g} to {high:g}{'' if kept else '   DIFFERS'}")
    print(f"report: {results.folder / 'report.html'}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
