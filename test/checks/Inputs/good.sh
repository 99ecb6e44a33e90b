#!/bin/sh
# Stands for a gtest program with one case that passes; counts its runs beside it.
echo run >>"$0.runs"
for argument; do
  case "$argument" in --gtest_output=json:*) result=${argument#*json:} ;; esac
done
cat >"$result" <<'END'
{"testsuites": [{"name": "Suite", "testsuite": [
  {"name": "good", "status": "RUN", "result": "COMPLETED"}]}]}
END
