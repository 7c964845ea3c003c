"""Measures ordersd, Kafka Streams and the floor side by side. For scripts/bench.sh, which builds what it needs."""
import argparse
import os
import signal
import sys
import time

import figures
import machine
import report
import scenarios
from bench import Bench, Sizes
from processes import say

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAMES = [scenario.name for scenario in scenarios.ALL]


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("--only", metavar="A,B", help="these scenarios: " + ", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="of every scenario (3)")
    parser.add_argument("--orders", type=int, help="in a backlog (1,000,000); other sizes follow")
    parser.add_argument("--rows", type=int, help="of the large table, and orders waiting in 24 h (5,000,000)")
    parser.add_argument("--seconds", type=int, help="of a latency run (20)")
    parser.add_argument("--quick", action="store_true", help="one small round of everything, to see that it works")
    parser.add_argument("--json", metavar="FILE", help="all figures, every round's included; - for standard output")
    parser.add_argument("--docs", action="store_true", help="write tables and plots of docs/benchmarks.md anew")
    parser.add_argument("--from", dest="saved", metavar="FILE", help="measure nothing: take the figures of --json")
    parser.add_argument("--folder", help="where topics, databases and state lie meanwhile ($TMPDIR)")
    parser.add_argument("--keep", action="store_true", help="leave that folder, with all logs")
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",") if chosen.only else NAMES
    for name in set(chosen.only) - set(NAMES):
        parser.error(f"there is no scenario {name}; there are: {', '.join(NAMES)}")
    for name in ("rounds", "orders", "rows", "seconds"):
        if getattr(chosen, name) is not None and getattr(chosen, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return chosen


def sizes_of(chosen):
    quick = {"orders": 100_000, "rows": 200_000, "seconds": 5, "rounds": 1} if chosen.quick else {}
    given = {name: getattr(chosen, name) for name in ("orders", "rows", "seconds", "rounds") if getattr(chosen, name)}
    return Sizes(**{**quick, **given})


def measure(chosen):
    sizes = sizes_of(chosen)
    begun = time.time()
    bench = Bench(ROOT, chosen.folder, sizes, chosen.keep)
    try:
        scenarios.warm_up(bench)
        for scenario in scenarios.ALL:
            if scenario.name in chosen.only:
                bench.measure(scenario)
    finally:
        bench.close()
    summary = figures.summarize(bench.runs)
    return {
        "format": 1,
        "measured": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun)),
        "minutes": round((time.time() - begun) / 60, 1),
        "machine": machine.describe(bench),
        "sizes": sizes.json(),
        "figures": summary,
        "comparisons": figures.compare(summary),
        "runs": bench.runs,
    }


def load(file):
    results = report.load(file)
    # With today's bars, whatever they were when it was measured.
    results["comparisons"] = figures.compare(results["figures"])
    return results


def main():
    chosen = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))  # so that everything is stopped
    results = load(chosen.saved) if chosen.saved else measure(chosen)
    if chosen.json:
        report.write_json(results, chosen.json)
    if chosen.json != "-":
        print(report.text(results))
    if chosen.docs:
        report.write_docs(results, os.path.join(ROOT, "docs"))
    failed = [run for run in results["runs"] if not run["ok"]]
    for run in failed:
        say(f"failed: {run['scenario']} {run['system']}, round {run['round']}: {run['reason'].splitlines()[0]}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
