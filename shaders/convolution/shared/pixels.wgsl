// Outputs of a convolution: four pixels with four outputs each. Needs `settings`, `bias` and `store`.

/// Four pixels of the output, all of one phase: their positions in the map, and whether they exist.
struct Four {
    column: vec4<u32>,
    row: vec4<u32>,
    image: vec4<u32>,
    inside: vec4<bool>,
}

fn four(numbers: vec4<u32>, phase: vec2<u32>) -> Four {
    let size = phase_size();
    let pixels = size.x * size.y;
    let place = numbers % pixels;
    let image = min(numbers / pixels, vec4(settings.batch - 1u));
    let column = phase.x + place % size.x * settings.fraction.x;
    let row = phase.y + place / size.x * settings.fraction.y;
    let inside = numbers < vec4(settings.batch * pixels) & column < vec4(settings.output_size.x)
        & row < vec4(settings.output_size.y);
    return Four(column, row, image, inside);
}

/// Adds the products of four outputs with four pixels to their sums.
fn added(sums: mat4x4<f32>, weight: vec4<f32>, pixels: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        sums[0] + weight * pixels.x,
        sums[1] + weight * pixels.y,
        sums[2] + weight * pixels.z,
        sums[3] + weight * pixels.w,
    );
}

/// The bias of four outputs; after the last output the last bias again.
fn bias_of(first: u32) -> vec4<f32> {
    let last = settings.groups * settings.outputs - 1u;
    let place = min(vec4(first, first + 1u, first + 2u, first + 3u), vec4(last));
    return vec4(bias[place.x], bias[place.y], bias[place.z], bias[place.w]);
}

/// Writes four outputs of a group, starting at `first`, for four pixels.
fn store_four(pixels: Four, group: u32, first: u32, values: mat4x4<f32>) {
    let outputs = settings.outputs;
    let size = settings.output_size;
    let groups = settings.groups;
    if (first >= outputs) {
        return;
    }
    let map = size.x * size.y;
    let place = ((pixels.image * groups + group) * outputs + first) * map + pixels.row * size.x + pixels.column;
    let left = outputs - first;
    if (pixels.inside.x) {
        store(place.x, map, left, values[0]);
    }
    if (pixels.inside.y) {
        store(place.y, map, left, values[1]);
    }
    if (pixels.inside.z) {
        store(place.z, map, left, values[2]);
    }
    if (pixels.inside.w) {
        store(place.w, map, left, values[3]);
    }
}
