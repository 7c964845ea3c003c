"""What is measured, what it is compared with, and the summary of all rounds. The names are those of the JSON."""
import statistics

# figure: (what it is, unit, digits)
FIGURES = {
    "throughput": ("orders/s, no database", "orders/s", 0),
    "throughput_steady": ("the same from the first commit on", "orders/s", 0),
    "cpu": ("CPU per million orders, no database", "s", 1),
    "memory": ("peak memory while a backlog is worked off", "MiB", 0),
    "memory_anonymous": ("of that, without mapped files", "MiB", 0),
    "database_throughput": ("orders/s until PostgreSQL has them all", "orders/s", 0),
    "database_published": ("orders/s until all are published, with PostgreSQL", "orders/s", 0),
    "latency_p50": ("latency, median", "ms", 1),
    "latency_p90": ("latency, 90 %", "ms", 1),
    "latency_p99": ("latency, 99 %", "ms", 1),
    "latency_p999": ("latency, 99.9 %", "ms", 1),
    "latency_max": ("latency, the longest", "ms", 1),
    "rate_cpu": ("CPU at 1,000 orders/s", "% of a core", 1),
    "rate_memory": ("peak memory at 1,000 orders/s", "MiB", 0),
    "rate_memory_anonymous": ("of that, without mapped files", "MiB", 0),
    "restart": ("kill -9 to the first new committed result", "s", 2),
    "restart_buffered": ("the same with many orders buffered", "s", 2),
    "restore": ("start with the table wiped, to its being complete", "s", 2),
    "restore_rate": ("rows/s of that", "rows/s", 0),
    "kept": ("start after kill -9 with a large table, to its being complete", "s", 2),
    "window": ("orders/s from the first commit on", "orders/s", 0),
    "window_from_start": ("orders/s from the start of the process", "orders/s", 0),
    "window_ready": ("start to running", "s", 2),
    "list": ("a page of 100 rows", "ms", 2),
}

SYSTEMS = {
    "ordersd": "ordersd",
    "streams": "Kafka Streams",
    "floor": "floor (librdkafka)",
    "streams_1s": "Kafka Streams, commit 1 s",
    "streams_100ms": "Kafka Streams, commit 100 ms",
    "ordersd_10s": "ordersd, window 10 s",
    "ordersd_24h": "ordersd, window 24 h, orders waiting",
    "list_first": "first page",
    "list_deep": "pages deep in the table",
    "list_deep_same": "one page deep in the table, again and again",
}

# (name, what, figure, system, compared with (None: the value itself), at least or at most, bar, aim)
BARS = [
    ("throughput", "orders/s against Kafka Streams", "throughput", "ordersd", "streams", ">=", 10, 20),
    ("throughput_of_floor", "orders/s against the floor", "throughput", "ordersd", "floor", ">=", None, 0.8),
    ("database", "orders/s until PostgreSQL has them all, against Kafka Streams with JDBC",
     "database_throughput", "ordersd", "streams", ">=", 15, 30),
    ("cpu", "CPU per order against Kafka Streams", "cpu", "ordersd", "streams", "<=", 1 / 12, 1 / 20),
    ("memory", "peak memory against Kafka Streams, backlog", "memory", "ordersd", "streams", "<=", 1 / 3, 1 / 4),
    ("rate_memory", "peak memory against Kafka Streams, 1,000 orders/s",
     "rate_memory", "ordersd", "streams_1s", "<=", 1 / 5, 1 / 10),
    ("latency", "p99 against Kafka Streams, commit 1 s", "latency_p99", "ordersd", "streams_1s", "<=", 1 / 10, None),
    ("latency_100ms", "p99 against Kafka Streams, commit 100 ms",
     "latency_p99", "ordersd", "streams_100ms", "<=", 1 / 2, None),
    ("latency_p99", "p99 in ms", "latency_p99", "ordersd", None, "<=", None, 50),
    ("restart", "restart in place, s", "restart", "ordersd", None, "<=", 3, 1),
    ("restart_buffered", "restart in place with many orders buffered, s", "restart_buffered", "ordersd",
     None, "<=", 5, 2),
    ("restore", "restoring the table, against Kafka Streams", "restore_rate", "ordersd", "streams", ">=", 5, None),
    ("kept", "start after kill -9 with a large table, s", "kept", "ordersd", None, "<=", 3, None),
    ("window", "orders/s with a window of 24 h and many waiting, against 10 s",
     "window", "ordersd_24h", "ordersd_10s", ">=", 0.5, 0.8),
    ("list", "a page deep in the table against the first", "list", "list_deep", "list_first", "<=", 2, 1),
]


def summarize(runs):
    """A row for each figure of each system: median, spread, every round's value; and how many rounds failed."""
    rows = {}
    for run in runs:
        for figure, value in run["figures"].items():
            if value is None:  # of a failed run: what it would have measured
                row = rows.setdefault((figure, run["system"]), {"values": [], "failed": 0})
                row["failed"] += 1
            else:
                row = rows.setdefault((figure, run["system"]), {"values": [], "failed": 0})
                row["values"].append(value)
    summary = []
    for (figure, system), row in rows.items():
        values = row["values"]
        summary.append({
            "figure": figure,
            "system": system,
            "unit": FIGURES[figure][1],
            "median": statistics.median(values) if values else None,
            "min": min(values, default=None),
            "max": max(values, default=None),
            "values": values,
            "failed": row["failed"],
        })
    return summary


def compare(summary):
    """Each bar, with what was reached."""
    medians = {(row["figure"], row["system"]): row["median"] for row in summary}
    comparisons = []
    for name, what, figure, system, other, direction, bar, aim in BARS:
        value = medians.get((figure, system))
        reference = medians.get((figure, other)) if other else 1
        reached = value / reference if value is not None and reference else None
        comparisons.append({
            "name": name, "what": what, "figure": figure, "system": system, "against": other, "direction": direction,
            "bar": bar, "aim": aim, "reached": reached,
            "bar_met": met(reached, direction, bar), "aim_met": met(reached, direction, aim),
        })
    return comparisons


def met(reached, direction, limit):
    if reached is None or limit is None:
        return None
    return reached >= limit if direction == ">=" else reached <= limit


def number(value, digits):
    return "–" if value is None else f"{value:,.{digits}f}"


def factor(value):
    """A ratio as people read it: 12.3 or 1/25."""
    if value is None:
        return "–"
    if 0 < value < 0.5:
        return f"1/{1 / value:.{0 if value < 0.05 else 1}f}"
    return f"{value:.{1 if value >= 10 else 2}f}"
