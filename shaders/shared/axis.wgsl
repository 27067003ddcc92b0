// The two source pixels of each pixel of a resized axis. Needs `settings`.

struct Axis {
    /// Maps times the sizes of the axes before this one.
    outer: u32,
    /// Pixels of the axis before and after the resize.
    before: u32,
    after: u32,
    /// The sizes of the axes after this one.
    inner: u32,
    /// Whether the centres of the corner pixels coincide (1) or their outer edges (0).
    aligned: u32,
    /// For a convolution of the resized map: taps around every pixel along this axis, an odd number, …
    taps: u32,
    /// … the sizes of the axes between that of the taps and this one, …
    middle: u32,
    /// … and the number of channels with a bias, 0 for none.
    channels: u32,
}

struct Place {
    low: u32,
    high: u32,
    /// Weight of `high`; that of `low` is 1 minus it.
    share: f32,
}

/// Computed in integers until the last division, so that the share is correctly rounded.
fn place_of(pixel: u32) -> Place {
    let before = settings.before;
    let after = settings.after;
    // (pixel + ½)·before/after − ½, at least 0; with aligned corners pixel·(before − 1)/(after − 1).
    let centre = (2u * pixel + 1u) * before;
    let edges = select(0u, centre - after, centre > after);
    let is_aligned = settings.aligned != 0u;
    let position = select(edges, pixel * (before - 1u), is_aligned);
    let unit = select(2u * after, max(after, 2u) - 1u, is_aligned);
    let low = min(position / unit, before - 1u);
    return Place(low, min(low + 1u, before - 1u), f32(position % unit) / f32(unit));
}

/// The places of successive pixels of the resized axis, found by addition: an integer division costs as much as twenty products.
struct Walk {
    /// `place_of`'s divisor, quotient and remainder; the quotient is one too large, so that it is never negative.
    unit: u32,
    quotient: u32,
    remainder: u32,
    /// What is added to both from pixel to pixel.
    quotient_step: u32,
    remainder_step: u32,
}

fn walk_from(pixel: u32) -> Walk {
    let before = settings.before;
    let after = settings.after;
    let is_aligned = settings.aligned != 0u;
    let unit = select(2u * after, max(after, 2u) - 1u, is_aligned);
    let step = select(2u * before, before - 1u, is_aligned);
    let position = pixel * step + select(before + after, unit, is_aligned);
    return Walk(unit, position / unit, position % unit, step / unit, step % unit);
}

/// The walk at the next pixel.
fn next_of(walk: Walk) -> Walk {
    let remainder = walk.remainder + walk.remainder_step;
    let carries = remainder >= walk.unit;
    return Walk(
        walk.unit,
        walk.quotient + walk.quotient_step + select(0u, 1u, carries),
        remainder - select(0u, walk.unit, carries),
        walk.quotient_step,
        walk.remainder_step,
    );
}

/// `place_of` the walk's pixel, to the same bits.
fn place_on(walk: Walk) -> Place {
    let last = settings.before - 1u;
    let low = min(max(walk.quotient, 1u) - 1u, last);
    let share = select(f32(walk.remainder) / f32(walk.unit), 0.0, walk.quotient == 0u);
    return Place(low, min(low + 1u, last), share);
}

/// The first pixel of the resized axis that a pixel may contribute to, and the one after the last.
///
/// The range has a margin of one pixel on each side; pixels without a contribution have the share 0. Outer pixels also
/// contribute to everything beyond them.
fn reach_of(pixel: u32) -> vec2<u32> {
    let before = settings.before;
    let after = settings.after;
    let steps = max(before, 2u) - 1u;
    let begin = select(
        (2u * max(pixel, 1u) - 1u) * after / (2u * before),
        (max(pixel, 1u) - 1u) * (after - 1u) / steps,
        settings.aligned != 0u,
    );
    let end = select(
        (2u * pixel + 3u) * after / (2u * before),
        (pixel + 1u) * (after - 1u) / steps,
        settings.aligned != 0u,
    );
    let start = select(max(begin, 1u) - 1u, 0u, pixel == 0u);
    let stop = select(min(end + 2u, after), after, pixel == before - 1u);
    return vec2<u32>(start, stop);
}

/// The weight of `pixel` in a pixel of the resized axis.
fn share_of(pixel: u32, place: Place) -> f32 {
    return select(0.0, 1.0 - place.share, place.low == pixel)
        + select(0.0, place.share, place.high == pixel);
}
