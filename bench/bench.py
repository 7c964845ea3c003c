"""What the scenarios share: servers, sizes, the runs' records, and the order of the rounds."""
import os
import shutil
import tempfile

from processes import Failed, say
from servers import Kafka, Postgres
from tools import Tools


class Sizes:
    """How much is measured. The defaults are those of the published figures."""

    def __init__(self, orders=1_000_000, rows=5_000_000, seconds=20, rounds=3):
        self.rounds = rounds
        self.orders = orders                      # preloaded
        self.database_orders = orders * 3 // 10
        self.jdbc_orders = orders * 4 // 100      # a system that takes its time shows its rate with fewer, too
        self.restore_orders = orders
        self.buffered_orders = orders * 4 // 10
        self.window_orders = orders
        self.rows = rows                          # in the table; waiting in the window of 24 h
        self.rate = 1_000                         # orders/s
        self.seconds = seconds                    # of a latency run, after its warm-up
        self.warmup = max(3, seconds // 2)
        self.pages = 200

    def json(self):
        return dict(vars(self))


class Bench:
    def __init__(self, root, folder, sizes, keep=False):
        self.root = root
        self.sizes = sizes
        self.keep = keep
        self.folder = tempfile.mkdtemp(prefix="ordersd-bench-", dir=folder)
        os.chmod(self.folder, 0o711)  # PostgreSQL's account passes through
        self.binaries = os.path.join(root, "build", "release", "bin")
        self.streams = os.path.join(root, "build", "kafka_streams")
        self.runs = []
        self.installations = []  # that the current run has made
        self.made = {}  # what several runs share: see once()
        self.names = 0
        self.kafka = self.tools = self._postgres = None
        try:
            self.kafka = Kafka(os.path.join(self.folder, "kafka"), os.path.join(root, "build", "kafka", "libs"))
            os.makedirs(os.path.join(self.folder, "tools"))
            self.tools = Tools(self.binary("orders_bench"), self.kafka.bootstrap, os.path.join(self.folder, "tools"))
        except BaseException:
            self.close()
            raise

    def binary(self, name):
        return os.path.join(self.binaries, name)

    @property
    def postgres(self):
        if self._postgres is None:
            self._postgres = Postgres(os.path.join(self.folder, "postgres"))
        return self._postgres

    def new(self, system, *arguments, partitions=4):
        """A fresh installation of a system: new topics, new folder. It goes when the run is over, unless once() keeps
        it."""
        self.names += 1
        prefix = f"b{self.names}-"
        self.tools.create(prefix, partitions)
        installation = system(self, prefix, os.path.join(self.folder, f"{self.names:03}-{system.name}"), *arguments)
        self.installations.append(installation)
        installation.prepare()
        return installation

    def once(self, key, make):
        """What `make` gives, made at the first call and kept for later runs. A failure is kept, too."""
        if key not in self.made:
            before = len(self.installations)
            try:
                self.made[key] = make()
            except Failed as failure:
                self.made[key] = failure
                raise
            self.keep_from(before)
        if isinstance(self.made[key], Failed):
            raise self.made[key]
        return self.made[key]

    def keep_from(self, index):
        """The installations made since then are not removed with their run."""
        del self.installations[index:]

    def remove(self, installation):
        installation.kill()
        self.tools.delete(installation.prefix)
        if not self.keep:
            shutil.rmtree(installation.folder, ignore_errors=True)

    def remove_all(self):
        """What a run has started and made."""
        self.tools.end()
        for installation in self.installations:
            self.remove(installation)
        self.installations.clear()

    def record(self, scenario, system, round_number, figures, details):
        self.runs.append({"scenario": scenario, "system": system, "round": round_number, "ok": True,
                          "figures": figures, **details})
        say(f"  {system}: " + ", ".join(f"{name} {value:,.2f}" for name, value in figures.items()))

    def record_failure(self, scenario, system, round_number, figures, reason):
        reason = reason.replace(self.folder + "/", "").replace(self.root + "/", "")
        self.runs.append({"scenario": scenario, "system": system, "round": round_number, "ok": False,
                          "figures": dict.fromkeys(figures), "reason": reason})
        say(f"  {system} FAILED: {reason}")

    def measure(self, scenario):
        """All rounds of a scenario; the systems take turns, and every other round goes through them backwards."""
        systems = list(scenario.systems(self))
        for number in range(1, self.sizes.rounds + 1):
            say(f"{scenario.name}, round {number} of {self.sizes.rounds}: {scenario.text}")
            for system, figures, measured in systems if number % 2 else reversed(systems):
                self.measure_once(scenario, system, number, figures, measured)

    def measure_once(self, scenario, system, number, figures, measured):
        try:
            outcome = measured(number)
            if outcome is not None:  # not measured in this round
                self.record(scenario.name, system, number, *outcome)
        except Failed as failure:
            self.record_failure(scenario.name, system, number, figures, str(failure))
        finally:
            self.remove_all()

    def close(self):
        """Everything that runs here dies with its owner; the folder is all that is left."""
        if self._postgres is not None:
            self._postgres.close()
        for installation in self.installations + list(self.made.values()):
            if not isinstance(installation, Failed):
                installation.kill()
        if self.tools is not None:
            self.tools.end()
        if self.kafka is not None:
            self.kafka.close()
        if self.keep:
            say(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
