// The gradient of a bilinear resize along one axis: each pixel sums, in order, over the resized pixels that it was part of.

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
    if (index >= settings.outer * before * inner) {
        return;
    }
    let row = index / inner;
    let pixel = row % before;
    let first = row / before * after;
    let reach = reach_of(pixel);
    var place = (first + reach.x) * inner + index % inner;
    var walk = walk_from(reach.x);
    var sum = 0.0;
    for (var number = reach.x; number < reach.y; number++) {
        sum += share_of(pixel, place_on(walk)) * gradient[place];
        place += inner;
        walk = next_of(walk);
    }
    output[index] = sum;
}
