// Convolution of an upsampled map, one axis, gradient with respect to the products: each product sums, in order, over the
// pixels that it was part of. `[outer, middle, after, inner]` to `[outer, taps, middle, before, inner]`.

@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Axis;

const WORKGROUP = 256u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let before = settings.before;
    let after = settings.after;
    let inner = settings.inner;
    let middle = settings.middle;
    let taps = settings.taps;
    if (index >= settings.outer * taps * middle * before * inner) {
        return;
    }
    let row = index / inner;
    let pixel = row % before;
    let line = row / before;
    let tap = line / middle % taps;
    let first = (line / middle / taps * middle + line % middle) * after;
    let reach = reach_of(pixel);
    let half = taps / 2u;
    // The output pixel whose tap `seen` is has the number seen + half − tap, from 0 to after − 1.
    let begin = max(reach.x, max(tap, half) - half);
    let end = min(reach.y, max(after + tap, half) - half);
    var place = (first + begin + half - tap) * inner + index % inner;
    var walk = walk_from(begin);
    var sum = 0.0;
    for (var seen = begin; seen < end; seen++) {
        sum += share_of(pixel, place_on(walk)) * gradient[place];
        place += inner;
        walk = next_of(walk);
    }
    output[index] = sum;
}
