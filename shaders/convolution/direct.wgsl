// Convolution and its gradient with respect to the input for groups with few outputs, such as depthwise ones. One invocation per
// output of a pixel.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, channel, tap, output]`, outputs a multiple of 4.
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = (settings.first + workgroup_number(id, workgroups)) * WORKGROUP + lane;
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let kernel = settings.kernel;
    let step = settings.step;
    let size = settings.size;
    let output_size = settings.output_size;
    let dilation = settings.dilation;
    let fraction = settings.fraction;
    let back = settings.back;
    let pixels = output_size.x * output_size.y;
    if (index >= settings.batch * groups * outputs * pixels) {
        return;
    }
    let pixel = vec2(index % output_size.x, index / output_size.x % output_size.y);
    let of_group = index / pixels % outputs;
    let map = index / (pixels * outputs);
    let group = map % groups;
    let place = pixel * settings.stride + settings.offset;
    let start = first_taps(pixel % fraction);
    // Starts under the first tap that falls on a pixel and steps from there, to avoid a division per tap.
    let first = (place + start * dilation) / fraction - back;
    let advance = step * dilation / fraction;
    let width = (outputs + 3u) / 4u * 4u;
    var sum = 0.0;
    if (settings.biased != 0u) {
        sum = bias[group * outputs + of_group];
    }
    for (var channel = 0u; channel < channels; channel++) {
        let seen = (map * channels + channel) * size.y;
        let known = (group * channels + channel) * kernel.y;
        var under = first;
        for (var row = start.y; row < kernel.y; row += step.y) {
            under.x = first.x;
            for (var column = start.x; column < kernel.x; column += step.x) {
                let inside = all(under < size);
                let value = input[select(0u, (seen + under.y) * size.x + under.x, inside)];
                let weight = weights[((known + row) * kernel.x + column) * width + of_group];
                sum += weight * select(0.0, value, inside);
                under.x += advance.x;
            }
            under.y += advance.y;
        }
    }
    output[index] = sum;
}
