// The running statistics of a layer, moved towards those of a batch.

@group(0) @binding(0) var<storage, read_write> mean: array<f32>;
@group(0) @binding(1) var<storage, read_write> variance: array<f32>;
/// `[2, channel]`: the batch's means and variances.
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(3) var<storage, read_write> moved_mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> moved_variance: array<f32>;
@group(0) @binding(5) var<storage, read> settings: Move;

struct Move {
    channels: u32,
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
    let by = settings;
    if (channel >= by.channels) {
        return;
    }
    let found = statistics[channel];
    let spread = statistics[by.channels + channel] * by.correction;
    moved_mean[channel] = mean[channel] * by.kept + found * by.added;
    moved_variance[channel] = variance[channel] * by.kept + spread * by.added;
}
