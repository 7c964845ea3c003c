"""The tables of docs/size.md, from what bench/size.py has measured."""
import sys

from report import markdown

MIB, GIB = 2**20, 2**30

# figure: what it is, and its unit (0: bytes)
TABLE = [
    ("value", "value of an order with two items, in the rows below that say nothing else", "bytes"),
    ("base", "ordersd at rest, 2 threads, 4 partitions, no database", "MiB"),
    ("thread", "each further thread of `stream.threads`, with its partition", "MiB"),
    ("partition", "each further partition, at rest", "MiB"),
    ("network", "network a second at rest, both ways together", "KiB"),
    ("backlog_peak", "the peak while a backlog is worked off, 2 threads, 4 partitions, all else its default", "MiB"),
    ("waiting_counted", "an order that waits, in memory: counted against `join.memory`", "bytes"),
    ("waiting_resident", "the same: what the process has grown by", "bytes"),
    ("decided_counted", "a decided order whose window is not over, in memory", "bytes"),
    ("waiting_disk", "an order that waits, on disk", "bytes"),
    ("waiting_disk_memory",
     "the same: what the process has grown by for all of them, within `join.memory` + `state.memory`", "MiB"),
    ("decided_disk", "a decided order whose window is not over, on disk", "bytes"),
    ("row", "a row of the table, on disk", "bytes"),
    ("answer", "an answer on its topic, from a producer that does not compress, in large batches", "bytes"),
    ("result_backlog", "a result on `orders`, of a backlog", "bytes"),
    ("result_steady", "a result on `orders`, at 200 orders/s", "bytes"),
    ("letter", "a dead letter (`unmatched`)", "bytes"),
    ("commit", "a commit of the join, on Kafka's own topics", "bytes"),
    ("items", "through the API, answered by `ordersctl simulate`: items of an order", ""),
    ("order_topic", "the same: `NEW` and result on `orders`", "bytes"),
    ("answer_topics", "the same: both answers", "bytes"),
    ("database_row", "the same: an order's row in PostgreSQL, with the room that is left for its result", "bytes"),
    ("database_indexes", "the same: its places in the indexes", "bytes"),
    ("database_item", "the same: an item, with its index", "bytes"),
    ("database_wal", "the same: PostgreSQL's log (WAL) of an order, from `NEW` to its result", "bytes"),
]


def shown(value, unit):
    if unit == "MiB":
        return f"{value / MIB:,.1f} MiB"
    if unit == "KiB":
        return f"{value / 2**10:,.0f} KiB"
    if unit == "bytes":
        return f"{value:,.0f} bytes"
    return f"{value:.1f}"


def figures_table(figures):
    return markdown(["figure", "value"], [[what, shown(figures[name], unit)] for name, what, unit in TABLE])


def example_table(figures):
    """The formulas of docs/size.md, with the numbers of its example."""
    mean, peak, window_s, kept_days, days = 10, 200, 60, 7, 365
    orders_a_day = mean * 86_400
    in_window = peak * 2 * window_s
    rows = [
        [f"join, in memory: {in_window:,} orders", f"{in_window * figures['decided_counted'] / MIB:,.0f} MiB"],
        [f"inputs, {kept_days} days, one copy", f"{orders_a_day * kept_days * 2 * figures['answer'] / GIB:,.1f} GiB"],
        ["`orders`, a year, compacted, one copy",
         f"{orders_a_day * days * figures['result_steady'] / GIB:,.0f} GiB"],
        ["the table, a year, each instance, with the room to write it anew",
         f"{orders_a_day * days * 2 * figures['row'] / GIB:,.0f} GiB"],
        ["PostgreSQL, a year, two items an order",
         f"{orders_a_day * days * database_bytes(figures) / GIB:,.0f} GiB"],
        ["PostgreSQL's log, a day", f"{orders_a_day * figures['database_wal'] / GIB:,.1f} GiB"],
        ["the outbox, an hour without the broker",
         f"{mean * 3_600:,} orders, nothing beside their rows worth counting"],
    ]
    return markdown(["what", "how much"], rows)


def database_bytes(figures, items=2):
    return figures["database_row"] + figures["database_indexes"] + items * figures["database_item"]


def measured_table(results):
    about = results["machine"]
    rows = [["orders", f"{results['orders']:,}"]]
    rows += [[name, str(about[key])] for key, name in (
        ("ordersd", "ordersd"), ("librdkafka", "librdkafka"), ("rocksdb", "RocksDB"), ("kafka", "broker: Kafka"),
        ("postgresql", "PostgreSQL"))]
    rows.append(["measured", f"{results['measured'][:10]}, in {results['minutes']:.0f} minutes"])
    return markdown(["", ""], rows)


def blocks(results):
    """The tables by the names of their markers."""
    figures = results["figures"]
    if not isinstance(figures, dict):
        sys.exit("these figures are not of scripts/bench.sh --size")
    return {"size": figures_table(figures), "example": example_table(figures), "measured": measured_table(results)}
