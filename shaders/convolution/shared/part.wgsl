// Where a convolution has too few workgroups for a GPU, its channels are divided into parts. Each part is an output of its own, and
// another kernel adds them up. Needs `settings` and `pixels`.

/// The channels of a part; none after the last part.
struct Part {
    number: u32,
    first: u32,
    channels: u32,
}

fn part_of(number: u32) -> Part {
    let first = number * settings.share;
    let channels = select(0u, min(settings.share, settings.channels - first), number < settings.parts);
    return Part(number, select(0u, first, channels > 0u), channels);
}

/// The same pixels of a part's own output.
fn of_part(pixels: Four, part: Part) -> Four {
    return Four(pixels.column, pixels.row, pixels.image + part.number * settings.batch, pixels.inside);
}
