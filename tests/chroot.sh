# shellcheck shell=bash
# Shared by tests/windows.sh, tests/arm.sh and tests/engines.sh, which source it: a chroot with Debian's newest packages, for
# compilers, emulators and schedulers that the machine may lack.
#
# SELVEDGE_CHROOT names the folder of the chroot (default: target/chroots/sid). The folder is kept and reused. It also
# contains what is built for other systems, in /build. Nothing outside it is changed, and `rm -r` removes all of it.

suite=sid
repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
chroot_folder="$(realpath -m "${SELVEDGE_CHROOT:-$repository/target/chroots/$suite}")"

say() { printf '\n── %s\n' "$*"; }

fail() {
    printf 'failed: %s\n' "$*" >&2
    exit 1
}

# Creates the chroot if necessary, and installs these packages in it.
prepare_chroot() {
    [[ "$(uname -sm)" == "Linux x86_64" ]] || fail "this needs Linux on x86-64, found $(uname -sm)"
    [[ "$(id -u)" == 0 ]] || fail "a chroot needs root: sudo --preserve-env=SELVEDGE_CHROOT just $1"
    shift
    command -v debootstrap >/dev/null || fail "this needs debootstrap: apt-get install debootstrap"
    if [[ ! -e "$chroot_folder/.whole" ]]; then
        say "Debian $suite in $chroot_folder: about 200 MB to download"
        mkdir -p "$chroot_folder"
        debootstrap --variant=minbase --include=ca-certificates "$suite" "$chroot_folder"
        touch "$chroot_folder/.whole"
    fi
    local missing=() package
    for package in "$@"; do
        # shellcheck disable=SC2016 # dpkg-query expands that name.
        chroot "$chroot_folder" dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null |
            grep --quiet 'ok installed' || missing+=("$package")
    done
    if [[ ${#missing[@]} -gt 0 ]]; then
        say "Installing ${missing[*]}"
        cp --dereference /etc/resolv.conf "$chroot_folder/etc/resolv.conf"
        # Accepts a mirror that has not been refreshed for a while.
        inside apt-get -o Acquire::Check-Valid-Until=false update --quiet --quiet
        inside env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends \
            -o Dpkg::Use-Pty=0 "${missing[@]}"
    fi
}

# Runs a command in the chroot. The repository is mounted read-only at /selvedge, together with the packages that cargo has
# already fetched. All mounts and remaining processes end with the command.
inside() {
    mkdir -p "$chroot_folder/selvedge" "$chroot_folder/build" "$chroot_folder/root/.cargo/registry"
    # shellcheck disable=SC2016 # The inner shell expands these names.
    REPOSITORY="$repository" FOLDER="$chroot_folder" REGISTRY="${CARGO_HOME:-$HOME/.cargo}/registry" \
        unshare --mount --pid --fork --kill-child --propagation private bash -euc '
            mount --bind "$REPOSITORY" "$FOLDER/selvedge"
            mount -o remount,bind,ro "$FOLDER/selvedge"
            if [[ -d "$REGISTRY" ]]; then mount --bind "$REGISTRY" "$FOLDER/root/.cargo/registry"; fi
            mount -t proc proc "$FOLDER/proc"
            mount --rbind /dev "$FOLDER/dev"
            exec chroot "$FOLDER" env --ignore-environment HOME=/root LANG=C.UTF-8 TERM=dumb \
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
        ' inside "$@"
}
