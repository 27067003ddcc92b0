// Which two pixels of an axis a pixel of the resized axis lies between. Needs `settings`.

struct Axis {
    /// Maps times the axes before this one.
    outer: u32,
    /// Pixels of the axis before and after.
    before: u32,
    after: u32,
    /// The axes behind this one.
    inner: u32,
    /// Whether the centres of the corner pixels coincide, or their outer edges.
    aligned: u32,
}

struct Place {
    low: u32,
    high: u32,
    /// Of `high`; `low` has the rest.
    share: f32,
}

/// In whole numbers as long as they last, so that the share is right to its last bit.
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
