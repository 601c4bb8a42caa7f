#!/bin/sh
# What takes time, in one department: cases kept in a ledger, a plan for stored pictures, duties and an audit.
# usage: demo.sh PROGRAM FOLDER
set -eu
program=$1 out=$2 here=examples/demo/desk
ledger=$out/desk.db
rm -f "$ledger" "$ledger-wal" "$ledger-shm"

show() {
  printf '\n$ alpr-policy %s\n' "$*"
  "$program" "$@" || [ $? -eq 9 ]   # 9: some event was not taken, which is shown
}

printf '\n=== A hit, from verification to its disposition; an approval in the absence of who would give it\n'
show ledger init --ledger "$ledger"
show case take hit-1 $here/hit.yaml --ledger "$ledger" --directory $here/people.yaml
show case take deployment-1 $here/deployment.yaml --ledger "$ledger" --directory $here/people.yaml
show case list --all --ledger "$ledger" --directory $here/people.yaml
printf '\n=== What stored pictures must go, may go and must stay, in a department whose policy knows holds that are placed\n'
show retention plan $here/pictures.yaml --department billerica --holds $here/holds.yaml --as-of 2026-05-31
printf '\n=== What is overdue this month, and the audit of the month\n'
show duties --department cambridge --as-of 2026-05-31 --ledger "$ledger" --directory $here/people.yaml --ics "$out/duties.ics"
show audit run --department cambridge --month 2026-05 --ledger "$ledger" --directory $here/people.yaml --html "$out/audit.html"
printf '\n=== Nothing of it was changed since\n'
show ledger verify --ledger "$ledger"
show ledger recompute --ledger "$ledger"
printf '\n=== What if: a log of 20,000 invented acts of Cambridge, replayed under the text of Waltham\n'
show generate "$out/log.parquet" --department cambridge --rows 20k --seed 1 --days 90
show replay "$out/log.parquet" --baseline cambridge --proposed waltham --as-if --show 2 --html "$out/replay.html"
