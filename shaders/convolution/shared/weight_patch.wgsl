// The products of the gradient with respect to the weight of a 3 × 3 kernel: an invocation's sums, and what it writes. Needs
// `settings`, `input`, `gradient`, `parts`, products in single or half precision, and the sizes and tiles declared in the kernel's
// file.

/// Pixels of a row of the input under a row of the gradient.
const COLUMNS = 18u;

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

fn bring(line: u32, channels: vec4<f32>) {
    let values = pixel_operands(channels);
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
