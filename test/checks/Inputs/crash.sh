#!/usr/bin/env bash
echo last words
exit 3
