#!/usr/bin/env bash
# Builds the tests of the operations and the losses for 64-bit ARM and runs them on an emulated CPU: the NEON loops are
# compared with the formulas and with PyTorch's numbers. It measures no speed and tests no GPU; the CPU replaces it.
#
# Everything is installed in a separate folder, see tests/chroot.sh. The first run downloads about 700 MB and takes half an
# hour on two cores.
set -euo pipefail
target=aarch64-unknown-linux-gnu

run() {
    export CARGO_TARGET_DIR=/build/arm
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64
    export SELVEDGE_TEST_DEVICES=cpu
    # Some tests start their own program again, which the system cannot do without the emulator.
    export SELVEDGE_TEST_RUNNER=qemu-aarch64
    cd /selvedge
    cargo test --release --locked --offline --package selvedge-ops --package selvedge-loss --lib --target "$target" --no-run
    time cargo test --release --locked --offline --package selvedge-ops --package selvedge-loss --lib --target "$target" \
        --no-fail-fast
}

# shellcheck source=tests/chroot.sh
source "$(dirname "$0")/chroot.sh"
case "${1:-}" in
    run) run ;;
    "")
        prepare_chroot test-arm
        if ! inside dpkg --print-foreign-architectures | grep --quiet arm64; then
            inside dpkg --add-architecture arm64
        fi
        prepare_chroot test-arm cargo rustc gcc gcc-aarch64-linux-gnu libc6-dev:arm64 libstd-rust-dev:arm64 qemu-user
        cargo fetch --quiet --locked --manifest-path "$repository/Cargo.toml"
        inside bash /selvedge/tests/arm.sh run
        say "ARM: everything passed"
        ;;
    *) fail "no arguments are expected, found $*" ;;
esac
