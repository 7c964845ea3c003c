"""The scenarios, one for each row of docs/benchmarks.md. Each gives, for every system in it: its name, the figures that
it measures, and a function of the round's number that measures them: (figures, details), or None for nothing."""
import contextlib
import statistics
import time
from typing import Callable, NamedTuple

from processes import AnonymousPeak, Failed, now_us, say, wait_until
from systems import Floor, Ordersd, Streams


class Scenario(NamedTuple):
    name: str
    text: str
    systems: Callable


THROUGHPUT = ("throughput", "cpu", "memory", "memory_anonymous")
LATENCY = ("latency_p50", "latency_p90", "latency_p99", "latency_p999", "latency_max", "rate_cpu", "rate_memory",
           "rate_memory_anonymous")
OUTCOMES = ("CONFIRMED/null", "REJECTED/INVENTORY", "ROLLBACK/PAYMENT", "ROLLBACK/INVENTORY")


# --- a backlog, no database ------------------------------------------------------------------------------------------

def work_off(bench, installation, orders, first=1, beside=contextlib.nullcontext):
    """Everything waits in the topics; the system starts and works it off. `first`: the first order's number; what was
    in the results' topic before is left out. `beside()` goes on meanwhile, once
    the system runs."""
    measure = bench.tools.start_measure(installation.prefix, orders, "--from-end", first=first)
    installation.start()
    peak = AnonymousPeak(installation.process)
    begun_us, cpu_before = installation.begin()
    with beside():
        verdict = measure.result(600, installation)
    installation.await_idle()
    figures = {
        "throughput": orders / (verdict["last_at_ms"] * 1000 - begun_us) * 1e6,
        "cpu": (installation.process.cpu_seconds() - cpu_before) / orders * 1e6,
        "memory": installation.process.memory_mib()["VmHWM"],
        "memory_anonymous": peak.stop(),
    }
    if verdict["first_to_last_s"] >= 1:  # in less there are too few commits to tell a rate from them
        figures["throughput_steady"] = verdict["orders_per_s_first_to_last"]
    return figures, {"orders": orders, "start_to_running_s": installation.start_to_running_s(),
                     "cpu_before_s": cpu_before, "verdict": verdict}


def throughput(bench):
    def measured(kind):
        def run(number):
            installation = bench.new(kind)
            bench.tools.preload(installation.prefix, bench.sizes.orders)
            outcome = work_off(bench, installation, bench.sizes.orders)
            installation.stop()
            if number == bench.sizes.rounds and kind is not Floor:  # `restore` goes on with it
                bench.made[kind.name] = installation
                bench.installations.remove(installation)
            return outcome
        return run

    return [(kind.name, THROUGHPUT, measured(kind)) for kind in (Ordersd, Streams, Floor)]


def warm_up(bench):
    """The broker's first transactions are slow (topics to make, code to compile): no run should pay for them. With a
    fifth of a backlog the first run of all was still slower than those that followed, whoever's it was."""
    say("warming the broker")
    for _ in range(2):
        installation = bench.new(Floor)
        bench.tools.preload(installation.prefix, bench.sizes.orders)
        work_off(bench, installation, bench.sizes.orders)
        installation.stop()
        bench.remove_all()


# --- a backlog, until PostgreSQL has all -----------------------------------------------------------------------------

def rows_of_jdbc_service(orders):
    return ("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, status text, source text);"
            f"INSERT INTO orders SELECT n, n, 'NEW' FROM generate_series(1, {orders}) n")


def check_rows(bench, database, verdict):
    """The rows' statuses must be those of the results; returns when the last row was committed, in microseconds."""
    rows = bench.postgres.sql(database, """
        SELECT status || '/' || coalesce(source, 'null'), count(*) FROM orders GROUP BY 1""")
    found = {name: int(count) for name, count in rows}
    wanted = {name: verdict[name] for name in OUTCOMES if verdict[name]}
    if found != wanted:
        raise Failed(f"the database has {found}, and should have {wanted}")
    last = bench.postgres.sql(
        database, "SELECT (extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) * 1000000)::bigint FROM orders")
    return int(last[0][0])


def database(bench):
    figures = ("database_throughput", "database_published")

    def measured(kind, orders):
        def run(number):
            name = f"{kind.name}_{number}"
            bench.postgres.create(name)
            if kind is Ordersd:
                settings = {"database": {"backend": "postgresql", "url": bench.postgres.url(name)}}
                installation = bench.new(Ordersd, settings)
                bench.postgres.sql(name, "INSERT INTO orders (id, customer_id, status) "
                                         f"SELECT n, n, 'NEW' FROM generate_series(1, {orders}) n")
            else:
                installation = bench.new(Streams, ["--db", bench.postgres.jdbc_url(name)])
                bench.postgres.sql(name, rows_of_jdbc_service(orders))
            bench.postgres.sql(name, "VACUUM ANALYZE")
            bench.postgres.sql(name, "CHECKPOINT")
            bench.tools.preload(installation.prefix, orders)
            measure = bench.tools.start_measure(installation.prefix, orders)
            installation.start()
            begun_us, _ = installation.begin()
            verdict = measure.result(600, installation)
            if kind is Ordersd:
                installation.await_database(orders)
            last_row_us = check_rows(bench, name, verdict)
            installation.stop()
            bench.postgres.drop(name)
            published_us = verdict["last_at_ms"] * 1000
            measured_figures = {"database_throughput": orders / (max(last_row_us, published_us) - begun_us) * 1e6,
                                "database_published": orders / (published_us - begun_us) * 1e6}
            return measured_figures, {"orders": orders, "verdict": verdict}
        return run

    return [("ordersd", figures, measured(Ordersd, bench.sizes.database_orders)),
            ("streams", figures, measured(Streams, bench.sizes.jdbc_orders))]


# --- a steady rate ---------------------------------------------------------------------------------------------------

def latency(bench):
    sizes = bench.sizes

    def measured(kind, *arguments):
        def run(_number):
            installation = bench.new(kind, *arguments)
            orders = sizes.rate * (sizes.warmup + sizes.seconds)
            installation.start_and_await()
            peak = AnonymousPeak(installation.process)
            measure = bench.tools.start_measure(installation.prefix, orders, "--mode", "latency", "--warmup",
                                                sizes.warmup)
            cpu, begun_us = installation.process.cpu_seconds(), now_us()
            load = bench.tools.start_load(installation.prefix, orders, sizes.rate)
            verdict = measure.result(sizes.warmup + sizes.seconds + 120, installation)
            cpu, seconds = installation.process.cpu_seconds() - cpu, (now_us() - begun_us) / 1e6
            loaded = bench.tools.finish_load(load, 60)
            figures = {name: verdict[name.removeprefix("latency_") + "_ms"] for name in LATENCY[:5]}
            figures["rate_cpu"] = cpu / seconds * 100
            figures["rate_memory"] = installation.process.memory_mib()["VmHWM"]
            figures["rate_memory_anonymous"] = peak.stop()
            installation.stop()
            return figures, {"orders": orders, "verdict": verdict, "load": loaded}
        return run

    return [("ordersd", LATENCY, measured(Ordersd)),
            ("streams_1s", LATENCY, measured(Streams, ["--commit-ms", "1000"])),
            ("streams_100ms", LATENCY, measured(Streams, ["--commit-ms", "100"])),
            ("floor", LATENCY, measured(Floor))]


# --- kill -9 and restart in place ------------------------------------------------------------------------------------

def kill_and_restart(bench, installation, before, figure, after_s):
    """`before` orders lie in the topics; more come at a steady rate for `after_s` after a kill in their middle."""
    sizes = bench.sizes
    warm_s = max(5, sizes.seconds // 4)
    live = sizes.rate * (warm_s + after_s)
    if before:
        bench.tools.preload(installation.prefix, before)
    installation.start_and_await()
    if before:
        bench.tools.check(installation.prefix, before)
    load = bench.tools.start_load(installation.prefix, live, sizes.rate, first=before + 1)
    time.sleep(warm_s)
    measure = bench.tools.start_measure(installation.prefix, live, "--from-end", "--mode", "first", first=before + 1,
                                        idle=after_s + 30)
    time.sleep(0.5)
    killed_us = now_us()
    installation.kill()
    installation.start()
    measure.began(killed_us)
    first = measure.result(after_s, installation)
    installation.await_running()
    bench.tools.finish_load(load, warm_s + after_s + 60)
    verdict = bench.tools.check(installation.prefix, before + live)
    installation.stop()
    return {figure: first["first_result_s"]}, {"orders": before + live, "first": first, "verdict": verdict}


def restart(bench):
    def measured(kind, after_s):
        def run(number):
            if kind is Streams and number > 1:
                return None  # it waits for its session of 45 s: once is enough to show it
            return kill_and_restart(bench, bench.new(kind), 0, "restart", after_s)
        return run

    return [("ordersd", ("restart",), measured(Ordersd, 10)), ("streams", ("restart",), measured(Streams, 80))]


def restart_buffered(bench):
    def run(_number):
        # The buffer holds what lies within the window: so many orders need a longer one than 10 s at this rate.
        installation = bench.new(Ordersd, {"join": {"window": "PT10M"}})
        return kill_and_restart(bench, installation, bench.sizes.buffered_orders, "restart_buffered", 15)

    return [("ordersd", ("restart_buffered",), run)]


# --- the table -------------------------------------------------------------------------------------------------------

def restore(bench):
    figures = ("restore", "restore_rate")
    orders = bench.sizes.restore_orders

    def prepared(kind):
        """A stopped installation that has published `orders` results."""
        installation = bench.new(kind)
        bench.tools.preload(installation.prefix, orders)
        work_off(bench, installation, orders)
        installation.stop()
        return installation

    def measured(kind):
        def run(_number):
            installation = bench.once(kind.name, lambda: prepared(kind))
            installation.wipe()
            installation.start()
            details = {"rows": orders}
            if kind is Ordersd:
                at_us = installation.await_table(orders)
            else:
                event = installation.await_event()
                at_us = event["at_us"]
                details["restored"] = event["restored"]
                if event["restored"] < orders:
                    raise Failed(f"Kafka Streams restored {event['restored']} records, and the table has {orders}")
            installation.await_idle()
            installation.stop()
            seconds = (at_us - installation.process.started_us) / 1e6
            return {"restore": seconds, "restore_rate": orders / seconds}, details
        return run

    return [(kind.name, figures, measured(kind)) for kind in (Ordersd, Streams)]


def large_table(bench):
    """A running ordersd with many rows: its `orders` is a topic that was loaded directly, with one side's answers."""
    def make():
        say(f"  loading {bench.sizes.rows:,} rows")
        rows = bench.new(Floor)
        bench.tools.preload(rows.prefix, bench.sizes.rows, answers="stock")
        installation = bench.new(Ordersd, {"topics": {"orders": rows.prefix + "stock-orders"}})
        installation.start()
        installation.await_table(bench.sizes.rows, 900)
        return installation

    return bench.once("large_table", make)


def kept(bench):
    def run(_number):
        installation = large_table(bench)
        installation.kill()
        installation.start()
        at_us = installation.await_table(bench.sizes.rows)
        return {"kept": (at_us - installation.process.started_us) / 1e6}, {"rows": bench.sizes.rows}

    return [("ordersd", ("kept",), run)]


def pages(bench):
    rows = bench.sizes.rows
    deep = rows * 9 // 10

    def measured(after_of):
        def run(_number):
            installation = large_table(bench)
            seconds = []
            for page in range(bench.sizes.pages):
                after = after_of(page)
                begun = time.perf_counter()
                answer = installation.get("/api/orders/store?limit=100" + (f"&after={after}" if after else ""))
                seconds.append(time.perf_counter() - begun)
                found = [row["key"] for row in answer["rows"]] if answer else None
                if found != list(range(after + 1, after + 101)):
                    raise Failed(f"the page after {after} is not right: {str(found)[:200]}")
            return {"list": statistics.median(seconds) * 1e3}, {"rows": rows, "pages": bench.sizes.pages}
        return run

    # Spread over the last tenth of the table, in no order: hardly two pages share a block.
    spread = max((rows - deep) // bench.sizes.pages, 1)
    return [("list_first", ("list",), measured(lambda page: 0)),
            ("list_deep", ("list",), measured(lambda page: deep + page * 7919 % bench.sizes.pages * spread - 100)),
            ("list_deep_same", ("list",), measured(lambda page: deep))]


# --- a window of 24 hours --------------------------------------------------------------------------------------------

def window(bench):
    sizes = bench.sizes
    figures = ("window", "window_from_start", "window_ready")
    loaded = {}  # orders, by the installation's name

    def prepared(name, settings, waiting):
        installation = bench.new(Ordersd, settings)
        loaded[name] = waiting
        if waiting:
            say(f"  {waiting:,} payments that wait for their stock answer")
            # A millisecond apart: they lie back for more than an hour, and none leaves the window meanwhile.
            bench.tools.preload(installation.prefix, waiting, spacing_us=1_000, answers="payments")
            installation.start_and_await()
            installation.await_waiting(waiting)
            installation.stop()
        return installation

    def measured(name, settings, waiting):
        def run(_number):
            installation = bench.once(name, lambda: prepared(name, settings, waiting))
            installation.kill()  # a failed round may have left it
            first = loaded[name] + 1
            loaded[name] += sizes.window_orders
            bench.tools.preload(installation.prefix, sizes.window_orders, first=first)
            outcome, details = work_off(bench, installation, sizes.window_orders, first)
            status = installation.get("/api/status")
            if status["join"]["waiting"] != waiting:
                raise Failed(f"{status['join']['waiting']} records wait, and not {waiting}")
            installation.stop()
            details["memory_mib"] = outcome["memory"]
            return {"window": outcome.get("throughput_steady", outcome["throughput"]),
                    "window_from_start": outcome["throughput"], "window_ready": details["start_to_running_s"]}, details
        return run

    return [("ordersd_10s", figures, measured("10s", None, 0)),
            ("ordersd_24h", figures, measured("24h", {"join": {"window": "PT24H"}}, sizes.rows))]


ALL = [
    Scenario("throughput", "a backlog, no database", throughput),
    Scenario("database", "a backlog, until PostgreSQL has all", database),
    Scenario("latency", "a steady rate", latency),
    Scenario("restart", "kill -9 at a steady rate", restart),
    Scenario("restart_buffered", "kill -9 with many orders buffered", restart_buffered),
    Scenario("restore", "the table wiped and made again", restore),
    Scenario("kept", "start after kill -9 with a large table", kept),
    Scenario("list", "pages of the large table", pages),
    Scenario("window", "a window of 24 h with many orders waiting", window),
]
