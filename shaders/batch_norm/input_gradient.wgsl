// The gradient with respect to the input: γ/√(variance + ε) · (g − mean of g − x̂ · mean of g·x̂). The means over the channel
// follow from the gradients with respect to β and γ.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
/// `[2, channel]`: means and variances; gradients with respect to γ and to β.
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> gamma: array<f32>;
/// With respect to the output, and to the input.
@group(0) @binding(5) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(6) var<storage, read_write> by_input: array<f32>;
@group(0) @binding(7) var<storage, read> settings: Layer;

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = part_of(workgroup_number(id, groups));
    let channels = settings.channels;
    let count = f32(settings.batch * settings.pixels);
    let mean = statistics[part.channel];
    let steepness = 1.0 / sqrt(statistics[channels + part.channel] + settings.epsilon);
    let scale = gamma[part.channel] * steepness;
    let of_gamma = parameters[part.channel] / count;
    let of_beta = parameters[channels + part.channel] / count;
    let relu = settings.relu != 0u;
    let end = part.end;
    let first = part.begin + lane;
    // Twelve loads at a time.
    let fours = (max(end, first) - first) / (4u * WORKGROUP);
    let rest = first + fours * 4u * WORKGROUP;
    for (var pixel = first; pixel < rest; pixel += 4u * WORKGROUP) {
        let places = vec4<u32>(part.map + pixel) + vec4<u32>(0u, WORKGROUP, 2u * WORKGROUP, 3u * WORKGROUP);
        // Without a ReLU there is no output to read beyond its first number.
        let read = select(vec4<u32>(), places, relu);
        let values = vec4<f32>(input[places.x], input[places.y], input[places.z], input[places.w]);
        let gradients = vec4<f32>(gradient[places.x], gradient[places.y], gradient[places.z], gradient[places.w]);
        let outputs = vec4<f32>(output[read.x], output[read.y], output[read.z], output[read.w]);
        let slopes = select(gradients, vec4<f32>(), vec4<bool>(relu) & (outputs <= vec4<f32>()));
        let normalised = (values - mean) * steepness;
        let changes = scale * (slopes - of_beta - normalised * of_gamma);
        by_input[places.x] = changes.x;
        by_input[places.y] = changes.y;
        by_input[places.z] = changes.z;
        by_input[places.w] = changes.w;
    }
    for (var pixel = rest; pixel < end; pixel += WORKGROUP) {
        let place = part.map + pixel;
        let slope = select(gradient[place], 0.0, relu && output[place] <= 0.0);
        let normalised = (input[place] - mean) * steepness;
        by_input[place] = scale * (slope - of_beta - normalised * of_gamma);
    }
}
