// Second pass: mean and variance of each channel from those of its parts, merged in their order (Chan, Golub, LeVeque 1983).

/// `[part, channel, 2]`.
@group(0) @binding(0) var<storage, read_write> moments: array<f32>;
/// `[2, channel]`: means, then variances.
@group(0) @binding(1) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Layer;

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channels = settings.channels;
    let channel = workgroup_number(id, groups) * WORKGROUP + lane;
    if (channel >= channels) {
        return;
    }
    let found = merged(channel);
    statistics[channel] = found.x;
    statistics[channels + channel] = found.y;
}
