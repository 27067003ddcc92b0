# Selvedge's commands. `just` alone lists them.

set positional-arguments
set windows-shell := ["bash.exe", "-euo", "pipefail", "-c"]

_list:
    @just --list --unsorted

# Train on burn photographs: a folder in the BAMSI layout or, without one, a synthetic set that is generated first.
[group("use")]
train-bamsi data="" *options:
    #!/usr/bin/env bash
    set -euo pipefail
    if [[ -n "$1" ]]; then
        cargo run --release -- train bamsi --data "$@"
    else
        cargo run --release -- train bamsi-demo "${@:2}"
    fi

# Every test, on the CPU and on a software adapter.
[group("check")]
test: _software-adapter
    #!/usr/bin/env bash
    set -euo pipefail
    # Drivers need a folder for their files, which a bare machine may not name.
    export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}"
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --release --workspace --no-fail-fast
        cargo test --release --workspace --doc
    else
        cargo test --release --workspace --no-fail-fast
    fi
alias t := test

# The tests on published data sets, which are ignored otherwise: a folder with the sets that the tests name.
[group("check")]
test-data folder:
    SELVEDGE_DATA="$(realpath "$1")" cargo test --release --workspace published -- --ignored

# Damaged files for every reader of files, this many seconds each: 600 take about 70 minutes.
[group("check")]
fuzz seconds="600":
    SELVEDGE_FUZZ_SECONDS="{{seconds}}" cargo test --release --workspace for_long -- --ignored --nocapture --test-threads 1

# Kills, failing disks and several processes on one run folder or experiment, for this many minutes: each chain must end with the same bits.
[group("check")]
torture minutes="10":
    SELVEDGE_TORTURE_MINUTES="{{minutes}}" cargo test --release --workspace --test whole torture -- --nocapture --test-threads 1

# Formatting and lints, both without a warning.
[group("check")]
lint:
    cargo fmt --all --check
    cargo clippy --release --workspace --all-targets -- --deny warnings

# The documentation of every public item.
[group("check")]
doc:
    RUSTDOCFLAGS="--deny warnings" cargo doc --release --workspace --no-deps

# The pages of docs/ as a book, in target/book; needs `cargo install mdbook --locked`.
[group("check")]
book:
    mdbook build

# Copies the help of every command into docs/commands.md, after a change of the command line: on Linux or macOS.
[group("check")]
pages:
    SELVEDGE_WRITE_DOCS=1 cargo test --release --workspace --test whole the_commands_page

# What the kernels become on AMD GPUs, none of which needs to be there: writes the tables in docs/performance.md; on Linux.
[group("check")]
isa: _software-adapter
    SELVEDGE_WRITE_DOCS=1 cargo test --release --workspace --test whole isa:: -- --nocapture

# Rewrites the snapshots in tests/snapshots, after a change of messages, recipes or kernels: on Linux.
[group("check")]
snapshots:
    SELVEDGE_WRITE_SNAPSHOTS=1 cargo test --release --workspace --test whole snapshot

# How well audits find known errors, and whether correcting them pays, on three synthetic sets with five seeds: hours. Stopped, it continues.
[group("check")]
audit-proof out="audit-proof" *options:
    #!/usr/bin/env bash
    set -euo pipefail
    out="$1"
    for kind in bamsi fasu acdc; do
        case "$kind" in
            # A little more than a tenth of all images each: of bamsi, only training labels are spoilt.
            bamsi) size=(--images 400 --size 128 --gross 0.2) ;;
            fasu) size=(--images 300 --size 128 --gross 0.12) ;;
            acdc) size=(--images 40 --size 128 --gross 0.15) ;;
        esac
        mkdir -p "$out/$kind"
        if [[ ! -d "$out/$kind/set" ]]; then
            cargo run --release -- synth "$kind" --out "$out/$kind/set" "${size[@]}"
        fi
        just audit-proof-set "$out/$kind" "$kind-demo" "${@:2}"
    done

# The same for one set with known errors: FOLDER/set, written by `selvedge synth --gross` or `selvedge data plant`.
[group("check")]
audit-proof-set folder recipe *options:
    #!/usr/bin/env bash
    set -euo pipefail
    here="$1" recipe="$2"
    shift 2
    selvedge() { cargo run --quiet --release -- "$@"; }
    if [[ ! -f "$here/audit/images.csv" ]]; then
        selvedge audit train "$recipe" --data "$here/set" --folds 5 --out "$here/audit" "$@"
    fi
    selvedge audit score "$here/audit" --truth "$here/set" --json >"$here/score.json"
    for arm in worst random; do
        choice=()
        if [[ "$arm" == random ]]; then choice=(--random); fi
        if [[ ! -d "$here/$arm" ]]; then
            selvedge audit correct "$here/audit" --truth "$here/set" --top 10% "${choice[@]}" --out "$here/$arm"
        fi
    done
    for seed in 1 2 3 4 5; do
        for arm in set worst random; do
            run="$here/runs/$arm-$seed"
            if [[ -f "$run/summary.json" ]]; then continue; fi
            if [[ -d "$run/last" ]]; then
                selvedge train --resume "$run" "$@"
            else
                selvedge train "$recipe" --data "$here/$arm" --out "$run" --set "train.seed=$seed" "$@"
            fi
        done
    done
    {
        printf '# %s\n\n' "$here"
        printf '```\n'
        selvedge audit score "$here/audit" --truth "$here/set"
        printf '```\n'
        for pair in "worst random" "worst set" "random set"; do
            read -r one other <<<"$pair"
            printf '\n## Trained on `%s`, compared with `%s`\n\n```\n' "$one" "$other"
            selvedge compare "$here"/runs/"$one"-? --baseline "$here"/runs/"$other"-?
            printf '```\n'
        done
    } >"$here/report.md"
    echo "$here/report.md"

# Licences, advisories and sources of all dependencies; needs `cargo install cargo-deny --locked`.
[group("check")]
deny:
    cargo deny check

# A release's archive for this machine, in target/distrib; needs `cargo install cargo-dist --locked`.
[group("check")]
archive:
    .ci/archive

# The program built for Windows and used under Wine: on Linux, as root; half an hour and 5 GB the first time.
[group("check")]
test-windows:
    bash tests/windows.sh

# The tests of operations and losses on an emulated 64-bit ARM CPU: on Linux, as root; half an hour the first time.
[group("check")]
test-arm:
    bash tests/arm.sh

# Exported experiments on Slurm, GNU parallel and Snakemake: on Linux, as root; seven minutes on two cores, and a few more the first time.
[group("check")]
test-engines:
    bash tests/engines.sh
alias test-slurm := test-engines

# What the tests need to open pages: Chromium and tidy, 250 MB, on Debian or Ubuntu. Without them, these tests are skipped.
[group("check")]
browser:
    #!/usr/bin/env bash
    set -euo pipefail
    as_root=""
    if [[ "$(id -u)" != 0 ]]; then as_root="sudo"; fi
    $as_root apt-get update --quiet --quiet
    $as_root apt-get install --quiet --quiet --yes --no-install-recommends chromium tidy

# The event files of a training that is interrupted and resumed, read by TensorBoard itself: needs Python; installs TensorBoard into target/tensorboard.
[group("check")]
test-tensorboard:
    bash tests/tensorboard.sh

# How fast each device does everything, next to Burn's built-in operations and as a share of its peak: minutes.
[group("check")]
bench *options: _software-adapter
    #!/usr/bin/env bash
    set -euo pipefail
    export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}"
    cargo run --release -- bench all "$@"

# Everything about this machine's GPU in ten minutes: report.json and report.md in a folder. docs/performance.md has more.
[group("check")]
gpu-report out="bench-report" *options:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo run --release -- bench report --out "$1" "${@:2}"

# The tests need a software adapter: lavapipe on Linux, WARP on Windows; on macOS they use the Mac's own GPU.
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
