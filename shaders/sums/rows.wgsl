// Adds up partial sums in their order.

/// `[part, number]`.
@group(0) @binding(0) var<storage, read_write> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    count: u32,
    parts: u32,
}

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let count = settings.count;
    if (index >= count) {
        return;
    }
    let end = settings.parts;
    var sum = 0.0;
    var part = 0u;
    // Eight loads are issued before any of them is waited for.
    for (; part + 8u <= end; part += 8u) {
        let place = part * count + index;
        let a = parts[place];
        let b = parts[place + count];
        let c = parts[place + 2u * count];
        let d = parts[place + 3u * count];
        let e = parts[place + 4u * count];
        let f = parts[place + 5u * count];
        let g = parts[place + 6u * count];
        let h = parts[place + 7u * count];
        sum = sum + a + b + c + d + e + f + g + h;
    }
    for (; part < end; part++) {
        sum += parts[part * count + index];
    }
    output[index] = sum;
}
