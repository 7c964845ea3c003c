"""The three systems that are measured, each as a program that can be started, watched, stopped and killed."""
import http.client
import json
import os
import shutil
import socket
import time

from processes import Failed, Process, now_us, run, wait_until

IDLE_SHARE = 0.05  # of a core


class System:
    """One installation of a system: topics with a prefix of its own, a folder of its own. Kafka Streams and the floor
    say on standard output when they run, in a line of JSON; ordersd is asked."""

    name = "?"

    def __init__(self, bench, prefix, folder):
        self.bench = bench
        self.prefix = prefix
        self.folder = folder
        self.log = os.path.join(folder, f"{self.name}.log")
        self.process = None
        self.running_us = None
        os.makedirs(folder, exist_ok=True)

    def prepare(self):
        """What must be done once before the first start; the topics of all systems are there."""

    def start(self):
        self.process = Process(self.name, self.command(), self.log, cwd=self.folder)

    def start_and_await(self, seconds=120):
        """Returns when it was running, in microseconds since the epoch."""
        self.start()
        return self.await_running(seconds)

    def await_event(self, seconds=300):
        """What it says when it has all its partitions and, Kafka Streams, when all its stores are restored."""
        def running():
            return [json.loads(line) for line in self.process.output().splitlines(True) if line.endswith("}\n")]

        return wait_until(running, seconds, f"{self.name} running", poll=0.02, process=self.process)[0]

    def await_running(self, seconds=120):
        return self.await_event(seconds)["at_us"]

    def begin(self):
        """From when on a backlog run counts, and the CPU time until then: all of it, from the start of the process."""
        self.running_us = self.await_running()
        return self.process.started_us, 0

    def start_to_running_s(self):
        return (self.running_us - self.process.started_us) / 1e6

    def stop(self):
        if self.process:
            self.process.stop()

    def kill(self):
        if self.process:
            self.process.kill()

    def wipe(self):
        """Removes its state."""
        self.kill()
        shutil.rmtree(os.path.join(self.folder, "state"), ignore_errors=True)

    def await_idle(self, seconds=300):
        """Until the process has used next to nothing of a core for 1.5 s: longer than the commit interval, so whatever
        follows a result (the table, the last commit) is done too. The same measure for all systems."""
        last = [self.process.cpu_seconds()]

        def idle():
            time.sleep(1.5)
            last.append(self.process.cpu_seconds())
            return last[-1] - last[-2] < 1.5 * IDLE_SHARE

        wait_until(idle, seconds, f"{self.name} becoming idle", poll=0, process=self.process)


class Ordersd(System):
    """ordersd with its defaults; `settings` holds what a scenario is about."""

    name = "ordersd"

    def __init__(self, bench, prefix, folder, settings=None):
        super().__init__(bench, prefix, folder)
        self.settings = {
            "application_id": prefix + "ordersd",
            "instance_id": "bench",
            "kafka": {"bootstrap_servers": bench.kafka.bootstrap},
            "topics": {
                "orders": prefix + "orders",
                "payments": prefix + "payment-orders",
                "stock": prefix + "stock-orders",
                "dead_letter": prefix + "recovererDLQ",
                "drained": prefix + "recovererDLQ-drained",
            },
            "state": {"directory": os.path.join(folder, "state")},
            "api": {"socket": os.path.join(folder, "api.sock")},
            "database": {"backend": "none"},
        }
        for section, values in (settings or {}).items():
            self.settings.setdefault(section, {}).update(values)
        self.config = os.path.join(folder, "ordersd.yaml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(to_yaml(self.settings))

    def command(self):
        return [self.bench.binary("ordersd"), "--config", self.config]

    def prepare(self):
        self.ctl("topics", "create")
        if self.settings["database"]["backend"] == "postgresql":
            self.ctl("db", "migrate")

    def ctl(self, *arguments):
        return run("ordersctl", [self.bench.binary("ordersctl"), "--config", self.config, *arguments],
                   os.path.join(self.folder, "ordersctl.log"))

    def get(self, path):
        """The answer's JSON, or None while there is none."""
        connection = UnixConnection(self.settings["api"]["socket"])
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            return json.loads(body) if response.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def await_running(self, seconds=120):
        wait_until(lambda: self.get("/readyz"), seconds, "ordersd being ready", poll=0.005, process=self.process)
        return now_us()

    def view(self, name):
        status = self.get("/api/status")
        return status["views"][name] if status else None

    def await_table(self, rows, seconds=300):
        """Until the table is at the end of its topic; then the number of its rows must be right."""
        def complete():
            table = self.view("table")
            return table and table["state"] == "current"

        wait_until(complete, seconds, "the table being complete", poll=0.01, process=self.process)
        at = now_us()
        count = self.get("/api/orders/store/count")
        if not count or count["count"] != rows:
            raise Failed(f"the table says {count}, and should have {rows} rows")
        return at

    def await_database(self, results, seconds=600):
        wait_until(lambda: (self.view("database") or {}).get("applied", 0) >= results, seconds,
                   "the database having all results", process=self.process)

    def await_waiting(self, records, seconds=900):
        """Until so many records wait in the join's buffer and everything that was read is committed."""
        def waiting():
            status = self.get("/api/status")
            return status and status["join"]["waiting"] >= records

        wait_until(waiting, seconds, f"{records} records waiting in the join", poll=0.2, process=self.process)
        self.await_idle()


class Streams(System):
    """The peer in bench/kafka_streams, with the flags of a JVM that a service of its kind is given."""

    name = "streams"
    JVM = ["-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]

    def __init__(self, bench, prefix, folder, flags=()):
        super().__init__(bench, prefix, folder)
        self.flags = list(flags)

    def command(self):
        streams = self.bench.streams
        jars = os.pathsep.join([os.path.join(streams, "classes"), os.path.join(streams, "libs", "*")])
        return ["java", *self.JVM, "-cp", jars, "ordersd.bench.Saga", "--bootstrap", self.bench.kafka.bootstrap,
                "--prefix", self.prefix, "--state", os.path.join(self.folder, "state"), *self.flags]

    def begin(self):
        """In its favour: the JVM's start does not count."""
        super().begin()
        return self.running_us, self.process.cpu_seconds()

class Floor(System):
    """A plain loop on librdkafka with the same transactions and nothing else."""

    name = "floor"

    def command(self):
        return self.bench.tools.floor(self.prefix)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def to_yaml(settings, depth=0):
    text = ""
    for name, value in settings.items():
        indent = "  " * depth + f"{name}:"
        text += f"{indent}\n{to_yaml(value, depth + 1)}" if isinstance(value, dict) else f"{indent} {value}\n"
    return text
