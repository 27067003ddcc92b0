// The gradient with respect to the weight of a 3 × 3 kernel with stride 1, for GPUs and layers with few outputs. A workgroup computes
// 16 outputs of 16 channels and loads 4 × 16 pixels of the gradient and the input pixels around them at a time. Each invocation
// keeps eight outputs of one channel's nine taps in registers, for one of the four rows; the rows are added up at the end.
// Neighbouring pixels are as far apart as the taps. Needs `weight_patch`, its products in single or half precision, and the sizes
// and tiles declared in the kernel's file.

/// Stores a row of taps, whose numbers are 32 apart, one for each invocation of a row of pixels.
fn give(place: u32, values: mat3x4<f32>) {
    for (var next = 0u; next < 4u; next++) {
        give_sum(place + 96u * next, values[0][next]);
        give_sum(place + 96u * next + 32u, values[1][next]);
        give_sum(place + 96u * next + 64u, values[2][next]);
    }
}

fn column_taken(place: u32) -> vec4<f32> {
    return vec4(sum_at(place), sum_at(place + 96u), sum_at(place + 192u), sum_at(place + 288u));
}

fn taken(place: u32) -> mat3x4<f32> {
    return mat3x4(column_taken(place), column_taken(place + 32u), column_taken(place + 64u));
}

/// The sum over all rows, for the invocations of the first row.
fn over_rows(values: mat3x4<f32>, lane: u32) -> mat3x4<f32> {
    let row = lane / 32u;
    let place = lane % 32u;
    workgroupBarrier();
    if (row > 0u) {
        give((row - 1u) * 384u + place, values);
    }
    workgroupBarrier();
    return values + taken(place) + taken(place + 384u) + taken(place + 768u);
}

fn weigh(number: u32, lane: u32) {
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let size = settings.size;
    let output_size = settings.output_size;
    let blocks = (outputs + OUTPUTS - 1u) / OUTPUTS;
    let sets = (channels + CHANNELS - 1u) / CHANNELS;
    let output = number % blocks * OUTPUTS;
    let channel = number / blocks % sets * CHANNELS;
    let group = number / (blocks * sets) % groups;
    let part = number / (blocks * sets * groups);
    let inside = part < settings.parts;
    let apart = settings.dilation;
    let phase_size = (output_size + apart - 1u) / apart;
    let tiles = (phase_size + vec2(15u, TILE_ROWS - 1u)) / vec2(16u, TILE_ROWS);
    let of_phase = tiles.x * tiles.y;
    let begin = part * settings.share;
    let end = select(begin, min(begin + settings.share, settings.batch * apart.x * apart.y * of_phase), inside);
    let pixels = output_size.x * output_size.y;
    let map = size.x * size.y;

    // What this invocation loads: eight outputs of one pixel, and one pixel of each channel's patch.
    let own = vec2(lane % 16u, lane / 16u % TILE_ROWS);
    let own_outputs = 4u * (lane / 64u);
    let own_line = lane % 64u * (OUTPUT_LINE / 4u) + lane / 64u;
    let own_pixel = own.y * apart.y * output_size.x + own.x * apart.x;
    let own_slope = own_outputs * pixels;
    let seen_at = vec2(lane % COLUMNS, lane / COLUMNS);
    let seen_line = seen_at.y * LINE + seen_at.x;
    let seen_pixel = seen_at.y * apart.y * size.x + seen_at.x * apart.x;
    let is_seen = lane < COLUMNS * (TILE_ROWS + 2u);
    let shift = settings.offset - settings.back;

    let across = lane % 16u;
    let down = lane / 16u % 2u;
    let row = lane / 32u;
    let first_pixel = across * PATCH + row * LINE;
    let first_slope = 16u * row * (OUTPUT_LINE / 4u) + 2u * down;
    let zero = mat3x4(vec4(0.0), vec4(0.0), vec4(0.0));
    var sums = Sums(zero, zero, zero, zero, zero, zero);
    var corner = vec2(begin % tiles.x * 16u, begin / tiles.x % tiles.y * TILE_ROWS);
    let begin_phase = begin / of_phase;
    var phase = vec2(begin_phase % apart.x, begin_phase / apart.x % apart.y);
    var image_group = begin_phase / (apart.x * apart.y) * groups + group;
    for (var tile = begin; tile < end; tile++) {
        // All loads are issued before any of them is waited for, without a branch in between.
        let start = phase + corner * apart;
        let known = all(start + own * apart < output_size);
        let slopes = (image_group * outputs + output) * pixels;
        let slope = slopes + select(0u, start.y * output_size.x + start.x + own_pixel, known);
        // After the last output the last one is read again; its sums are not written.
        let last_slope = slope + (outputs - 1u - output) * pixels;
        let a = slopes_of(slope + own_slope, 0u, pixels, last_slope);
        let b = slopes_of(slope + own_slope, 8u, pixels, last_slope);
        let under = start + shift;
        let seen = all(under + seen_at * apart < size);
        let place = image_group * channels * map + select(0u, under.y * size.x + under.x + seen_pixel, seen);
        let e = pixels_of(place, map, channel);
        let f = pixels_of(place, map, channel + 4u);
        let g = pixels_of(place, map, channel + 8u);
        let h = pixels_of(place, map, channel + 12u);
        output_tile[own_line] = slope_operands(select(vec4(0.0), a, known));
        output_tile[own_line + 2u] = slope_operands(select(vec4(0.0), b, known));
        if (is_seen) {
            bring(seen_line, select(vec4(0.0), e, seen));
            bring(seen_line + 4u * PATCH, select(vec4(0.0), f, seen));
            bring(seen_line + 8u * PATCH, select(vec4(0.0), g, seen));
            bring(seen_line + 12u * PATCH, select(vec4(0.0), h, seen));
        }
        corner.x += 16u;
        let ends_row = corner.x >= phase_size.x;
        corner = select(corner, vec2(0u, corner.y + TILE_ROWS), ends_row);
        let ends_phase = corner.y >= phase_size.y;
        corner.y = select(corner.y, 0u, ends_phase);
        phase.x += u32(ends_phase);
        let ends_phases = phase.x == apart.x;
        phase = select(phase, vec2(0u, phase.y + 1u), ends_phases);
        let ends_image = phase.y == apart.y;
        phase.y = select(phase.y, 0u, ends_image);
        image_group += select(0u, groups, ends_image);
        workgroupBarrier();
        sums = stage_added(sums, first_pixel, first_slope);
        workgroupBarrier();
    }
    let top_first = over_rows(sums.top_first, lane);
    let top_last = over_rows(sums.top_last, lane);
    let middle_first = over_rows(sums.middle_first, lane);
    let middle_last = over_rows(sums.middle_last, lane);
    let bottom_first = over_rows(sums.bottom_first, lane);
    let bottom_last = over_rows(sums.bottom_last, lane);
    if (row > 0u) {
        return;
    }
    let whole = Sums(top_first, top_last, middle_first, middle_last, bottom_first, bottom_last);
    store_sums(unscaled(whole), part, group, output + 8u * down, channel + across);
}
