// γ·(x − mean)/√(variance + ε) + β with mean and variance over the channels of a pixel. One invocation per pixel.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
/// `[image, 2, pixel]`: means, and 1/√(variance + ε).
@group(0) @binding(4) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(5) var<storage, read> settings: Layer;

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let pixels = settings.pixels;
    let channels = settings.channels;
    if (index >= settings.batch * pixels) {
        return;
    }
    let image = index / pixels;
    let pixel = index % pixels;
    let first = image * channels * pixels + pixel;
    let end = first + channels * pixels;
    let count = f32(channels);
    var sum = 0.0;
    for (var place = first; place < end; place += pixels) {
        sum += input[place];
    }
    let mean = sum / count;
    var spread = 0.0;
    for (var place = first; place < end; place += pixels) {
        let distance = input[place] - mean;
        spread += distance * distance;
    }
    let steepness = 1.0 / sqrt(spread / count + settings.epsilon);
    statistics[2u * image * pixels + pixel] = mean;
    statistics[(2u * image + 1u) * pixels + pixel] = steepness;
    for (var channel = 0u; channel < channels; channel++) {
        let place = first + channel * pixels;
        let normalised = (input[place] - mean) * steepness;
        output[place] = normalised * gamma[channel] + beta[channel];
    }
}
