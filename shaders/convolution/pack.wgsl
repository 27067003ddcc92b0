// Before a convolution: reorders the weight to `[group, channel, tap, output]`, padding outputs to a multiple of 4 so that one
// load reads four of them.

/// `[group · output, channel, tap]`; for the gradient with respect to the input `[group · channel, output, tap]`.
@group(0) @binding(0) var<storage, read_write> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    groups: u32,
    /// Per group.
    channels: u32,
    outputs: u32,
    taps: u32,
    /// Whether inputs and outputs are swapped and the kernel is rotated by 180°.
    turned: u32,
}

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // Neighbouring invocations have neighbouring taps, which are adjacent in the weight.
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
    // After the last output the last one is read again.
    let last = outputs - 1u - 4u * block;
    let values = vec4(
        weight[first],
        weight[first + min(1u, last) * apart],
        weight[first + min(2u, last) * apart],
        weight[first + min(3u, last) * apart],
    );
    packed[(group * depth + row) * width + block] = select(vec4(0.0), values, vec4(0u, 1u, 2u, 3u) <= vec4(last));
}
