# Selvedge's commands. `just` alone lists them.

set positional-arguments
set windows-shell := ["bash.exe", "-euo", "pipefail", "-c"]

_list:
    @just --list --unsorted

# Train on burn photographs: a folder in the BAMSI layout, or, without one, a synthetic set that is written first.
[group("use")]
train-bamsi data="" *options:
    #!/usr/bin/env bash
    set -euo pipefail
    if [[ -n "$1" ]]; then
        cargo run --release -- train bamsi --data "$@"
    else
        cargo run --release -- train bamsi-demo "${@:2}"
    fi

# Every test, on the CPU and on a software graphics adapter.
[group("check")]
test: _software-adapter
    #!/usr/bin/env bash
    set -euo pipefail
    # Drivers look for a place to keep their files, which a bare machine may not name.
    export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}"
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --release --workspace --no-fail-fast
        cargo test --release --workspace --doc
    else
        cargo test --release --workspace --no-fail-fast
    fi
alias t := test

# Tests on public data sets, whose folders `sunnybrook` and `fuseg-sample` are in DIR.
[group("check")]
test-data dir:
    SELVEDGE_DATA="$(cd "{{dir}}" && pwd)" cargo test --release --workspace --test integration --test whole -- --ignored published five_line

# Damaged files for every reader of files, this many seconds each: 600 are some 70 minutes.
[group("check")]
fuzz seconds="600":
    SELVEDGE_FUZZ_SECONDS="{{seconds}}" cargo test --release --workspace for_long -- --ignored --nocapture --test-threads 1

# Kills, failing disks and several processes on one run folder, for so many minutes: each chain must end at the same bits.
[group("check")]
torture minutes="10":
    SELVEDGE_TORTURE_MINUTES="{{minutes}}" cargo test --release --workspace --test whole torture -- --nocapture --test-threads 1

# Formatting and lints, both without a warning.
[group("check")]
lint:
    cargo fmt --all --check
    cargo clippy --release --workspace --all-targets -- --deny warnings

# The public items' documentation.
[group("check")]
doc:
    RUSTDOCFLAGS="--deny warnings" cargo doc --release --workspace --no-deps

# Licences, advisories and sources of everything that goes into the program; once before, `cargo install cargo-deny --locked`.
[group("check")]
deny:
    cargo deny check

# A release's archive for this machine, in target/distrib; once before, `cargo install cargo-dist --locked`.
[group("check")]
archive:
    .ci/archive

# The program built for Windows and used under Wine: on Linux, as root; half an hour and 5 GB the first time.
[group("check")]
test-windows:
    bash tests/windows.sh

# The tests of operations and losses on an emulated 64-bit ARM processor: on Linux, as root; half an hour the first time.
[group("check")]
test-arm:
    bash tests/arm.sh

# How fast each device does everything, beside burn's own operations and as a share of what it could do: minutes.
[group("check")]
bench *options: _software-adapter
    #!/usr/bin/env bash
    set -euo pipefail
    export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}"
    cargo run --release -- bench all "$@"

# The tests need one software adapter: lavapipe on Linux, WARP on Windows; on macOS the Mac's own GPU stands in.
_software-adapter:
    #!/usr/bin/env bash
    set -euo pipefail
    case "$(uname -s)" in
        Linux) ;;
        *) exit 0 ;;
    esac
    shopt -s nullglob
    found=(/usr/share/vulkan/icd.d/lvp_icd*.json /usr/local/share/vulkan/icd.d/lvp_icd*.json)
    if [[ ${#found[@]} -gt 0 ]]; then exit 0; fi
    as_root=""
    if [[ "$(id -u)" != 0 ]] && command -v sudo >/dev/null; then as_root="sudo"; fi
    if command -v apt-get >/dev/null && [[ "$(id -u)" == 0 || -n "$as_root" ]]; then
        echo "Installing the software Vulkan adapter (mesa-vulkan-drivers)"
        $as_root apt-get update --quiet --quiet
        $as_root apt-get install --quiet --quiet --yes --no-install-recommends libvulkan1 mesa-vulkan-drivers
    else
        echo "The tests need a software Vulkan adapter (lavapipe) and its loader. Please install, then run 'just test' again:" >&2
        echo "  Debian, Ubuntu   apt-get install libvulkan1 mesa-vulkan-drivers" >&2
        echo "  Fedora           dnf install vulkan-loader mesa-vulkan-drivers" >&2
        echo "  Arch             pacman -S vulkan-icd-loader vulkan-swrast" >&2
        echo "  openSUSE         zypper install libvulkan1 libvulkan_lvp" >&2
        exit 1
    fi
