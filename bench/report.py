"""The figures as text, and as tables and plots in docs/benchmarks.md."""
import json
import os
import re
import sys

from figures import FIGURES, SYSTEMS, factor, number
from plots import bars
from processes import say

# plot: (title, figures that are its bars, logarithmic)
PLOTS = {
    "throughput": ("A backlog, no database", ["throughput"], False),
    "cpu": ("CPU per million orders, no database", ["cpu"], False),
    "memory": ("Peak memory", ["memory", "rate_memory"], False),
    "database": ("A backlog, until PostgreSQL has all", ["database_throughput"], False),
    "latency": ("Latency at a steady rate", ["latency_p50", "latency_p99", "latency_p999"], True),
    "restart": ("kill -9 to the first new committed result", ["restart", "restart_buffered"], True),
    "restore": ("Start with the table wiped", ["restore"], False),
    "kept": ("Start after kill -9 with a large table", ["kept"], False),
    "window": ("A backlog with a window of 10 s, and of 24 h with orders waiting", ["window"], False),
    "list": ("A page of the table", ["list"], False),
}

# table: the figures in it
TABLES = {
    "throughput": ["throughput", "throughput_steady"],
    "cpu": ["cpu", "rate_cpu"],
    "memory": ["memory", "memory_anonymous", "rate_memory", "rate_memory_anonymous"],
    "database": ["database_throughput", "database_published"],
    "latency": ["latency_p50", "latency_p90", "latency_p99", "latency_p999", "latency_max"],
    "restart": ["restart", "restart_buffered"],
    "restore": ["restore", "restore_rate"],
    "kept": ["kept"],
    "window": ["window", "window_from_start", "window_ready"],
    "list": ["list"],
}

MACHINE = [("cpu", "processor"), ("cores", "cores"), ("memory_gib", "memory, GiB"), ("kernel", "kernel"),
           ("system", "system"), ("ordersd", "ordersd"), ("librdkafka", "librdkafka"), ("rocksdb", "RocksDB"),
           ("kafka", "broker: Kafka"), ("kafka_streams", "Kafka Streams"), ("java", "Java"),
           ("postgresql", "PostgreSQL")]


def rows_of(results, names):
    return [row for name in names for row in results["figures"] if row["figure"] == name]


def cells(row):
    what, unit, digits = FIGURES[row["figure"]]
    spread = f"{number(row['min'], digits)} to {number(row['max'], digits)}" if len(row["values"]) > 1 else ""
    return [what, SYSTEMS[row["system"]], f"{number(row['median'], digits)} {unit}", spread,
            str(len(row["values"])) + (f", {row['failed']} failed" if row["failed"] else "")]


def bar_cells(comparison):
    def shown(value):
        return factor(value) if comparison["against"] else number(value, 1 if value and value >= 10 else 2)

    def limit(value):
        if value is None:
            return ""
        return ("at least " if comparison["direction"] == ">=" else "at most ") + shown(value)

    verdict = {True: "yes", False: "no", None: ""}
    return [comparison["what"], shown(comparison["reached"]), limit(comparison["bar"]), verdict[comparison["bar_met"]],
            limit(comparison["aim"]), verdict[comparison["aim_met"]]]


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


FIGURE_HEADER = ["figure", "system", "median", "lowest to highest", "rounds"]
BAR_HEADER = ["figure", "reached", "bar", "met", "to aim for", "met"]


def text(results):
    """For the terminal."""
    def columns(rows):
        widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)

    figures = [FIGURE_HEADER] + [cells(row) for row in results["figures"]]
    reached = [BAR_HEADER] + [bar_cells(one) for one in results["comparisons"] if one["reached"] is not None]
    return columns(figures) + "\n\n" + columns(reached)


def machine_table(results):
    rows = [[what, str(results["machine"].get(name, ""))] for name, what in MACHINE]
    rows.append(["measured", f"{results['measured'][:10]}, in {results['minutes']:.0f} minutes"])
    return markdown(["", ""], rows)


def sizes_table(results):
    sizes = results["sizes"]
    rows = [["orders in a backlog", sizes["orders"]], ["of these, with PostgreSQL: ordersd", sizes["database_orders"]],
            ["of these, with PostgreSQL: Kafka Streams", sizes["jdbc_orders"]],
            ["rows of the large table; orders waiting in 24 h", sizes["rows"]],
            ["orders buffered at a restart", sizes["buffered_orders"]],
            ["orders/s of the steady rate", sizes["rate"]],
            ["seconds of a latency run, after a warm-up of " + str(sizes["warmup"]), sizes["seconds"]]]
    return markdown(["size", ""], [[what, f"{value:,}"] for what, value in rows])


def block(results, name):
    """What stands between the markers of that name; None when it was not measured."""
    if name == "machine":
        return machine_table(results)
    if name == "sizes":
        return sizes_table(results)
    if name == "bars":
        return markdown(BAR_HEADER, [bar_cells(one) for one in results["comparisons"]])
    rows = rows_of(results, TABLES[name])
    return markdown(FIGURE_HEADER, [cells(row) for row in rows]) if rows else None


def plot(results, name):
    title, names, log = PLOTS[name]
    rows = [row for row in rows_of(results, names) if row["values"]]
    if not rows:
        return None
    if len(names) > 1:  # bars of one system together
        rows.sort(key=lambda row: list(SYSTEMS).index(row["system"]))
    _, unit, digits = FIGURES[names[0]]
    short = {"latency_p50": "median", "latency_p99": "99 %", "latency_p999": "99.9 %", "memory": "backlog",
             "rate_memory": "1,000/s", "restart": "", "restart_buffered": "many buffered"}
    labelled = []
    for row in rows:
        more = short.get(row["figure"], "") if len(names) > 1 else ""
        labelled.append({**row, "label": SYSTEMS[row["system"]] + (f", {more}" if more else "")})
    return bars(title, unit, labelled, digits, log)


def load(file):
    """What write_json() has written."""
    with open(file, encoding="utf-8") as saved:
        results = json.load(saved)
    if results.get("format") != 1:
        sys.exit(f"{file} is not of scripts/bench.sh --json")
    return results


def write_json(results, file):
    text_of_json = json.dumps(results, indent=1) + "\n"
    if file == "-":
        sys.stdout.write(text_of_json)
        return
    with open(file, "w", encoding="utf-8") as out:
        out.write(text_of_json)


def write_page(file, content_of):
    """Puts what `content_of` gives for a name (None: it stays) between the markers of that name."""
    with open(file, encoding="utf-8") as old:
        page = old.read()
    for name in re.findall(r"<!-- measured: (\w+) -->", page):
        content = content_of(name)
        if content is None:
            say(f"not measured, left as it is: {name}")
            continue
        pattern = rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)"
        page, count = re.subn(pattern, lambda match, text=content: f"{match[1]}{text}\n{match[2]}", page,
                              flags=re.DOTALL)
        if count != 1:
            sys.exit(f"{file}: {count} places for {name}, each with its end")
    with open(file, "w", encoding="utf-8") as new:
        new.write(page)


def write_docs(results, docs):
    write_page(os.path.join(docs, "benchmarks.md"), lambda name: block(results, name))
    folder = os.path.join(docs, "benchmarks")
    os.makedirs(folder, exist_ok=True)
    for name in PLOTS:
        drawing = plot(results, name)
        if drawing is not None:
            with open(os.path.join(folder, name + ".svg"), "w", encoding="utf-8") as out:
                out.write(drawing)
