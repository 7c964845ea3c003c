"""orders_bench: makes topics, loads answers, judges results. The same program for all systems."""
import json
import os

from processes import Failed, Process, now_us, run, wait_until


class Tools:
    def __init__(self, binary, bootstrap, folder):
        self.binary = binary
        self.bootstrap = bootstrap
        self.folder = folder
        self.count = 0
        self.running = []
        self.dated_to = {}  # by prefix: how far preload() has dated answers, in ms

    def end(self):
        """Ends what is left of a run."""
        for process in self.running:
            process.kill()
        self.running.clear()

    def spawn(self, verb, command):
        process = Process(f"orders_bench {verb}", command, self.log(verb))
        self.running.append(process)
        return process

    def command(self, verb, prefix, *arguments):
        return [self.binary, verb, "--bootstrap", self.bootstrap, "--prefix", prefix, *map(str, arguments)]

    def log(self, verb):
        self.count += 1
        return os.path.join(self.folder, f"{self.count:04}-{verb}.log")

    def run(self, verb, prefix, *arguments, seconds=600):
        return json.loads(run(f"orders_bench {verb}", self.command(verb, prefix, *arguments), self.log(verb), seconds))

    def create(self, prefix, partitions=4):
        self.run("setup", prefix, "--partitions", partitions)

    def delete(self, prefix):
        self.run("setup", prefix, "--delete")

    def preload(self, prefix, orders, first=1, spacing_us=50, answers="both"):
        """Both answers (or one side's) of `orders` orders, `spacing_us` apart, the last one dated now; after an earlier
        call later, if they must be to follow its orders: what is dated long before those would be late."""
        span_ms = orders * spacing_us // 1000
        start_ms = max(now_us() // 1000 - span_ms, self.dated_to.get(prefix, 0))
        self.dated_to[prefix] = start_ms + span_ms
        return self.run("load", prefix, "--orders", orders, "--first-id", first, "--spacing-us", spacing_us,
                        "--answers", answers, "--start-ms", start_ms)

    def start_load(self, prefix, orders, rate, first=1):
        """`rate` orders a second from now on, beside this program."""
        return self.spawn("load", self.command("load", prefix, "--orders", orders, "--first-id", first, "--rate", rate))

    def finish_load(self, process, seconds):
        """What it says of itself."""
        if process.wait(seconds) != 0:
            raise Failed(f"orders_bench load failed:\n{process.tail()}")
        return json.loads(process.output())

    def floor(self, prefix):
        return self.command("floor", prefix)

    def start_measure(self, prefix, orders, *arguments, first=1, idle=60):
        command = self.command("measure", prefix, "--orders", orders, "--first-id", first, "--timeout", 900,
                               "--idle", idle, *arguments)
        for tries in range(1, 6):
            try:
                return Measure(self, command)
            except Failed as failure:  # a topic that has just been made may not have its leader yet
                if tries == 5 or "leader" not in str(failure):
                    raise

    def check(self, prefix, orders, first=1, seconds=300):
        """Reads the results from the beginning: exactly one right one for each order, or Failed."""
        return self.start_measure(prefix, orders, first=first, idle=30).result(seconds)


class Measure:
    """A running `orders_bench measure`."""

    def __init__(self, tools, command):
        stem = os.path.join(tools.folder, f"{tools.count:04}-measure")
        self.ready = stem + ".ready"
        self.started = stem + ".started"
        self.process = tools.spawn("measure", [*command, "--ready", self.ready, "--started-file", self.started])
        wait_until(lambda: os.path.exists(self.ready), 60, "orders_bench measure being ready", poll=0.01,
                   process=self.process)

    def began(self, at_us):
        """Tells it when the process was killed: mode `first` counts from there."""
        with open(self.started + ".new", "w", encoding="ascii") as file:
            file.write(f"{at_us // 1000}\n")
        os.rename(self.started + ".new", self.started)

    def result(self, seconds, watched=None):
        """Its verdict; Failed unless every order has exactly one result, and the right one."""
        def ended():
            if watched is not None and not watched.process.alive():
                raise Failed(f"{watched.name} ended:\n{watched.process.tail()}")
            return not self.process.alive()

        try:
            wait_until(ended, seconds, "all results", poll=0.05)
        finally:
            self.process.kill()
        try:
            verdict = json.loads(self.process.output())
        except ValueError:
            raise Failed(f"orders_bench measure: {self.process.tail()}{self.process.output()}") from None
        if not verdict["ok"] or verdict["foreign"]:
            raise Failed("the results are not right: " + json.dumps(verdict))
        return verdict
