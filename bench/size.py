"""Measures what an order takes in memory, on disk, on the topics and in PostgreSQL. For scripts/bench.sh --size."""
import argparse
import os
import re
import signal
import sys
import time

import machine
import report
import scenarios
from bench import Bench, Sizes
from processes import Failed, now_us, run, say, wait_until
from servers import Postgres
from size_page import blocks
from systems import Ordersd

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
A_DAY = {"window": "PT24H"}  # nothing leaves the join meanwhile
STEADY_RATE, STEADY_SECONDS = 200, 10
REST_SECONDS = 3
MOVING_ON = 64  # records that carry the time of all partitions on


# --- looking ---------------------------------------------------------------------------------------------------------

def folder_bytes(folder):
    """What its files occupy."""
    return sum(os.stat(os.path.join(at, name)).st_blocks * 512 for at, _, names in os.walk(folder) for name in names)


def log_bytes(bench, *topics):
    """The records of these topics, as the broker keeps them; without its indexes, which it makes large beforehand."""
    data = os.path.join(bench.kafka.folder, "data")
    return sum(os.path.getsize(os.path.join(data, partition, name))
               for partition in os.listdir(data) if partition.rpartition("-")[0] in topics
               for name in os.listdir(os.path.join(data, partition)) if name.endswith(".log"))


def internal_bytes(bench):
    return log_bytes(bench, "__consumer_offsets", "__transaction_state")


def resident(installation):
    """Anonymous memory, in bytes, once it has come to rest. Many threads that have nothing to do are never idle enough
    for await_idle()."""
    seen = [installation.process.memory_mib()["RssAnon"]]

    def at_rest():
        time.sleep(1)
        seen.append(installation.process.memory_mib()["RssAnon"])
        return max(seen[-3:]) - min(seen[-3:]) < 0.25 and len(seen) > 2

    wait_until(at_rest, 60, "memory at rest", poll=0, process=installation.process)
    return seen[-1] * 2**20


def state_bytes(installation, part):
    return folder_bytes(os.path.join(installation.folder, "state", installation.settings["application_id"], part))


def workers(installation):
    status = installation.get("/api/status")
    return status["join"]["workers"] if status else []


def buffer_bytes(installation):
    """What counts against join.memory."""
    return sum(task["buffer_bytes"] for worker in workers(installation) for task in worker["tasks"])


def commits(installation):
    return sum(worker["commits"] for worker in workers(installation))


# --- ordersd and the broker ------------------------------------------------------------------------------------------

def idle_memory(bench, threads=2, partitions=4):
    installation = bench.new(Ordersd, {"stream": {"threads": threads}}, partitions=partitions)
    installation.start_and_await()
    memory = resident(installation)
    installation.stop()
    return memory


def network_bytes(process):
    """What has gone over its TCP connections, both ways."""
    sockets = run("ss", ["ss", "-tinpHO"], process.log + ".ss").splitlines()
    return sum(int(count) for line in sockets if f"pid={process.pid}," in line
               for count in re.findall(r"bytes_(?:sent|received):(\d+)", line))


def network_at_rest(bench):
    """Of a second."""
    installation = bench.new(Ordersd)
    installation.start_and_await()
    time.sleep(REST_SECONDS)
    before, begun_us = network_bytes(installation.process), now_us()
    time.sleep(REST_SECONDS)
    rate = (network_bytes(installation.process) - before) / (now_us() - begun_us) * 1e6
    installation.stop()
    return rate


def idle(bench, _):
    base = idle_memory(bench)
    return {"base": base,
            "network": network_at_rest(bench),
            "thread": (idle_memory(bench, threads=8, partitions=8) - idle_memory(bench, partitions=8)) / 6,
            "partition": (idle_memory(bench, partitions=28) - base) / 24}


def waiting_in(bench, store, orders):
    """Payments whose stock answers do not come. The installation, and by how much its memory has grown."""
    installation = bench.new(Ordersd, {"join": {**A_DAY, "store": store, "memory": room_for(store, orders)}})
    installation.start_and_await()
    before = resident(installation)
    loaded = bench.tools.preload(installation.prefix, orders, spacing_us=1_000, answers="payments")
    installation.await_waiting(orders)
    return installation, resident(installation) - before, loaded


def room_for(store, orders):
    return f"{max(orders * 4 // 1024, 256)}MiB" if store == "memory" else "256MiB"


def waiting_in_memory(bench, orders):
    installation, grown, loaded = waiting_in(bench, "memory", orders)
    figures = {"value": loaded["value_bytes"], "waiting_counted": buffer_bytes(installation) / orders,
               "waiting_resident": grown / orders,
               "answer": log_bytes(bench, installation.prefix + "payment-orders") / orders}
    installation.stop()
    return figures


def waiting_on_disk(bench, orders):
    installation, grown, _ = waiting_in(bench, "disk", orders)
    installation.stop()
    return {"waiting_disk": state_bytes(installation, "join") / orders, "waiting_disk_memory": grown}


def decided(bench, store, orders):
    """Both answers of every order are there, and its window is not over."""
    installation = bench.new(Ordersd, {"join": {**A_DAY, "store": store, "memory": room_for(store, orders)}})
    bench.tools.preload(installation.prefix, orders)
    scenarios.work_off(bench, installation, orders)
    return installation


def decided_in_memory(bench, orders):
    installation = decided(bench, "memory", orders)
    figures = {"decided_counted": buffer_bytes(installation) / orders}
    installation.stop()
    return figures


def decided_on_disk(bench, orders):
    installation = decided(bench, "disk", orders)
    installation.stop()
    return {"decided_disk": state_bytes(installation, "join") / orders}


def backlog(bench, orders):
    """As an installation with the defaults meets it after an outage."""
    installation = bench.new(Ordersd)
    bench.tools.preload(installation.prefix, orders)
    figures, _ = scenarios.work_off(bench, installation, orders)
    installation.await_table(orders)
    installation.stop()
    return {"backlog_peak": figures["memory_anonymous"] * 2**20, "row": state_bytes(installation, "table") / orders,
            "result_backlog": log_bytes(bench, installation.prefix + "orders") / orders}


def steady(bench, _):
    """Few orders in each transaction: what a commit costs beside them."""
    installation = bench.new(Ordersd)
    installation.start_and_await()
    installation.await_idle()
    internal, committed = internal_bytes(bench), commits(installation)
    orders = STEADY_RATE * STEADY_SECONDS
    load = bench.tools.start_load(installation.prefix, orders, STEADY_RATE)
    bench.tools.finish_load(load, STEADY_SECONDS + 60)
    bench.tools.check(installation.prefix, orders)
    installation.await_idle()
    figures = {"result_steady": log_bytes(bench, installation.prefix + "orders") / orders,
               "commit": (internal_bytes(bench) - internal) / max(commits(installation) - committed, 1)}
    installation.stop()
    return figures


def dead_letters(bench, orders):
    """Payments of an hour ago, and stock answers of other orders from now: the payments are unmatched."""
    letters = max(orders // 10, 1_000)
    installation = bench.new(Ordersd)
    bench.tools.run("load", installation.prefix, "--orders", letters, "--answers", "payments",
                    "--start-ms", now_us() // 1000 - 3_600_000)
    bench.tools.preload(installation.prefix, MOVING_ON, first=letters + 1, answers="stock")
    installation.start_and_await()

    def unmatched():
        status = installation.get("/api/status")
        return status and status["join"]["fates"]["unmatched"] >= letters

    wait_until(unmatched, 120, "the dead letters", process=installation.process)
    installation.await_idle()
    figures = {"letter": log_bytes(bench, installation.prefix + "recovererDLQ") / letters}
    installation.stop()
    return figures


# --- whole orders, with PostgreSQL -----------------------------------------------------------------------------------

def database_sizes(postgres, name):
    row = postgres.sql(name, """
        SELECT count(*), (SELECT count(*) FROM order_items), pg_table_size('orders'), pg_indexes_size('orders'),
               pg_total_relation_size('order_items') FROM orders""")[0]
    return dict(zip(("orders", "items", "rows", "indexes", "item_bytes"), map(int, row)))


def wal_position(postgres, name):
    return int(postgres.sql(name, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")[0][0])


def whole_orders(bench, orders):
    """Created through the API, announced, answered, decided: NEW and result on `orders`, row, items, outbox."""
    orders = max(orders // 20, 1_000)
    postgres = Postgres(os.path.join(bench.folder, "postgres-size"), {"full_page_writes": "on"})
    try:
        postgres.create("size")
        installation = bench.new(Ordersd, {"database": {"backend": "postgresql", "url": postgres.url("size")}})
        installation.start_and_await()
        postgres.sql("size", "CHECKPOINT")
        begin = wal_position(postgres, "size")
        installation.ctl("simulate", "--make", str(orders), "--count", str(orders), "--payment-reject", "10",
                         "--stock-reject", "10", "--verify")
        installation.await_database(orders)
        installation.await_idle()
        wal = wal_position(postgres, "size") - begin
        sizes = database_sizes(postgres, "size")
        installation.stop()
    finally:
        postgres.close()
    if sizes["orders"] != orders:
        raise Failed(f"the database has {sizes['orders']} orders, and should have {orders}")
    topic = installation.prefix
    return {"database_row": sizes["rows"] / orders, "database_indexes": sizes["indexes"] / orders,
            "database_item": sizes["item_bytes"] / sizes["items"], "database_wal": wal / orders,
            "items": sizes["items"] / orders, "order_topic": log_bytes(bench, topic + "orders") / orders,
            "answer_topics": log_bytes(bench, topic + "payment-orders", topic + "stock-orders") / orders}


ALL = {"idle": idle, "waiting_in_memory": waiting_in_memory, "waiting_on_disk": waiting_on_disk,
       "decided_in_memory": decided_in_memory, "decided_on_disk": decided_on_disk, "backlog": backlog, "steady": steady,
       "dead_letters": dead_letters, "whole_orders": whole_orders}


# --- the program -----------------------------------------------------------------------------------------------------

def measure(chosen):
    begun = time.time()
    bench = Bench(ROOT, chosen.folder, Sizes(orders=chosen.orders), chosen.keep)
    figures = {}
    try:
        for name, measured in ALL.items():
            say(name.replace("_", " "))
            found = measured(bench, chosen.orders)
            say("  " + ", ".join(f"{figure} {value:,.0f}" for figure, value in found.items()))
            figures |= found
            bench.remove_all()
        about = machine.describe(bench)
    finally:
        bench.close()
    return {"format": 1, "measured": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun)),
            "minutes": round((time.time() - begun) / 60, 1), "orders": chosen.orders, "machine": about,
            "figures": figures}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh --size", description=__doc__)
    parser.add_argument("--orders", type=int, help="that wait, are decided, are rows (500,000)")
    parser.add_argument("--quick", action="store_true", help="50,000 of them")
    parser.add_argument("--json", metavar="FILE", default="-", help="where the figures go; - for standard output (-)")
    parser.add_argument("--docs", action="store_true", help="write the tables of docs/size.md anew")
    parser.add_argument("--from", dest="saved", metavar="FILE", help="measure nothing: take the figures of --json")
    parser.add_argument("--folder", help="where topics, databases and state lie meanwhile ($TMPDIR)")
    parser.add_argument("--keep", action="store_true", help="leave that folder, with all logs")
    chosen = parser.parse_args()
    if chosen.orders is None:
        chosen.orders = 50_000 if chosen.quick else 500_000
    if chosen.orders < 1_000:
        parser.error("--orders must be at least 1,000")
    return chosen


def main():
    chosen = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))  # so that everything is stopped
    try:
        results = report.load(chosen.saved) if chosen.saved else measure(chosen)
    except Failed as failure:
        sys.exit(f"scripts/bench.sh --size: {failure}")
    report.write_json(results, chosen.json)
    if chosen.docs:
        report.write_page(os.path.join(ROOT, "docs", "size.md"), blocks(results).get)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
