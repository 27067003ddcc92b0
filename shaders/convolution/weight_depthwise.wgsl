// The gradient with respect to the weight of a depthwise convolution with a 3 × 3 kernel, for GPUs: one channel and one output per
// group. A workgroup sums the nine taps of a group over a part of the rows; its invocations read neighbouring pixels.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group, tap]`.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 64u;

/// The sums of a row of taps over the workgroup.
fn totals(lane: u32, values: vec3<f32>) -> vec3<f32> {
    let x = total(lane, values.x);
    let y = total(lane, values.y);
    let z = total(lane, values.z);
    return vec3(x, y, z);
}

fn store(place: u32, values: vec3<f32>) {
    sums[place] = values.x;
    sums[place + 1u] = values.y;
    sums[place + 2u] = values.z;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = settings.first + workgroup_number(id, workgroups);
    let groups = settings.groups;
    let size = settings.size;
    let output_size = settings.output_size;
    let stride = settings.stride;
    let apart = settings.dilation;
    let shift = settings.offset - settings.back;
    let group = number % groups;
    let part = number / groups;
    let inside = part < settings.parts;
    let rows = settings.batch * output_size.y;
    let begin = select(0u, part * settings.share * output_size.x, inside);
    let end = select(0u, min((part + 1u) * settings.share, rows) * output_size.x, inside);
    let pixels = output_size.x * output_size.y;
    let map = size.x * size.y;

    // A pixel, and how far the next one of this invocation is.
    let first = begin + lane;
    var position = vec2(first % output_size.x, first / output_size.x % output_size.y);
    var image_group = first / pixels * groups + group;
    let further = vec3(WORKGROUP % output_size.x, WORKGROUP / output_size.x % output_size.y, WORKGROUP / pixels * groups);
    var top = vec3(0.0);
    var middle = vec3(0.0);
    var bottom = vec3(0.0);
    for (var pixel = first; pixel < end; pixel += WORKGROUP) {
        let start = position * stride + shift;
        let columns = start.x + vec3(0u, 1u, 2u) * apart.x;
        let slope = gradient[image_group * pixels + position.y * output_size.x + position.x];
        let row_0 = row_under(image_group * map, start.y, columns);
        let row_1 = row_under(image_group * map, start.y + apart.y, columns);
        let row_2 = row_under(image_group * map, start.y + 2u * apart.y, columns);
        top += slope * row_0;
        middle += slope * row_1;
        bottom += slope * row_2;
        position += further.xy;
        let ends_row = position.x >= output_size.x;
        position.x -= select(0u, output_size.x, ends_row);
        position.y += u32(ends_row);
        let ends_map = position.y >= output_size.y;
        position.y -= select(0u, output_size.y, ends_map);
        image_group += further.z + select(0u, groups, ends_map);
    }
    top = totals(lane, top);
    middle = totals(lane, middle);
    bottom = totals(lane, bottom);
    if (inside && lane == 0u) {
        store(number * 9u, top);
        store(number * 9u + 3u, middle);
        store(number * 9u + 6u, bottom);
    }
}
