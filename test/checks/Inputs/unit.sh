#!/usr/bin/env bash
# Behaves like a gtest program with a good, a bad and a skipped case.
for argument; do
  case "$argument" in --gtest_output=json:*) file=${argument#*:} ;; esac
done
cat >"$file" <<'EOF'
{ "testsuites": [ { "name": "Suite", "testsuite": [
  { "name": "good", "status": "RUN", "result": "COMPLETED" },
  { "name": "bad", "status": "RUN", "result": "COMPLETED",
    "failures": [ { "failure": "wanted 1, got 2" } ] },
  { "name": "not_here", "status": "RUN", "result": "SKIPPED" } ] } ] }
EOF
exit 1
