// Second pass in training: mean and variance of each channel from those of its parts, and the running statistics, moved towards
// them.

/// `[part, channel, 2]`.
@group(0) @binding(0) var<storage, read_write> moments: array<f32>;
/// The running mean and variance before this batch.
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
/// `[2, channel]`: means, then variances; of the batch, and running.
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> moved: array<f32>;
@group(0) @binding(5) var<storage, read> settings: Moving;

/// The settings of `Layer`, then those of the move.
struct Moving {
    batch: u32,
    channels: u32,
    pixels: u32,
    chunks: u32,
    epsilon: f32,
    relu: u32,
    /// 1 − momentum, and the momentum.
    kept: f32,
    added: f32,
    /// n / (n − 1), which makes the variance that of a sample.
    correction: f32,
}

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channel = workgroup_number(id, groups) * WORKGROUP + lane;
    let channels = settings.channels;
    if (channel >= channels) {
        return;
    }
    let kept = settings.kept;
    let added = settings.added;
    let correction = settings.correction;
    let found = merged(channel);
    statistics[channel] = found.x;
    statistics[channels + channel] = found.y;
    moved[channel] = mean[channel] * kept + found.x * added;
    moved[channels + channel] = variance[channel] * kept + found.y * correction * added;
}
