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
    let relu = settings.relu != 0u;
    let end = part.end;
    let first = part.begin + lane;
    // Twelve loads at a time, added in the order of the pixels.
    let fours = (max(end, first) - first) / (4u * WORKGROUP);
    let rest = first + fours * 4u * WORKGROUP;
    var by_gamma = 0.0;
    var by_beta = 0.0;
    for (var pixel = first; pixel < rest; pixel += 4u * WORKGROUP) {
        let places = vec4<u32>(part.map + pixel) + vec4<u32>(0u, WORKGROUP, 2u * WORKGROUP, 3u * WORKGROUP);
        // Without a ReLU there is no output to read beyond its first number.
        let read = select(vec4<u32>(), places, relu);
        let values = vec4<f32>(input[places.x], input[places.y], input[places.z], input[places.w]);
        let gradients = vec4<f32>(gradient[places.x], gradient[places.y], gradient[places.z], gradient[places.w]);
        let outputs = vec4<f32>(output[read.x], output[read.y], output[read.z], output[read.w]);
        let slopes = select(gradients, vec4<f32>(), vec4<bool>(relu) & (outputs <= vec4<f32>()));
        let products = slopes * ((values - mean) * steepness);
        by_gamma = (((by_gamma + products.x) + products.y) + products.z) + products.w;
        by_beta = (((by_beta + slopes.x) + slopes.y) + slopes.z) + slopes.w;
    }
    for (var pixel = rest; pixel < end; pixel += WORKGROUP) {
        let place = part.map + pixel;
        let slope = select(gradient[place], 0.0, relu && output[place] <= 0.0);
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
