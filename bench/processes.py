"""Child processes, and what the kernel tells of them."""
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """A run that went wrong: it is reported, and never averaged in."""


def now_us():
    return time.time_ns() // 1000


def say(text):
    print(f"bench: {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def wait_until(condition, seconds, what, poll=0.05, process=None):
    """Asks until `condition` gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if process is not None and not process.alive():
            raise Failed(f"{process.name} ended while {what} was awaited:\n{process.tail()}")
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s" + (f"\n{process.tail()}" if process else ""))
        time.sleep(poll)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A program that runs beside this one, and ends with it. Standard error goes to LOG, standard output to LOG.out."""

    def __init__(self, name, command, log, user=None, cwd=None):
        self.name = name
        self.log = log
        self.out = log + ".out"
        as_user = user if user and os.geteuid() == 0 else None
        self.started_us = now_us()
        with open(self.log, "ab") as err, open(self.out, "wb") as out:
            self.child = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd,
                user=as_user, group=as_user, extra_groups=[] if as_user else None,
                preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self.pid = self.child.pid

    def alive(self):
        return self.child.poll() is None

    def kill(self):
        if self.alive():
            self.child.kill()
        self.child.wait()

    def stop(self, seconds=60, number=signal.SIGTERM):
        if self.alive():
            self.child.send_signal(number)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} does not stop within {seconds} s:\n{self.tail()}") from None

    def wait(self, seconds):
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} takes longer than {seconds} s:\n{self.tail()}") from None

    def output(self):
        with open(self.out, encoding="utf-8", errors="replace") as file:
            return file.read()

    def tail(self, lines=15):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def cpu_seconds(self):
        """User and system time so far, that of ended children too."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / TICKS

    def memory_mib(self):
        """Peak of the resident memory, and its anonymous part now (without mapped files)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        return {name: int(lines[name].split()[0]) / 1024 for name in ("VmHWM", "RssAnon")}


class AnonymousPeak:
    """The peak of RssAnon, which the kernel does not keep: sampled ten times a second."""

    def __init__(self, process):
        self.process = process
        self.peak = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._sample, daemon=True)
        self.thread.start()

    def _sample(self):
        while not self.over.wait(0.1):
            try:
                self.peak = max(self.peak, self.process.memory_mib()["RssAnon"])
            except (OSError, KeyError):  # it has ended
                return

    def stop(self):
        self.over.set()
        self.thread.join()
        return self.peak


def run(name, command, log, seconds=300, **options):
    """Runs a program to its end and returns its standard output."""
    process = Process(name, command, log, **options)
    try:
        code = process.wait(seconds)
    finally:
        process.kill()
    if code != 0:
        raise Failed(f"{name} failed with {code}: {' '.join(map(str, command))}\n{process.tail()}"
                     f"{process.output()[-2000:]}")
    return process.output()
