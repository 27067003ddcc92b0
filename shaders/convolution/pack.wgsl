// Before a convolution: the weight with outputs innermost, `[group, channel, tap, output]`, and outputs a multiple of 4, so
// that four of them are one load.

/// `[group · output, channel, tap]`; for the gradient by the input `[group · channel, output, tap]`.
@group(0) @binding(0) var<storage, read_write> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    groups: u32,
    /// Of one group.
    channels: u32,
    outputs: u32,
    taps: u32,
    /// Whether inputs and outputs change places and the kernel is turned half round.
    turned: u32,
}

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // Neighbours have neighbouring taps, which lie side by side in the weight.
    let number = workgroup_number(id, groups) * WORKGROUP + lane;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let taps = settings.taps;
    let is_turned = settings.turned != 0u;
    let depth = channels * taps;
    let width = (outputs + 3u) / 4u;
    if (number >= settings.groups * depth * width) {
        return;
    }
    let row = number % depth;
    let block = number / depth % width;
    let group = number / (depth * width);
    let tap = row % taps;
    let straight = (group * outputs + 4u * block) * depth + row;
    let turned = ((group * channels + row / taps) * outputs + 4u * block) * taps + taps - 1u - tap;
    let first = select(straight, turned, is_turned);
    let apart = select(depth, taps, is_turned);
    // Behind the last output the last is read once more.
    let last = outputs - 1u - 4u * block;
    let values = vec4(
        weight[first],
        weight[first + min(1u, last) * apart],
        weight[first + min(2u, last) * apart],
        weight[first + min(3u, last) * apart],
    );
    packed[(group * depth + row) * width + block] = select(vec4(0.0), values, vec4(0u, 1u, 2u, 3u) <= vec4(last));
}
