// Before a convolution: the weight with outputs innermost, `[group, channel, tap, output]`, and outputs a multiple of 4, so
// that four of them are one load.

/// `[group · output, channel, tap]`; for the gradient by the input `[group · channel, output, tap]`.
@group(0) @binding(0) var<storage, read_write> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
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
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let taps = settings.taps;
    let width = (outputs + 3u) / 4u * 4u;
    if (index >= settings.groups * channels * taps * width) {
        return;
    }
    let output = index % width;
    let tap = index / width % taps;
    let channel = index / (width * taps) % channels;
    let group = index / (width * taps * channels);
    let straight = ((group * outputs + output) * channels + channel) * taps + tap;
    let turned = ((group * channels + channel) * outputs + output) * taps + taps - 1u - tap;
    let inside = output < outputs;
    let place = select(0u, select(straight, turned, settings.turned != 0u), inside);
    packed[index] = select(0.0, weight[place], inside);
}
