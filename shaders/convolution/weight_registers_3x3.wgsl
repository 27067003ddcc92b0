// The gradient with respect to the weight of a 3 × 3 kernel with stride 1, for software adapters: each invocation keeps four
// outputs by four channels by nine taps in registers and walks along rows, where each pixel meets the three taps of a row in turn.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel, tap]`.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 32u;

/// One column of pixels under the three rows of taps.
fn column_of(map: u32, rows: vec3<u32>, column: u32, size: vec2<u32>) -> vec3<f32> {
    let inside = rows < vec3(size.y) & vec3(column < size.x);
    let place = select(vec3(0u), map + rows * size.x + column, inside);
    return select(vec3(0.0), vec3(input[place.x], input[place.y], input[place.z]), inside);
}

/// Adds the products of four outputs with the three pixels of a row to the sums of the row's taps.
fn added(row: mat3x4<f32>, slope: vec4<f32>, left: f32, middle: f32, right: f32) -> mat3x4<f32> {
    return mat3x4(row[0] + slope * left, row[1] + slope * middle, row[2] + slope * right);
}

fn store(start: u32, values: mat3x4<f32>, output: u32) {
    sums[start] = values[0][output];
    sums[start + 1u] = values[1][output];
    sums[start + 2u] = values[2][output];
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = (settings.first + workgroup_number(id, workgroups)) * WORKGROUP + lane;
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let size = settings.size;
    let output_size = settings.output_size;
    let apart = settings.dilation;
    let shift = settings.offset - settings.back;
    let blocks = (outputs + 3u) / 4u;
    let sets = (channels + 3u) / 4u;
    // Parts vary fastest: maps are powers of 2 apart, and neighbouring invocations would evict each other's pixels from the cache.
    let part = number % settings.parts;
    let place = number / settings.parts;
    let output = place % blocks * 4u;
    let channel = place / blocks % sets * 4u;
    let group = place / (blocks * sets);
    if (group >= groups) {
        return;
    }
    let pixels = size.x * size.y;
    let slopes = output_size.x * output_size.y;
    let begin = part * settings.share;
    let end = min(begin + settings.share, settings.batch * output_size.y);
    // After the last channel or output the last one is read again; the sums are not written.
    let seen = min(channel + vec4(0u, 1u, 2u, 3u), vec4(channels - 1u)) * pixels;
    let known = min(output + vec4(0u, 1u, 2u, 3u), vec4(outputs - 1u)) * slopes;
    let zero = mat3x4(vec4(0.0), vec4(0.0), vec4(0.0));
    var top_0 = zero;
    var middle_0 = zero;
    var bottom_0 = zero;
    var top_1 = zero;
    var middle_1 = zero;
    var bottom_1 = zero;
    var top_2 = zero;
    var middle_2 = zero;
    var bottom_2 = zero;
    var top_3 = zero;
    var middle_3 = zero;
    var bottom_3 = zero;
    for (var line = begin; line < end; line++) {
        let image = line / output_size.y;
        let row = line % output_size.y;
        let rows = row + shift.y + vec3(0u, 1u, 2u) * apart.y;
        let map = (image * groups + group) * channels * pixels;
        let of_row = (image * groups + group) * outputs * slopes + row * output_size.x;
        for (var phase = 0u; phase < min(apart.x, output_size.x); phase++) {
            let edge = phase + shift.x;
            var left_0 = column_of(map + seen[0], rows, edge, size);
            var centre_0 = column_of(map + seen[0], rows, edge + apart.x, size);
            var left_1 = column_of(map + seen[1], rows, edge, size);
            var centre_1 = column_of(map + seen[1], rows, edge + apart.x, size);
            var left_2 = column_of(map + seen[2], rows, edge, size);
            var centre_2 = column_of(map + seen[2], rows, edge + apart.x, size);
            var left_3 = column_of(map + seen[3], rows, edge, size);
            var centre_3 = column_of(map + seen[3], rows, edge + apart.x, size);
            for (var column = phase; column < output_size.x; column += apart.x) {
                let slope = slopes_of(of_row + column + known);
                let next = column + shift.x + 2u * apart.x;
                let right_0 = column_of(map + seen[0], rows, next, size);
                top_0 = added(top_0, slope, left_0.x, centre_0.x, right_0.x);
                middle_0 = added(middle_0, slope, left_0.y, centre_0.y, right_0.y);
                bottom_0 = added(bottom_0, slope, left_0.z, centre_0.z, right_0.z);
                left_0 = centre_0;
                centre_0 = right_0;
                let right_1 = column_of(map + seen[1], rows, next, size);
                top_1 = added(top_1, slope, left_1.x, centre_1.x, right_1.x);
                middle_1 = added(middle_1, slope, left_1.y, centre_1.y, right_1.y);
                bottom_1 = added(bottom_1, slope, left_1.z, centre_1.z, right_1.z);
                left_1 = centre_1;
                centre_1 = right_1;
                let right_2 = column_of(map + seen[2], rows, next, size);
                top_2 = added(top_2, slope, left_2.x, centre_2.x, right_2.x);
                middle_2 = added(middle_2, slope, left_2.y, centre_2.y, right_2.y);
                bottom_2 = added(bottom_2, slope, left_2.z, centre_2.z, right_2.z);
                left_2 = centre_2;
                centre_2 = right_2;
                let right_3 = column_of(map + seen[3], rows, next, size);
                top_3 = added(top_3, slope, left_3.x, centre_3.x, right_3.x);
                middle_3 = added(middle_3, slope, left_3.y, centre_3.y, right_3.y);
                bottom_3 = added(bottom_3, slope, left_3.z, centre_3.z, right_3.z);
                left_3 = centre_3;
                centre_3 = right_3;
            }
        }
    }
    for (var next = 0u; next < 4u && output + next < outputs; next++) {
        let start = (((part * groups + group) * outputs + output + next) * channels + channel) * 9u;
        store(start, top_0, next);
        store(start + 3u, middle_0, next);
        store(start + 6u, bottom_0, next);
        if (channel + 1u < channels) {
            store(start + 9u, top_1, next);
            store(start + 12u, middle_1, next);
            store(start + 15u, bottom_1, next);
        }
        if (channel + 2u < channels) {
            store(start + 18u, top_2, next);
            store(start + 21u, middle_2, next);
            store(start + 24u, bottom_2, next);
        }
        if (channel + 3u < channels) {
            store(start + 27u, top_3, next);
            store(start + 30u, middle_3, next);
            store(start + 33u, bottom_3, next);
        }
    }
}
