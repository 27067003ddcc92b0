#!/usr/bin/env bash
# Trains with --log tensorboard, interrupts and resumes the training, and reads its event files with TensorBoard itself: every epoch
# must be there once, with the numbers of scores.jsonl, and the images must be images.
#
# TensorBoard is installed into target/tensorboard, once: about 30 MB. Uses `selvedge` from target/release, or the program that
# SELVEDGE names.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
place="$here/target/tensorboard"
program="${SELVEDGE:-$here/target/release/selvedge}"
python="${PYTHON_WITH_TENSORBOARD:-$place/bin/python}"

if [[ ! -x "$program" ]]; then
    cargo build --release --manifest-path "$here/Cargo.toml"
fi
if ! "$python" -c "import tensorboard" 2>/dev/null; then
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet tensorboard
    python="$place/bin/python"
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

settings=(--device cpu --set train.evaluate_every=1 --set "data.size=[32, 32]" --set model.width=4)
"$program" train smoke "${settings[@]}" --set train.epochs=4000 --out run --log tensorboard --quiet &
training=$!
# Interrupted in the middle of an epoch, as soon as a few epochs are there.
until [[ -s run/scores.jsonl && "$(wc -l < run/scores.jsonl)" -ge 3 ]]; do
    kill -0 "$training"
    sleep 0.1
done
# A background process of a script ignores the keyboard's signal.
kill -TERM "$training"
wait "$training" && exit 1 || true
# Killed, so that epochs which no checkpoint has are trained again.
"$program" train --resume run --device cpu --quiet &
training=$!
at="$(wc -l < run/scores.jsonl)"
until [[ "$(wc -l < run/scores.jsonl)" -ge "$((at + 2))" ]]; do
    kill -0 "$training"
    sleep 0.1
done
kill -KILL "$training"
wait "$training" || true
epochs="$(($(wc -l < run/scores.jsonl) + 2))"
"$program" train --resume run --device cpu --epochs "$epochs" --quiet > evaluation.txt
"$python" "$here/tests/event_files.py" run
