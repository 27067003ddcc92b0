// Depthwise convolution with a 3 × 3 kernel and stride 1, and its gradient with respect to the input, for GPUs: one channel and one
// output per group. Each invocation computes four pixels below each other, as far apart as the taps, so that they share rows.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, tap, output]`, one of four outputs used.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
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
    let size = settings.size;
    let output_size = settings.output_size;
    let apart = settings.dilation;
    let blocks = ((output_size.y + apart.y - 1u) / apart.y + 3u) / 4u * apart.y;
    let column = index % output_size.x;
    let block = index / output_size.x % blocks;
    let map = index / (output_size.x * blocks);
    if (map >= settings.batch * groups) {
        return;
    }
    let group = map % groups;
    let row = block % apart.y + block / apart.y * 4u * apart.y;
    let start = vec2(column, row) + settings.offset - settings.back;
    let columns = start.x + vec3(0u, 1u, 2u) * apart.x;
    let place = map * size.x * size.y;

    // All loads are issued before any of them is waited for.
    let first = weights_of(group * 9u);
    let second = weights_of(group * 9u + 3u);
    let third = weights_of(group * 9u + 6u);
    let row_0 = row_under(place, start.y, columns);
    let row_1 = row_under(place, start.y + apart.y, columns);
    let row_2 = row_under(place, start.y + 2u * apart.y, columns);
    let row_3 = row_under(place, start.y + 3u * apart.y, columns);
    let row_4 = row_under(place, start.y + 4u * apart.y, columns);
    let row_5 = row_under(place, start.y + 5u * apart.y, columns);
    let is_biased = settings.biased != 0u;
    let start_of_sum = select(0.0, bias[select(0u, group, is_biased)], is_biased);
    let sums = start_of_sum
        + vec4(dot(first, row_0), dot(first, row_1), dot(first, row_2), dot(first, row_3))
        + vec4(dot(second, row_1), dot(second, row_2), dot(second, row_3), dot(second, row_4))
        + vec4(dot(third, row_2), dot(third, row_3), dot(third, row_4), dot(third, row_5));
    let to = map * output_size.x * output_size.y + row * output_size.x + column;
    let below = apart.y * output_size.x;
    // Where the taps are further apart than the map is high, not even the first row may exist.
    if (row < output_size.y) {
        output[to] = sums.x;
    }
    if (row + apart.y < output_size.y) {
        output[to + below] = sums.y;
    }
    if (row + 2u * apart.y < output_size.y) {
        output[to + 2u * below] = sums.z;
    }
    if (row + 3u * apart.y < output_size.y) {
        output[to + 3u * below] = sums.w;
    }
}
