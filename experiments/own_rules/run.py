"""Where each pair shares its gain, do homes that ask for more than their due get more?

Runs a strategy and a clearing rule that stand in this folder, prints who gains, and how far it is from `expected.json`.
"""

import json
import sys
from pathlib import Path

import p2p

HERE = Path(__file__).parent


def main(out: str = "results/own_rules") -> int:
    """Run, compare with what is expected, and return the number of differences."""
    results = p2p.run(HERE / "scenario.toml", out)
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["kpis"]
    wrong = [name for name, (low, high) in expected.items() if not low <= results.kpis[name]["value"] <= high]
    saved = (results.reference.bills["total_neur"] - results.bills["total_neur"]) * 1e-9
    for strategy in results.run["scenario"]["population"]["strategies"]:
        print(f"{strategy:<24} saves {saved[results.bills['strategy'] == strategy].mean():6.3f} EUR a home")
    print(f"differs from expected.json: {', '.join(wrong) or 'nothing'}\nreport: {results.folder / 'report.html'}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
