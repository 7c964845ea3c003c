"""What was measured on. Nothing that names the machine or its owner."""
import os
import platform
import re
import subprocess


def first_line(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout.splitlines()[0].strip() if done.stdout else ""
    except OSError:
        return ""


def found(file, pattern):
    with open(file, encoding="utf-8") as text:
        match = re.search(pattern, text.read(), re.MULTILINE)
    return match.group(1).strip() if match else ""


def version_of_jar(folder, name):
    for file in os.listdir(folder):
        match = re.fullmatch(re.escape(name) + r"-(\d[\w.]*)\.jar", file)
        if match:
            return match.group(1)
    return ""


def describe(bench):
    kafka = os.path.join(bench.root, "build", "kafka", "libs")
    return {
        "cpu": found("/proc/cpuinfo", r"^model name\s*: (.*)$"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(found("/proc/meminfo", r"^MemTotal:\s*(\d+)")) / 2**20),
        "kernel": platform.release().split("-")[0],
        "system": found("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)'),
        "ordersd": first_line([bench.binary("ordersd"), "--version"]),
        "librdkafka": first_line(["pkg-config", "--modversion", "rdkafka"]),
        "rocksdb": first_line(["pkg-config", "--modversion", "rocksdb"]),
        "java": first_line(["java", "-version"]),
        "kafka": version_of_jar(kafka, "kafka_2.13"),
        "kafka_streams": version_of_jar(os.path.join(bench.streams, "libs"), "kafka-streams"),
        "postgresql": first_line(["/usr/lib/postgresql/15/bin/postgres", "--version"]),
    }
