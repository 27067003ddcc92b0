#!/usr/bin/env bash
# Exports an experiment of twelve short trainings to Slurm, GNU parallel and Snakemake, and runs it on each of them: trainings
# are cancelled, requeued, killed and started again meanwhile. Every table must be, to the byte, that of `experiment run`.
#
# Everything is installed in a separate folder, see tests/chroot.sh, also Slurm's daemons: they run on this machine only as long
# as the test does, with a configuration of their own. The first run downloads about 120 MB, which takes a few minutes more.
set -euo pipefail

place=/build/engines
tables=(table.md table.csv table.tex)

# Two rows, six seeds, and trainings of a few seconds: long enough to be stopped in between.
grid() {
    cat <<'END'
name = "twelve"
description = "twelve trainings of seconds"
seeds = [1, 2, 3, 4, 5, 6]
metrics = ["dice", "hd95"]

[scales.demo]
base = "smoke"
set = { train.epochs = 100, train.batch_size = 2, train.evaluate_every = 10, data.size = [32, 32] }

[[networks]]
name = "unet"
title = "UNet"
set = { model.name = "unet", model.width = 4 }

[[rows]]
name = "erm"
title = "ERM"
baseline = true
set = { loss.images = "erm" }

[[rows]]
name = "topk"
title = "Top-k"
set = { loss.images = "top_k_decreasing", loss.smoothing = "decreasing" }
END
}

# Waits until a command succeeds, for at most this many seconds: `wait_until 60 "what is waited for" test -e file`.
wait_until() {
    local tries
    for ((tries = 0; tries < 10 * $1; tries++)); do
        if "${@:3}" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    fail "after $1 seconds: $2"
}

# The run folder of work item $2 of the experiment $1: items alternate between the rows, seed by seed.
run_of() {
    local rows=(erm topk)
    local runs=("$1/unet-${rows[$2 % 2]}/seed-$(($2 / 2 + 1))"-????????)
    printf '%s\n' "${runs[0]}"
}

# Whether work item $2 of the experiment $1 has trained for at least 20 epochs.
is_under_way() { [[ "$(wc --lines <"$(run_of "$1" "$2")/scores.jsonl")" -ge 20 ]]; }

# The program itself: some engines start it through a shell.
process_of() { pgrep --full "^$selvedge experiment step $place/$1/plan.json --index $2( |\$)" | head --lines 1; }

# Notes the times of the epochs that a stopped work item has trained.
note_epochs() { cp "$(run_of "$1" "$2")/timings.jsonl" "$1.$2.timings"; }

# Compares the noted times with those of the finished run: epochs that were trained again would have others.
resumed() {
    local noted="$1.$2.timings"
    cmp <(head --lines "$(wc --lines <"$noted")" "$(run_of "$1" "$2")/timings.jsonl") "$noted" ||
        fail "item $2 of $1 was trained from its beginning again"
    echo "item $2 was resumed after $(wc --lines <"$noted") epochs"
}

# Compares the tables with those of `experiment run`.
same_table() {
    local file
    "$selvedge" experiment table "$1" >"$1.table"
    for file in "${tables[@]}"; do
        cmp "whole/$file" "$1/$file" || fail "$1/$file differs from that of experiment run"
    done
    [[ "$("$selvedge" experiment status "$1")" == "12 runs: 12 finished" ]] || fail "$1: not all runs are finished"
    if ls "$1"/*/*.failure.json "$1"/*/*/lock 2>/dev/null; then fail "$1: a note or a lock is left"; fi
    echo "the tables are the same"
}

export_to() { "$selvedge" experiment export grid.toml --device cpu --engine "$1" --out "$2" --jobs 2 --threads 1; }

# Slurm with this machine as its only node.
start_slurm() {
    local host daemon
    host="$(hostname)"
    grep --quiet --word-regexp "$host" /etc/hosts || echo "127.0.0.1 localhost $host" >>/etc/hosts
    rm -rf /build/slurm
    mkdir -p /build/slurm/state /build/slurm/spool /etc/slurm
    cat >/etc/slurm/slurm.conf <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPidFile=/build/slurm/slurmctld.pid
SlurmctldLogFile=/build/slurm/slurmctld.log
SlurmdPidFile=/build/slurm/slurmd.pid
SlurmdLogFile=/build/slurm/slurmd.log
SlurmdSpoolDir=/build/slurm/spool
StateSaveLocation=/build/slurm/state
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
    # The test confines nothing, so that it needs no rights over control groups.
    echo "CgroupPlugin=disabled" >/etc/slurm/cgroup.conf
    [[ -e /etc/munge/munge.key ]] || mungekey --create --verbose
    chown --recursive munge: /etc/munge
    for daemon in run log lib; do install --directory --owner munge --group munge --mode 755 "/$daemon/munge" "/var/$daemon/munge"; done
    runuser --user munge -- /usr/sbin/munged
    slurmctld
    slurmd
    # shellcheck disable=SC2016 # `eval` expands it.
    wait_until 60 "Slurm's node is not ready, see /build/slurm" eval '[[ "$(sinfo --noheader --format %T)" == idle ]]'
}

# A field of a task of an array, such as JobState.
field() { scontrol --oneliner show job "$1" | grep --only-matching --max-count 1 " $2=[^ ]*" | sed 's/.*=//'; }

is_done() { [[ -z "$(squeue --noheader --jobs "$1")" ]]; }

on_slurm() {
    say "Slurm: $(sinfo --version)"
    start_slurm
    local sweep="a sweep" job index
    export_to slurm "$sweep"
    job="$(sbatch --parsable "$sweep/array.sbatch")"
    echo "array $job"

    say "Slurm: a task is cancelled"
    wait_until 120 "task 0 does not train" is_under_way "$sweep" 0
    scancel "${job}_0"
    wait_until 60 "task 0 does not end" eval "[[ \"\$(field ${job}_0 JobState)\" == CANCELLED ]]"
    "$selvedge" experiment status "$sweep" | grep '^ *0  stopped'
    note_epochs "$sweep" 0

    say "Slurm: a task is warned of its time limit, and requeues itself"
    wait_until 120 "task 2 does not train" is_under_way "$sweep" 2
    # It tries again for a minute if the task, requeued already, cannot be signalled any more.
    timeout 5 scancel --batch --signal=USR1 "${job}_2" || true
    wait_until 60 "task 2 is not requeued" eval "[[ \"\$(field ${job}_2 Restarts)\" == 1 ]]"
    "$selvedge" experiment status "$sweep" | grep '^ *2  stopped'
    note_epochs "$sweep" 2

    say "Slurm: a task is requeued by its administrator"
    wait_until 120 "task 4 does not train" is_under_way "$sweep" 4
    scontrol requeue "${job}_4"
    wait_until 60 "task 4 is not requeued" eval "[[ \"\$(field ${job}_4 Restarts)\" == 1 ]]"

    note_epochs "$sweep" 4

    # Slurm lets a requeued task wait for two minutes.
    for index in 2 4; do
        wait_until 60 "task $index is not pending" eval "[[ \"\$(field ${job}_$index JobState)\" == PENDING ]]"
        scontrol update "JobId=${job}_$index" StartTime=now
    done
    wait_until 600 "the array does not end" is_done "$job"
    for index in {0..11}; do
        echo "task $index: $(field "${job}_$index" JobState), exit code $(field "${job}_$index" ExitCode)"
    done
    [[ "$("$selvedge" experiment status "$sweep" | tail --lines 1)" == "12 runs: 11 finished, 1 stopped" ]] ||
        fail "expected the cancelled task alone to be open"

    say "Slurm: the array again, for the cancelled task"
    job="$(sbatch --parsable "$sweep/array.sbatch")"
    wait_until 120 "the array does not end" is_done "$job"
    for index in {0..11}; do
        [[ "$(field "${job}_$index" JobState)" == COMPLETED ]] || fail "task $index: $(field "${job}_$index" JobState)"
    done
    for index in 0 2 4; do resumed "$sweep" "$index"; done
    same_table "$sweep"
}

# Stops a training by SIGTERM while an engine works on the experiment $1.
stop_one() {
    wait_until 120 "item 1 of $1 does not train" is_under_way "$1" 1
    kill -TERM "$(process_of "$1" 1)"
    note_epochs "$1" 1
}

on_parallel() {
    say "$(parallel --version | head --lines 1)"
    export_to parallel by-parallel
    bash by-parallel/parallel.sh &
    local engine=$!
    stop_one by-parallel
    wait_until 120 "item 5 does not train" is_under_way by-parallel 5
    say "GNU parallel: killed, and started again"
    kill -KILL "$engine"
    wait "$engine" || true
    bash by-parallel/parallel.sh
    cat by-parallel/joblog.tsv
    resumed by-parallel 1
    same_table by-parallel
}

on_snakemake() {
    say "Snakemake $(snakemake --version)"
    export_to snakemake by-snakemake
    snakemake --snakefile by-snakemake/Snakefile --directory by-snakemake --cores 2 >snakemake.log 2>&1 &
    local engine=$!
    stop_one by-snakemake
    wait "$engine" || {
        cat snakemake.log
        fail "Snakemake ended with an error"
    }
    grep --ignore-case "restart" snakemake.log
    resumed by-snakemake 1
    same_table by-snakemake
}

use() {
    rm -rf "$place"
    mkdir -p "$place"
    # A copy, which stays the same if the program is built again meanwhile.
    selvedge="$place/selvedge"
    cp "${SELVEDGE_PROGRAM:-/selvedge/target/release/selvedge}" "$selvedge"
    cd "$place"
    grid >grid.toml
    say "experiment run"
    time "$selvedge" --quiet experiment run grid.toml --device cpu --out whole
    local engine
    for engine in "${@:-all_engines}"; do "$engine"; done
}

all_engines() {
    on_slurm
    on_parallel
    on_snakemake
}

# shellcheck source=tests/chroot.sh
source "$(dirname "$0")/chroot.sh"
case "${1:-}" in
    use) use "${@:2}" ;;
    "")
        prepare_chroot test-engines slurm-wlm munge parallel snakemake procps hostname
        cargo build --release --locked --manifest-path "$repository/Cargo.toml"
        inside bash /selvedge/tests/engines.sh use
        say "Engines: everything passed"
        ;;
    *) fail "no arguments are expected, found $*" ;;
esac
