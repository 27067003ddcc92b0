// The gradient of a bilinear resize of one axis: each pixel gathers from those that it was part of, in their order.

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
    // From a pixel before the first that can lie between this one and its neighbour to one behind the last: those which
    // do not have no share. The outer pixels also have what lies beyond them.
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
    var sum = 0.0;
    for (var number = start; number < stop; number++) {
        let place = place_of(number);
        let share = select(0.0, 1.0 - place.share, place.low == pixel)
            + select(0.0, place.share, place.high == pixel);
        sum += share * gradient[(first + number) * inner + index % inner];
    }
    output[index] = sum;
}
