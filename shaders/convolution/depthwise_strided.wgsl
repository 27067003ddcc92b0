// Depthwise convolution with a 3 × 3 kernel and any stride, and its gradient with respect to the input, for GPUs: one channel and
// one output per group. Each invocation computes one pixel; with a stride, neighbours below each other hardly share rows.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, tap, output]`, one of four outputs used.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 64u;

/// Where three taps fall along an axis: on a pixel of the input, or on `size`, outside of the map. In a gradient with respect to
/// the input, most of them fall between the pixels of the map.
fn places_under(pixel: u32, stride: u32, offset: u32, dilation: u32, fraction: u32, back: u32, size: u32) -> vec3<u32> {
    let fine = pixel * stride + offset + vec3(0u, 1u, 2u) * dilation;
    let places = fine / fraction;
    return select(vec3(size), places - back, places * fraction == fine);
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = (settings.first + workgroup_number(id, workgroups)) * WORKGROUP + lane;
    let groups = settings.groups;
    let size = settings.size;
    let output_size = settings.output_size;
    let stride = settings.stride;
    let offset = settings.offset;
    let dilation = settings.dilation;
    let fraction = settings.fraction;
    let back = settings.back;
    let line = index / output_size.x;
    let map = line / output_size.y;
    if (map >= settings.batch * groups) {
        return;
    }
    let group = map % groups;
    let column = index - line * output_size.x;
    let row = line - map * output_size.y;
    let columns = places_under(column, stride.x, offset.x, dilation.x, fraction.x, back.x, size.x);
    let rows = places_under(row, stride.y, offset.y, dilation.y, fraction.y, back.y, size.y);
    let place = map * size.x * size.y;

    // All loads are issued before any of them is waited for.
    let first = weights_of(group * 9u);
    let second = weights_of(group * 9u + 3u);
    let third = weights_of(group * 9u + 6u);
    let row_0 = row_under(place, rows.x, columns);
    let row_1 = row_under(place, rows.y, columns);
    let row_2 = row_under(place, rows.z, columns);
    let is_biased = settings.biased != 0u;
    let start_of_sum = select(0.0, bias[select(0u, group, is_biased)], is_biased);
    output[index] = start_of_sum + dot(first, row_0) + dot(second, row_1) + dot(third, row_2);
}
