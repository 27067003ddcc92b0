// The gradient with respect to the input: 1/√(variance + ε) · (γ·g − mean of γ·g − x̂ · mean of γ·g·x̂), with means over the
// channels of a pixel. One invocation per pixel.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[image, 2, pixel]`: means, and 1/√(variance + ε).
@group(0) @binding(1) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(2) var<storage, read_write> gamma: array<f32>;
/// With respect to the output, and to the input.
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(4) var<storage, read_write> by_input: array<f32>;
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
    let mean = statistics[2u * image * pixels + pixel];
    let steepness = statistics[(2u * image + 1u) * pixels + pixel];
    var slopes = 0.0;
    var turns = 0.0;
    for (var channel = 0u; channel < channels; channel++) {
        let place = first + channel * pixels;
        let slope = gamma[channel] * gradient[place];
        slopes += slope;
        turns += slope * ((input[place] - mean) * steepness);
    }
    slopes /= f32(channels);
    turns /= f32(channels);
    for (var channel = 0u; channel < channels; channel++) {
        let place = first + channel * pixels;
        let slope = gamma[channel] * gradient[place];
        let normalised = (input[place] - mean) * steepness;
        by_input[place] = steepness * (slope - slopes - normalised * turns);
    }
}
