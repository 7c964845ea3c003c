"""The servers that the benchmarks run on: one KRaft broker, one PostgreSQL. Started on free ports, gone afterwards."""
import os
import pwd
import shutil
import signal
import socket
import struct

from processes import Failed, Process, free_port, run, wait_until

POSTGRES = "/usr/lib/postgresql/15/bin"
SUPERUSER = "postgres"  # PostgreSQL refuses to run as root

# What Kafka's own start script gives a broker.
BROKER_JVM = ["-server", "-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
              "-XX:InitiatingHeapOccupancyPercent=35", "-Djava.awt.headless=true", "-Dlog4j2.level=WARN"]


def broker_properties(port, controller_port, data):
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "log.retention.ms": "-1",  # as ordersd wants its topics; nothing goes during a run anyway
        # One node.
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # Internal topics with few partitions: they are made at the first use, which would be measured.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        # A run's topics are deleted after it; their files should not fill the disk.
        "log.segment.delete.delay.ms": "1000",
    }


def answers(port):
    """Whether a broker answers an ApiVersions request there (key 18, version 0, a null client id)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.settimeout(1)
            connection.sendall(struct.pack(">ihhih", 10, 18, 0, 1, -1))
            return connection.recv(4) != b""
    except OSError:
        return False


class Kafka:
    def __init__(self, folder, libs):
        port = free_port()
        self.folder = folder
        self.bootstrap = f"127.0.0.1:{port}"
        os.makedirs(folder)
        file = os.path.join(folder, "broker.properties")
        with open(file, "w", encoding="ascii") as out:
            for name, value in broker_properties(port, free_port(), os.path.join(folder, "data")).items():
                out.write(f"{name}={value}\n")
        java = ["java", *BROKER_JVM, "-cp", os.path.join(libs, "*")]
        run("kafka format", [*java, "kafka.tools.StorageTool", "format", "-t", "b3JkZXJzZC1iZW5jaC0wMQ", "-c", file],
            os.path.join(folder, "format.log"))
        self.process = Process("kafka", [*java, "kafka.Kafka", file], os.path.join(folder, "broker.log"), cwd=folder)
        wait_until(lambda: answers(port), 60, "the Kafka broker", process=self.process)

    def close(self):
        self.process.kill()


class Postgres:
    """With the settings of a new installation, but for these."""

    SETTINGS = {
        "listen_addresses": "127.0.0.1",
        "dynamic_shared_memory_type": "mmap",
        "timezone": "UTC",
        # The disk should not be what is measured. A commit for every row gains most from this: see docs/benchmarks.md.
        "fsync": "off",
        "full_page_writes": "off",
        # When each row was committed is read from here: the same measure for all systems, without asking meanwhile.
        "track_commit_timestamp": "on",
    }

    def __init__(self, folder, settings=None):
        if not os.path.exists(f"{POSTGRES}/postgres"):
            raise Failed(f"no PostgreSQL in {POSTGRES}: scripts/setup.sh --test installs it")
        os.makedirs(folder)
        if os.geteuid() == 0:
            user = pwd.getpwnam(SUPERUSER)
            os.chown(folder, user.pw_uid, user.pw_gid)
        self.folder = folder
        self.port = free_port()
        data = os.path.join(folder, "data")
        run("initdb", [f"{POSTGRES}/initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C",
                       "--no-instructions"], folder + ".initdb.log", user=SUPERUSER, cwd=folder)
        settings = {**self.SETTINGS, **(settings or {}), "port": self.port, "unix_socket_directories": folder}
        command = [f"{POSTGRES}/postgres", "-D", data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.process = Process("postgres", command, folder + ".log", user=SUPERUSER, cwd=folder)
        wait_until(self._ready, 60, "PostgreSQL", process=self.process)

    def _ready(self):
        try:
            with open(os.path.join(self.folder, "data", "postmaster.pid"), encoding="ascii") as file:
                lines = file.read().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].startswith("ready")

    def sql(self, database, text, seconds=600):
        """Columns separated by '|'; a list of lists of strings."""
        command = [f"{POSTGRES}/psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p",
                   self.port, "-U", SUPERUSER, "-d", database, "-c", text]
        output = run("psql", command, self.folder + ".psql.log", seconds, cwd="/")
        return [line.split("|") for line in output.splitlines()]

    def create(self, database):
        self.sql("postgres", f'CREATE DATABASE "{database}"')

    def drop(self, database):
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def url(self, database):
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def jdbc_url(self, database):
        return f"jdbc:postgresql://127.0.0.1:{self.port}/{database}?user={SUPERUSER}"

    def close(self):
        try:
            self.process.stop(30, signal.SIGINT)
        except Failed:
            pass  # killed; its children end with it
        shutil.rmtree(self.folder, ignore_errors=True)
