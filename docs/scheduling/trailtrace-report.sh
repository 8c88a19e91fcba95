#!/bin/sh
# Loads the logs that are new and writes the report of a day: HTML for people, JSON for the next report.
#
# TRAILTRACE_LOGS     folder of logs, as a trail lays them out, or s3://bucket/AWSLogs
# TRAILTRACE_HOME     where the store, trailtrace.toml, baseline.toml and reports/ are
# TRAILTRACE_SINCE    how far the report looks back; 30h
# TRAILTRACE_FAIL_ON  severity that ends with 10; high
# TRAILTRACE_NOTIFY   address for a short summary; none
#
# Ends with 0 if all is well, with 10 if a finding is so severe, else with the code of what failed.
set -eu

logs=${TRAILTRACE_LOGS:?set it to the folder that holds AWSLogs/}
home=${TRAILTRACE_HOME:-/var/lib/trailtrace}
today=$home/reports/$(date -u +%Y-%m-%d)

mkdir -p "$home/reports"
trailtrace ingest "$logs" --store "$home/trailtrace.duckdb"

set -- --since "${TRAILTRACE_SINCE:-30h}" --fail-on "${TRAILTRACE_FAIL_ON:-high}"
previous=
for file in "$home"/reports/*.json; do # in the order of their days
    if [ -f "$file" ] && [ "$file" != "$today.json" ]; then previous=$file; fi
done
if [ -n "$previous" ]; then set -- "$@" --previous "$previous"; fi
if [ -f "$home/baseline.toml" ]; then set -- "$@" --baseline "$home/baseline.toml"; fi
if [ -n "${TRAILTRACE_NOTIFY:-}" ]; then set -- "$@" --notify "$TRAILTRACE_NOTIFY"; fi

exec trailtrace report "$@" --store "$home/trailtrace.duckdb" --out "$today.html" --out "$today.json"
