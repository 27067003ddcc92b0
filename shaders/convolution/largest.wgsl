// The largest absolute value of each part of a gradient, as bits, whose order is that of the values.

@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
@group(0) @binding(1) var<storage, read_write> largest: array<u32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    count: u32,
    /// Numbers of a part, and parts.
    share: u32,
    parts: u32,
}

const WORKGROUP = 256u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = workgroup_number(id, groups);
    let inside = part < settings.parts;
    let begin = select(0u, part * settings.share, inside);
    let end = select(0u, min(begin + settings.share, settings.count), inside);
    let last = settings.count - 1u;
    var bits = 0u;
    for (var place = begin + lane; place < end; place += 4u * WORKGROUP) {
        // After the last number it is read again; numbers of the next part do no harm.
        let a = numbers[place];
        let b = numbers[min(place + WORKGROUP, last)];
        let c = numbers[min(place + 2u * WORKGROUP, last)];
        let d = numbers[min(place + 3u * WORKGROUP, last)];
        bits = max(max(bits, max(a & MAGNITUDE, b & MAGNITUDE)), max(c & MAGNITUDE, d & MAGNITUDE));
    }
    bits = largest_of_all(lane, bits);
    if (lane == 0u && inside) {
        largest[part] = bits;
    }
}
