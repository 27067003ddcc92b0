// The gradient with respect to the weight of a 3 × 3 kernel with stride 1, for GPUs. A workgroup computes 64 outputs of 16
// channels and loads 2 × 16 pixels of the gradient and the input pixels around them at a time. Each invocation keeps eight
// outputs of one channel's nine taps in registers. Neighbouring pixels are as far apart as the taps. Needs `weight_patch`, its
// products in single or half precision, and the sizes and tiles declared in the kernel's file.

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

    // What this invocation loads: four outputs of one pixel at a time, and one pixel of each channel's patch.
    let own = vec2(lane % 16u, lane / 16u % TILE_ROWS);
    let own_outputs = 4u * (lane / 32u);
    let own_line = (lane % 32u) * (OUTPUT_LINE / 4u) + lane / 32u;
    let seen_at = vec2(lane % 32u, lane / 32u);
    let is_seen = seen_at.x < COLUMNS;
    let seen_line = seen_at.y * LINE + seen_at.x;
    let shift = settings.offset - settings.back;

    let across = lane % 16u;
    let down = lane / 16u;
    let zero = mat3x4(vec4(0.0), vec4(0.0), vec4(0.0));
    var sums = Sums(zero, zero, zero, zero, zero, zero);
    var corner = vec2(begin % tiles.x * 16u, begin / tiles.x % tiles.y * TILE_ROWS);
    let begin_phase = begin / of_phase;
    var phase = vec2(begin_phase % apart.x, begin_phase / apart.x % apart.y);
    var image_group = begin_phase / (apart.x * apart.y) * groups + group;
    for (var tile = begin; tile < end; tile++) {
        // All loads of the gradient are issued before any of them is waited for, and then all loads of the input, without a branch
        // in between: together, they would need too many registers.
        let at = phase + (corner + own) * apart;
        let known = all(at < output_size);
        let slopes = (image_group * outputs + output) * pixels + select(0u, at.y * output_size.x + at.x, known);
        // After the last output the last one is read again; its sums are not written.
        let last_slope = slopes + (outputs - 1u - output) * pixels;
        let own_slope = slopes + own_outputs * pixels;
        let a = slopes_of(own_slope, 0u, pixels, last_slope);
        let b = slopes_of(own_slope, 16u, pixels, last_slope);
        let c = slopes_of(own_slope, 32u, pixels, last_slope);
        let d = slopes_of(own_slope, 48u, pixels, last_slope);
        output_tile[own_line] = slope_operands(select(vec4(0.0), a, known));
        output_tile[own_line + 4u] = slope_operands(select(vec4(0.0), b, known));
        output_tile[own_line + 8u] = slope_operands(select(vec4(0.0), c, known));
        output_tile[own_line + 12u] = slope_operands(select(vec4(0.0), d, known));
        let under = phase + (corner + seen_at) * apart + shift;
        let seen = all(under < size);
        let place = image_group * channels * map + select(0u, under.y * size.x + under.x, seen);
        let e = pixels_of(place, map, channel);
        let f = pixels_of(place, map, channel + 4u);
        let g = pixels_of(place, map, channel + 8u);
        let h = pixels_of(place, map, channel + 12u);
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
        sums = stage_added(sums, across * PATCH, 2u * down);
        workgroupBarrier();
    }
    store_sums(unscaled(sums), part, group, output + 8u * down, channel + across);
}
