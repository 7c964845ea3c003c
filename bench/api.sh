#!/usr/bin/env bash
# usage: bench/api.sh [OPTIONS]               for instance: bench/api.sh --only posts --json posts.json
# Measures the HTTP API with wrk over TCP on loopback: new orders from one connection and from 64, and what 2,000 point
# reads a second cost the join; --help lists the options, and docs/benchmarks.md says how to read them. Wants the
# machine for itself.
exec "$(dirname "$0")/../scripts/bench.sh" --api "$@"
