// Settings of the passes of a normalisation. Needs `settings`.

struct Layer {
    batch: u32,
    channels: u32,
    pixels: u32,
    /// Workgroups per map.
    chunks: u32,
    /// ε.
    epsilon: f32,
    /// 1 with a ReLU after the layer, else 0.
    relu: u32,
}

/// Pixels per workgroup.
const CHUNK = 4096u;

/// A workgroup's part of one map `[image, channel, pixel]`.
struct Part {
    map: u32,
    channel: u32,
    /// Index of the part within its channel.
    number: u32,
    /// Its pixels; none after the last part.
    begin: u32,
    end: u32,
}

fn part_of(number: u32) -> Part {
    let channels = settings.channels;
    let chunks = settings.chunks;
    let pixels = settings.pixels;
    let channel = number % channels;
    let part = number / channels;
    let begin = part % chunks * CHUNK;
    let end = select(0u, min(begin + CHUNK, pixels), part < settings.batch * chunks);
    let map = (part / chunks * channels + channel) * pixels;
    return Part(map, channel, part, begin, end);
}
