// The gradient with respect to the references. One invocation per channel of a reference sums, in order, over the nodes whose
// largest neighbour it is.

/// The gradient with respect to the output, `[image · channel, node]`, and the index of the largest neighbour there.
@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> winners: array<u32>;
/// `[image · channel, reference]`.
@group(0) @binding(2) var<storage, read_write> by_references: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Settings;

struct Settings {
    /// Images times channels.
    maps: u32,
    nodes: u32,
    references: u32,
}

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let count = settings.nodes;
    let size = settings.references;
    if (index >= settings.maps * size) {
        return;
    }
    let number = index % size;
    let first = index / size * count;
    var sum = 0.0;
    for (var node = first; node < first + count; node++) {
        if (winners[node] == number) {
            sum += gradient[node];
        }
    }
    by_references[index] = sum;
}
