// The gradients with respect to γ and β, summed over each part of each channel. Where the ReLU was inactive, the gradient is 0.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
/// `[2, channel]`.
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;
/// With respect to the output.
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
/// `[part, 2, channel]`.
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<storage, read> settings: Layer;

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = part_of(workgroup_number(id, groups));
    let mean = statistics[part.channel];
    let steepness = 1.0 / sqrt(statistics[settings.channels + part.channel] + settings.epsilon);
    var by_gamma = 0.0;
    var by_beta = 0.0;
    for (var pixel = part.begin + lane; pixel < part.end; pixel += WORKGROUP) {
        let place = part.map + pixel;
        let slope = select(gradient[place], 0.0, settings.relu != 0u && output[place] <= 0.0);
        by_gamma += slope * ((input[place] - mean) * steepness);
        by_beta += slope;
    }
    by_gamma = total(lane, by_gamma);
    by_beta = total(lane, by_beta);
    if (lane == 0u && part.begin < part.end) {
        let place = 2u * part.number * settings.channels + part.channel;
        sums[place] = by_gamma;
        sums[place + settings.channels] = by_beta;
    }
}
