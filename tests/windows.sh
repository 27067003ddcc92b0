#!/usr/bin/env bash
# Builds the program for Windows, on Linux, and uses it under Wine as a user would: trains, kills, resumes, interrupts,
# predicts, checks data, and compares every score with the previous one. Then it runs the tests of the crates that read and
# write files.
#
# Everything is installed in a separate folder, see tests/chroot.sh. The first run downloads about 1.5 GB, builds everything
# including the standard library, which Debian does not provide for Windows, and takes half an hour on two cores. GPUs are
# not tested: Wine uses those of the machine, and has no Direct3D 12 of its own.
set -euo pipefail
target=x86_64-pc-windows-gnu

# Builds the standard library, which Debian provides for Windows only as source, in the place where the compiler looks for
# it.
standard_library() {
    local sysroot place file
    sysroot="$(rustc --print sysroot)"
    place="$sysroot/lib/rustlib/$target/lib"
    if [[ -e "$place/of" && "$(<"$place/of")" == "$(rustc --version)" ]]; then return; fi
    say "The standard library for $target"
    rm -rf /build/std "$place"
    mkdir -p /build/std "$place"
    cp --recursive --dereference "$sysroot/lib/rustlib/src/rust/library" /build/std/library
    # RUSTC_BOOTSTRAP lets the stable compiler build its own library, which uses unstable features; cargo finds the parts of
    # the library from its folder.
    (
        cd /build/std/library
        export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zforce-unstable-if-unmarked
        cargo build --release --offline --manifest-path sysroot/Cargo.toml --features backtrace \
            --target "$target" --target-dir /build/std/target
        # The first and last object file of every program, which cargo does not build.
        for file in rsbegin rsend; do
            rustc --target "$target" --edition 2024 --emit obj -O -o "$place/$file.o" "rtstartup/$file.rs"
        done
    )
    cp /build/std/target/"$target"/release/deps/*.rlib "$place/"
    rm -rf /build/std
    rustc --version >"$place/of"
}

for_windows() {
    CARGO_TARGET_DIR=/build/windows CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine \
        cargo "$1" --release --locked --offline --manifest-path /selvedge/Cargo.toml --target "$target" "${@:2}"
}

build() {
    standard_library
    say "The program for $target"
    for_windows build --package selvedge
}

# Prints a number from a JSON file: `value run/summary.json dice`.
value() { grep --only-matching --max-count 1 "\"$2\": *[-0-9.eE+]*" "$1" | head --lines 1 | sed 's/.*: *//'; }

at_least() { awk -v found="$1" -v least="$2" 'BEGIN { exit !(found >= least) }' || fail "$3: $1, expected $2 or more"; }

# Waits until a file has this many lines, for at most five minutes.
wait_for_lines() {
    local tries
    for ((tries = 0; tries < 3000; tries++)); do
        if [[ -e "$1" && "$(wc --lines <"$1")" -ge "$2" ]]; then return; fi
        sleep 0.1
    done
    fail "$1 did not reach $2 lines"
}

# Prints the id of the process that writes to a run's folder.
process_of() { pgrep --full "selvedge\.exe.* --out $1" | head --lines 1; }

same() {
    local file
    for file in "${@:3}"; do
        cmp "$1/$file" "$2/$file" || fail "$2/$file differs from that of $1"
    done
}

use() {
    export WINEPREFIX=/build/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=d;mshtml=d"
    selvedge=/build/windows/$target/release/selvedge.exe
    program() { wine "$selvedge" "$@"; }
    rm -rf /build/windows-runs
    mkdir -p /build/windows-runs
    cd /build/windows-runs

    say "Wine, and the program's size"
    wine --version
    wineboot --init >/dev/null 2>&1
    ls -l "$selvedge"
    program --version

    say "train smoke"
    time program train smoke --device cpu --out run --json >run.json
    cat run.json
    at_least "$(value run.json dice)" 0.95 "Dice of train smoke"
    # A number that is not finite becomes null in JSON.
    if grep '"train_loss":null' run/scores.jsonl; then fail "run/scores.jsonl: a loss that is not a number"; fi
    [[ "$(wc --lines <run/scores.jsonl)" == 140 ]] || fail "run/scores.jsonl: expected 140 lines"
    if ls run/*.new run/*.old run/*/*.new 2>/dev/null; then fail "a temporary file was not renamed"; fi

    say "killed and resumed: the same bits"
    program --quiet train smoke --device cpu --out killed &
    wait_for_lines killed/scores.jsonl 30
    kill -KILL "$(process_of killed)"
    wait || true
    # Some versions of Debian do not have it on the path, but in a folder of their own.
    "$(command -v wineserver || find /usr/lib -name wineserver | head --lines 1)" --kill || true
    [[ ! -e killed/summary.json ]] || fail "it was not killed in time"
    [[ -d killed/last ]] || fail "there is no checkpoint"
    program --quiet train --device cpu --resume killed
    same run killed scores.jsonl summary.json recipe.toml split.json last/state.toml

    say "interrupted by Ctrl-C and resumed: the same bits"
    program train smoke --device cpu --out interrupted 2>interrupted.txt &
    wait_for_lines interrupted/scores.jsonl 30
    kill -INT "$(process_of interrupted)"
    code=0
    wait $! || code=$?
    cat interrupted.txt
    [[ "$code" == 130 ]] || fail "expected exit code 130, found $code"
    grep --quiet -e '--resume interrupted' interrupted.txt || fail "the message does not contain the command that resumes"
    program --quiet train --device cpu --resume interrupted
    same run interrupted scores.jsonl summary.json last/state.toml

    say "evaluate, predict, score"
    data="$(echo data/synthetic-bamsi-*)"
    program --quiet evaluate run --device cpu --json >evaluated.json
    [[ "$(value evaluated.json dice)" == "$(value run.json dice)" ]] || fail "evaluate computes different scores"
    program --quiet predict run "$data\\images" --device cpu --out 'predicted\labels' --overlay --probabilities
    for file in run/predictions/*.png; do
        if [[ "$file" == *.overlay.png ]]; then continue; fi
        cmp "$file" "predicted/labels/$(basename "$file")" || fail "predict writes different labels"
    done
    program --quiet score 'predicted\labels' "$data/labels" --json >scored.json
    at_least "$(value scored.json dice)" 0.95 "Dice of the predicted labels"

    say "data check: valid, with Windows line endings, and damaged"
    program data check bamsi "$data"
    cp --recursive "$data" windows-set
    sed --in-place 's/$/\r/; 1s/^/\xef\xbb\xbf/' windows-set/dataset.json windows-set/cases.csv
    program data check bamsi windows-set
    damaged="$(echo windows-set/images/*)"
    damaged="${damaged%% *}"
    truncate --size 100 "$damaged"
    code=0
    program data check bamsi windows-set >damaged.txt 2>&1 || code=$?
    [[ "$code" == 1 ]] || fail "expected exit code 1, found $code"
    grep "$(basename "$damaged")" damaged.txt || fail "data check does not name the damaged file"

    say "a recipe from PowerShell"
    program recipe show smoke | sed '1s/^/\xef\xbb\xbf/' | iconv --from-code UTF-8 --to-code UTF-16LE >shown.toml
    program --quiet train shown.toml --device cpu --epochs 1 --set name='C: or D' --json >shown.json
    ls runs

    say "other commands"
    program recipe list >/dev/null
    program model show unet --size 128 >/dev/null
    program train smok >mistake.txt 2>&1 && fail "a misspelt recipe was accepted"
    grep "did you mean 'smoke'" mistake.txt
    program doctor --device cpu || say "doctor: exit code $?"

    linux=/selvedge/target/release/selvedge
    if [[ -x "$linux" ]]; then
        say "the same run on Linux, and Windows' run evaluated there"
        "$linux" --quiet train smoke --device cpu --out linux --json >linux.json
        echo "Dice: Windows $(value run.json dice), Linux $(value linux.json dice)"
        head --lines 1 run/scores.jsonl
        head --lines 1 linux/scores.jsonl
        "$linux" --quiet evaluate run --data "$data" --device cpu --json >there.json
        at_least "$(value there.json dice)" 0.95 "Dice on Linux of a run from Windows"
    else
        echo "SKIPPED: there is no program for Linux in target/release to compare with"
    fi

    say "the tests of the crates that read and write files"
    for_windows test --no-fail-fast --package selvedge-data --package selvedge-metrics --package selvedge-pickle
    for_windows test --no-fail-fast --package selvedge --lib
}

# shellcheck source=tests/chroot.sh
source "$(dirname "$0")/chroot.sh"
case "${1:-}" in
    build | use) "$1" ;;
    "")
        prepare_chroot test-windows cargo rustc rust-src gcc gcc-mingw-w64-x86-64-win32 wine wine64 procps
        cargo fetch --quiet --locked --manifest-path "$repository/Cargo.toml"
        inside bash /selvedge/tests/windows.sh build
        inside bash /selvedge/tests/windows.sh use
        say "Windows: everything passed"
        ;;
    *) fail "no arguments are expected, found $*" ;;
esac
