# Shared by the scripts: paths, messages, arithmetic on test counts. To be sourced.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${AUTOGLM_BUILD:-$ROOT/build}
# One virtual environment serves all build folders.
VENV=$BUILD/venv
LLVM_BIN=/usr/lib/llvm-19/bin

# CI may run us as another user than the one who owns the checkout.
if [ -z "${GIT_CONFIG_COUNT:-}" ]; then
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$ROOT
fi

say() { printf '==> %s\n' "$*" >&2; }

# die MESSAGE [EXIT-CODE]
die() {
  printf '%s: error: %s\n' "${0##*/}" "$1" >&2
  exit "${2:-1}"
}

# Jobs that fit the machine: a compiler job of MLIR code takes up to 1.5 GB.
default_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  if [ "$memory" -lt "$cores" ]; then echo "$memory"; else echo "$cores"; fi
}

# configure PRESET FOLDER [CMAKE-ARGS...]: quiet unless it fails or nothing is there yet.
configure() {
  local preset=$1 folder=$2
  shift 2
  local args=(-S "$ROOT" --preset "$preset" -B "$folder")
  if [ "$preset" != runtime-only ] && [ "$preset" != aarch64 ]; then
    local proto
    proto=$(compgen -G "$VENV/lib/python3*/site-packages/onnx/onnx-ml.proto") ||
      die "onnx-ml.proto is not in $VENV; run scripts/bootstrap first" 6
    args+=("-DAUTOGLM_ONNX_PROTO=$proto")
  fi
  args+=("$@")
  # Ninja itself runs CMake again when a CMake file changed.
  local want
  want=$(printf '%s\n' "${args[@]}" | cat - "$ROOT/CMakePresets.json" | sha256sum)
  if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/.configured" 2>/dev/null)" = "$want" ]; then
    return
  fi
  mkdir -p "$folder"
  say "configuring ${folder#"$ROOT"/} ($preset)"
  (cd "$ROOT" && cmake "${args[@]}") >"$folder/configure.log" 2>&1 ||
    { tail -n 30 "$folder/configure.log" >&2; die "CMake failed; see $folder/configure.log"; }
  printf '%s\n' "$want" >"$folder/.configured"
}

# build FOLDER JOBS [TARGETS...]: progress on a terminal, one line otherwise.
build() {
  local folder=$1 jobs=$2
  shift 2
  if [ -t 1 ]; then
    ninja -C "$folder" -j "$jobs" "$@" || die "the build failed"
  else
    ninja -C "$folder" -j "$jobs" "$@" >"$folder/build.log" 2>&1 || {
      grep -A 15 -E 'error:|FAILED:' "$folder/build.log" | head -n 60 >&2
      die "the build failed; see $folder/build.log"
    }
  fi
}
