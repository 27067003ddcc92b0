// The products of the gradient with respect to the weight of a 3 × 3 kernel: an invocation's sums, and what it writes. Needs
// `settings`, `input`, `gradient`, `parts`, and the sizes and tiles declared in the kernel's file.

/// Four outputs of one pixel; after the last output the last one again.
fn slopes_of(place: u32, first: u32, pixels: u32, last: u32) -> vec4<f32> {
    let at = min(place + (first + vec4(0u, 1u, 2u, 3u)) * pixels, vec4(last));
    return vec4(gradient[at.x], gradient[at.y], gradient[at.z], gradient[at.w]);
}

/// One pixel of four channels; after the last channel the last one again.
fn pixels_of(place: u32, map: u32, first: u32) -> vec4<f32> {
    let at = place + min(first + vec4(0u, 1u, 2u, 3u), vec4(settings.channels - 1u)) * map;
    return vec4(input[at.x], input[at.y], input[at.z], input[at.w]);
}

fn bring(line: u32, values: vec4<f32>) {
    pixel_tile[line] = values.x;
    pixel_tile[line + PATCH] = values.y;
    pixel_tile[line + 2u * PATCH] = values.z;
    pixel_tile[line + 3u * PATCH] = values.w;
}

/// Two groups of four outputs (first, last) of the nine taps, row by row.
struct Sums {
    top_first: mat3x4<f32>,
    top_last: mat3x4<f32>,
    middle_first: mat3x4<f32>,
    middle_last: mat3x4<f32>,
    bottom_first: mat3x4<f32>,
    bottom_last: mat3x4<f32>,
}

/// Adds the products of four outputs with the three pixels under a row of taps.
fn row_added(row: mat3x4<f32>, slope: vec4<f32>, pixels: vec3<f32>) -> mat3x4<f32> {
    return mat3x4(row[0] + slope * pixels.x, row[1] + slope * pixels.y, row[2] + slope * pixels.z);
}

/// Adds the products of one pixel of the gradient, whose outputs are at `place`, with the pixels around it.
fn pixel_added(sums: Sums, place: u32, top: vec3<f32>, middle: vec3<f32>, bottom: vec3<f32>) -> Sums {
    let first = output_tile[place];
    let last = output_tile[place + 1u];
    return Sums(
        row_added(sums.top_first, first, top),
        row_added(sums.top_last, last, top),
        row_added(sums.middle_first, first, middle),
        row_added(sums.middle_last, last, middle),
        row_added(sums.bottom_first, first, bottom),
        row_added(sums.bottom_last, last, bottom),
    );
}

/// Six neighbouring pixels of a row of the patch.
struct Row {
    start: vec4<f32>,
    more: vec2<f32>,
}

fn row_at(place: u32) -> Row {
    let start = vec4(pixel_tile[place], pixel_tile[place + 1u], pixel_tile[place + 2u], pixel_tile[place + 3u]);
    return Row(start, vec2(pixel_tile[place + 4u], pixel_tile[place + 5u]));
}

/// Writes up to four outputs of a row of taps, `left` of which exist.
fn store(start: u32, apart: u32, left: u32, values: mat3x4<f32>) {
    for (var next = 0u; next < 4u; next++) {
        if (next < left) {
            let place = start + next * apart;
            parts[place] = values[0][next];
            parts[place + 1u] = values[1][next];
            parts[place + 2u] = values[2][next];
        }
    }
}

/// Adds the products of four neighbouring pixels of the gradient, whose outputs begin at `slope`, with the pixels around them, which
/// begin at `place`.
fn quad_added(sums: Sums, place: u32, slope: u32) -> Sums {
    let next = OUTPUT_LINE / 4u;
    let top = row_at(place);
    let middle = row_at(place + LINE);
    let bottom = row_at(place + 2u * LINE);
    let one = pixel_added(sums, slope, top.start.xyz, middle.start.xyz, bottom.start.xyz);
    let two = pixel_added(one, slope + next, top.start.yzw, middle.start.yzw, bottom.start.yzw);
    let three = pixel_added(
        two,
        slope + 2u * next,
        vec3(top.start.zw, top.more.x),
        vec3(middle.start.zw, middle.more.x),
        vec3(bottom.start.zw, bottom.more.x),
    );
    return pixel_added(
        three,
        slope + 3u * next,
        vec3(top.start.w, top.more),
        vec3(middle.start.w, middle.more),
        vec3(bottom.start.w, bottom.more),
    );
}

/// Writes the sums of eight outputs and one channel, if they exist.
fn store_sums(sums: Sums, part: u32, group: u32, output: u32, channel: u32) {
    let channels = settings.channels;
    let outputs = settings.outputs;
    if (part >= settings.parts || channel >= channels || output >= outputs) {
        return;
    }
    let line = channels * 9u;
    let start = ((part * settings.groups + group) * outputs + output) * line + channel * 9u;
    let left = outputs - output;
    store(start, line, left, sums.top_first);
    store(start + 3u, line, left, sums.middle_first);
    store(start + 6u, line, left, sums.bottom_first);
    if (left > 4u) {
        store(start + 4u * line, line, left - 4u, sums.top_last);
        store(start + 4u * line + 3u, line, left - 4u, sums.middle_last);
        store(start + 4u * line + 6u, line, left - 4u, sums.bottom_last);
    }
}
