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
    var count = 0.0;
    var mean = 0.0;
    var spread = 0.0;
    for (var number = 0u; number < settings.batch * settings.chunks; number++) {
        let part = part_of(number * channels + channel);
        let place = 2u * (number * channels + channel);
        let more = f32(part.end - part.begin);
        let share = more / (count + more);
        let distance = moments[place] - mean;
        mean += distance * share;
        spread += moments[place + 1u] + distance * distance * count * share;
        count += more;
    }
    statistics[channel] = mean;
    statistics[channels + channel] = spread / count;
}
