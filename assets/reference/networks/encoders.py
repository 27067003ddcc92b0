"""Checks `selvedge weights import` against timm: imports state dicts of PVTv2-B2 and of both MaxViT at full size, with random
weights. Every tensor must come out bit for bit under the published network's name.

    python networks/encoders.py ../../target/release/selvedge
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file

NETWORKS = {
    "pvtgcascade": {"pvt_v2_b2": "backbone."},
    "meritgcascade": {"maxxvit_rmlp_small_rw_256": "backbone1.", "maxvit_rmlp_small_rw_224": "backbone2."},
}
PVT_NAMES = [("patch_embed.", "patch_embed1."), ("mlp.dwconv.", "mlp.dwconv.dwconv.")]


def published(name):
    """PVTv2's name of the parameter that has this name in timm."""
    for timms, own in PVT_NAMES:
        name = name.replace(timms, own)
    parts = name.split(".")
    if parts[0] != "stages":
        return name
    stage, kind, rest = int(parts[1]), parts[2], ".".join(parts[3:])
    if kind == "downsample":
        return f"patch_embed{stage + 1}.{rest}"
    return f"{'block' if kind == 'blocks' else kind}{stage + 1}.{rest}"


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        for network, encoders in NETWORKS.items():
            states, files = {}, []
            for encoder, prefix in encoders.items():
                states[prefix] = timm.create_model(encoder, pretrained=False).state_dict()
                files.append(str(Path(folder) / f"{encoder}.pth"))
                torch.save(states[prefix], files[-1])
            out = str(Path(folder) / "out.safetensors")
            subprocess.run([program, "weights", "import", *files, "--model", network, "--out", out], check=True)
            written = load_file(out)
            for prefix, state in states.items():
                rename = published if network == "pvtgcascade" else str
                kept = [name for name in state if not name.startswith("head.") and "num_batches" not in name]
                different = [name for name in kept if not torch.equal(written[prefix + rename(name)], state[name])]
                if different:
                    raise SystemExit(f"{network}: {different[:5]} of {len(different)} differ")
                print(f"{network}: {len(kept)} tensors of {prefix[:-1]} are the same")


if __name__ == "__main__":
    main()
