"""Measures the HTTP API with wrk. For bench/api.sh, which builds what it needs."""
import argparse
import contextlib
import json
import os
import secrets
import signal
import statistics
import sys
import time

import machine
import report
import scenarios
from bench import Bench, Sizes
from processes import Failed, Process, free_port, say
from systems import Ordersd

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRIPT = os.path.join(ROOT, "bench", "api.lua")
CONNECTIONS = (1, 64)
READS = 2_000  # a second
SPACING_US = 4  # so that all of a backlog lies within the window


class Api:
    """An ordersd that listens on TCP, and wrk against it."""

    def __init__(self, bench, settings=None):
        self.bench = bench
        self.token = secrets.token_hex(16)
        self.file = os.path.join(bench.folder, f"token-{self.token[:8]}")
        with open(os.open(self.file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(self.token + "\n")
        self.address = f"127.0.0.1:{free_port()}"
        self.ordersd = bench.new(Ordersd, {**(settings or {}),
                                           "api": {"listen": self.address, "token_file": self.file}})

    def wrk(self, threads, connections, seconds, *arguments):
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", SCRIPT,
                   f"http://{self.address}", "--", self.token, *arguments]
        process = Process("wrk", command, os.path.join(self.ordersd.folder, "wrk.log"))
        self.bench.tools.running.append(process)  # should the run fail
        return process


def result_of(wrk):
    """What bench/api.lua says at the end."""
    if wrk.wait(60) != 0:
        raise Failed(f"wrk failed:\n{wrk.tail()}{wrk.output()}")
    result = json.loads(wrk.output().splitlines()[-1])
    if result["bad"] or result["errors"]:
        raise Failed(f"not every request was answered as it should be: {json.dumps(result)}")
    return result


# --- new orders ------------------------------------------------------------------------------------------------------

def written_so_far(postgres, database):
    """Orders, and transactions of the whole server that wrote something (each has a number)."""
    row = postgres.sql(database, "SELECT (SELECT count(*) FROM orders), pg_snapshot_xmax(pg_current_snapshot())")[0]
    return int(row[0]), int(row[1])


def post(bench, number, connections, seconds):
    """A fresh database; orders from so many connections for so long, after a warm-up."""
    name = f"api_{number}_{connections}"
    bench.postgres.create(name)
    api = Api(bench, {"database": {"backend": "postgresql", "url": bench.postgres.url(name)}})
    api.ordersd.start_and_await()
    threads = min(connections, 2)
    result_of(api.wrk(threads, connections, 2, "posts"))
    orders_before, transactions_before = written_so_far(bench.postgres, name)
    cpu = api.ordersd.process.cpu_seconds()
    wrk = api.wrk(threads, connections, seconds, "posts")
    result = result_of(wrk)
    cpu = api.ordersd.process.cpu_seconds() - cpu
    orders, transactions = written_so_far(bench.postgres, name)
    orders -= orders_before
    if not result["good"] <= orders <= result["good"] + connections:  # wrk hangs up in the middle of the last ones
        raise Failed(f"{result['good']} orders were said to be created, and {orders} are there")
    intake = api.ordersd.get("/api/status")["intake"]
    api.ordersd.stop()
    bench.postgres.drop(name)
    return {"connections": connections, "orders_per_s": result["good"] / result["seconds"],
            "transactions_per_order": (transactions - transactions_before) / orders,
            "p50_ms": result["p50_ms"], "p99_ms": result["p99_ms"], "cpu_us_per_order": cpu / orders * 1e6,
            "intake": intake}


def posts(bench, chosen):
    runs = []
    for number in range(1, chosen.rounds + 1):
        for connections in CONNECTIONS if number % 2 else reversed(CONNECTIONS):
            run = {"round": number, **measured(bench, lambda c=connections: post(bench, number, c, chosen.seconds))}
            say(f"  posts, {connections} connections: {run['orders_per_s']:,.0f} orders/s, "
                f"{run['transactions_per_order']:.3f} transactions an order, p99 {run['p99_ms']:.1f} ms")
            runs.append(run)

    def median(figure, connections):
        return statistics.median(run[figure] for run in runs if run["connections"] == connections)

    few, many = CONNECTIONS
    summary = {f"{figure}_{connections}": median(figure, connections)
               for figure in ("orders_per_s", "transactions_per_order", "p99_ms") for connections in CONNECTIONS}
    summary["gain"] = summary[f"orders_per_s_{many}"] / summary[f"orders_per_s_{few}"]
    return {"seconds": chosen.seconds, "summary": summary, "runs": runs}


# --- point reads beside the join -------------------------------------------------------------------------------------

class Reader:
    """Reads rows 1 to `rows` while it is entered."""

    def __init__(self, api, rows):
        self.api = api
        self.rows = rows
        self.wrk = self.result = None

    def __enter__(self):
        self.wrk = self.api.wrk(1, 16, 3600, "reads", str(READS), "1", str(self.rows))

    def __exit__(self, kind, *_):
        if kind is None:
            self.wrk.child.send_signal(signal.SIGINT)  # it says what it has done
            self.result = result_of(self.wrk)


def backlog(bench, orders, with_reads):
    """A table of `orders` rows is there; as many orders more are worked off, with or without reads of those rows."""
    api = Api(bench)
    bench.tools.preload(api.ordersd.prefix, orders, spacing_us=SPACING_US)
    scenarios.work_off(bench, api.ordersd, orders)
    api.ordersd.stop()
    bench.tools.preload(api.ordersd.prefix, orders, first=orders + 1, spacing_us=SPACING_US)
    reader = Reader(api, orders)
    figures, _ = scenarios.work_off(bench, api.ordersd, orders, orders + 1,
                                    (lambda: reader) if with_reads else contextlib.nullcontext)
    run = {"with_reads": with_reads, "orders_per_s": figures["throughput"]}
    if with_reads:
        run |= {"reads_per_s": reader.result["good"] / reader.result["seconds"],
                "read_p50_ms": reader.result["p50_ms"], "read_p99_ms": reader.result["p99_ms"]}
    api.ordersd.stop()
    return run


def reads(bench, chosen):
    runs = []
    for number in range(1, chosen.rounds + 1):
        for with_reads in (False, True) if number % 2 else (True, False):
            run = {"round": number, **measured(bench, lambda w=with_reads: backlog(bench, chosen.orders, w))}
            beside = f", beside {run['reads_per_s']:,.0f} reads/s" if with_reads else ""
            say(f"  {run['orders_per_s']:,.0f} orders/s{beside}")
            runs.append(run)

    def of(number, with_reads):
        return next(run for run in runs if run["round"] == number and run["with_reads"] == with_reads)

    numbers = range(1, chosen.rounds + 1)
    with_them = [run for run in runs if run["with_reads"]]
    summary = {
        "kept": statistics.median(of(n, True)["orders_per_s"] / of(n, False)["orders_per_s"] for n in numbers),
        "orders_per_s": statistics.median(run["orders_per_s"] for run in runs if not run["with_reads"]),
        "orders_per_s_with_reads": statistics.median(run["orders_per_s"] for run in with_them),
        "reads_per_s": statistics.median(run["reads_per_s"] for run in with_them),
        "read_p99_ms": statistics.median(run["read_p99_ms"] for run in with_them),
    }
    return {"orders": chosen.orders, "summary": summary, "runs": runs}


ALL = {"posts": posts, "reads": reads}


def measured(bench, run):
    """A run's figures; its installations go, whatever becomes of it."""
    before = len(bench.installations)
    try:
        return run()
    finally:
        bench.tools.end()
        for installation in bench.installations[before:]:
            bench.remove(installation)
        bench.keep_from(before)


def arguments():
    parser = argparse.ArgumentParser(prog="bench/api.sh", description=__doc__)
    parser.add_argument("--only", metavar="A,B", default=",".join(ALL), help="these: " + ", ".join(ALL))
    parser.add_argument("--rounds", type=int, default=5, help="of each (5); the variants take turns")
    parser.add_argument("--seconds", type=int, default=10, help="of a run of posts (10)")
    parser.add_argument("--orders", type=int, default=1_000_000, help="of a backlog that is read beside (1,000,000)")
    parser.add_argument("--json", metavar="FILE", default="-", help="where all figures go; - for standard output (-)")
    parser.add_argument("--folder", help="where topics, databases and state lie meanwhile ($TMPDIR)")
    parser.add_argument("--keep", action="store_true", help="leave that folder, with all logs")
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",")
    for name in set(chosen.only) - set(ALL):
        parser.error(f"there is no {name}; there are: {', '.join(ALL)}")
    for name in ("rounds", "seconds", "orders"):
        if getattr(chosen, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return chosen


def main():
    chosen = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))  # so that everything is stopped
    begun = time.time()
    results = {"format": 1, "measured": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun))}
    bench = Bench(ROOT, chosen.folder, Sizes(orders=chosen.orders), chosen.keep)
    try:
        results["machine"] = machine.describe(bench)
        scenarios.warm_up(bench)
        for name in chosen.only:
            say(name)
            results[name] = ALL[name](bench, chosen)
    except Failed as failure:
        sys.exit(f"bench/api.sh: {failure}")
    finally:
        bench.close()
    results["minutes"] = round((time.time() - begun) / 60, 1)
    report.write_json(results, chosen.json)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
