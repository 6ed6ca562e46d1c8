#!/usr/bin/env bash
# Stands in for Kafka's tool of that name: what librdkafka's tests ask of it, by `diskless topics create`.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../.." && pwd)"
bootstrap= topic= partitions= replicas=
configs=()
while (($#)); do
  case "$1" in
    --bootstrap-server) bootstrap="$2"; shift ;;
    --create) ;;
    --topic) topic="$2"; shift ;;
    --partitions) partitions="$2"; shift ;;
    --replication-factor) replicas="$2"; shift ;;
    --config) configs+=(--config "$2"); shift ;;
    *) echo "$0: cannot do '$1'" >&2; exit 2 ;;
  esac
  shift
done
exec dotnet "$root/src/DisklessKafka.Cli/bin/${DISKLESSKAFKA_CONFIGURATION:-Release}/net10.0/diskless.dll" topics create "$topic" \
  --bootstrap "$bootstrap" ${partitions:+--partitions "$partitions"} ${replicas:+--replication-factor "$replicas"} "${configs[@]}"
