// First pass: mean and spread of each part of each channel. The spread is measured from the part's own mean, because sums of
// squares would cancel.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[part, channel, 2]`: the mean, and Σ (x − mean)².
@group(0) @binding(1) var<storage, read_write> moments: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Layer;

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = part_of(workgroup_number(id, groups));
    let end = part.end;
    let first = part.begin + lane;
    // Four loads at a time, added in the order of the pixels.
    let fours = (max(end, first) - first) / (4u * WORKGROUP);
    let rest = first + fours * 4u * WORKGROUP;
    var sum = 0.0;
    for (var pixel = first; pixel < rest; pixel += 4u * WORKGROUP) {
        let place = part.map + pixel;
        let a = input[place];
        let b = input[place + WORKGROUP];
        let c = input[place + 2u * WORKGROUP];
        let d = input[place + 3u * WORKGROUP];
        sum = (((sum + a) + b) + c) + d;
    }
    for (var pixel = rest; pixel < end; pixel += WORKGROUP) {
        sum += input[part.map + pixel];
    }
    let mean = total(lane, sum) / f32(max(part.end, part.begin + 1u) - part.begin);
    var spread = 0.0;
    for (var pixel = first; pixel < rest; pixel += 4u * WORKGROUP) {
        let place = part.map + pixel;
        let a = input[place];
        let b = input[place + WORKGROUP];
        let c = input[place + 2u * WORKGROUP];
        let d = input[place + 3u * WORKGROUP];
        spread += (a - mean) * (a - mean);
        spread += (b - mean) * (b - mean);
        spread += (c - mean) * (c - mean);
        spread += (d - mean) * (d - mean);
    }
    for (var pixel = rest; pixel < end; pixel += WORKGROUP) {
        let distance = input[part.map + pixel] - mean;
        spread += distance * distance;
    }
    spread = total(lane, spread);
    if (lane == 0u && part.begin < part.end) {
        let place = 2u * (part.number * settings.channels + part.channel);
        moments[place] = mean;
        moments[place + 1u] = spread;
    }
}
