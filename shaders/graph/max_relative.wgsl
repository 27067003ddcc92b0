// The largest difference between a node's neighbours and the node, and which neighbour has it. One invocation per channel of a node.

/// `[image, channel, node]`.
@group(0) @binding(0) var<storage, read_write> nodes: array<f32>;
/// `[image, channel, reference]`.
@group(0) @binding(1) var<storage, read_write> references: array<f32>;
/// `[image, node, neighbour]`: indices of references.
@group(0) @binding(2) var<storage, read_write> neighbours: array<u32>;
/// `[image, channel, node]`: the excess, and the index of the largest neighbour.
@group(0) @binding(3) var<storage, read_write> excess: array<f32>;
@group(0) @binding(4) var<storage, read_write> winners: array<u32>;
@group(0) @binding(5) var<storage, read> settings: Settings;

struct Settings {
    batch: u32,
    channels: u32,
    nodes: u32,
    references: u32,
    /// Neighbours per node.
    near: u32,
}

const WORKGROUP = 64u;

fn is_number(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) <= 0x7f800000u;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let count = settings.nodes;
    let size = settings.references;
    let channels = settings.channels;
    let near = settings.near;
    if (index >= settings.batch * channels * count) {
        return;
    }
    let map = index / count;
    let first = (map / channels * count + index % count) * near;
    var winner = min(neighbours[first], size - 1u);
    var most = references[map * size + winner];
    for (var number = 1u; number < near; number++) {
        let candidate = min(neighbours[first + number], size - 1u);
        let value = references[map * size + candidate];
        // Once NaN is found, it stays.
        if (is_number(most) && (!is_number(value) || value > most)) {
            most = value;
            winner = candidate;
        }
    }
    excess[index] = most - nodes[index];
    winners[index] = winner;
}
