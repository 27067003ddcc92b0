// Convolution of an upsampled map, one axis: each pixel of the upsampled axis sums over the taps around it, each interpolated
// in a map of its own. `[outer, taps, middle, before, inner]` to `[outer, middle, after, inner]`.

@group(0) @binding(0) var<storage, read_write> products: array<f32>;
@group(0) @binding(1) var<storage, read_write> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Axis;

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
    let channels = settings.channels;
    if (index >= settings.outer * middle * after * inner) {
        return;
    }
    let row = index / inner;
    let pixel = row % after;
    let line = row / after;
    let map = line / middle;
    var sum = 0.0;
    if (channels > 0u) {
        sum = bias[map % channels];
    }
    let half = taps / 2u;
    // The taps that see a pixel of the map.
    let begin = max(half, pixel) - pixel;
    let end = min(taps, after + half - pixel);
    let apart = middle * before * inner;
    var first = ((map * taps + begin) * middle + line % middle) * before * inner + index % inner;
    var walk = walk_from(pixel + begin - half);
    for (var tap = begin; tap < end; tap++) {
        let place = place_on(walk);
        let low = products[first + place.low * inner];
        let high = products[first + place.high * inner];
        sum += (1.0 - place.share) * low + place.share * high;
        first += apart;
        walk = next_of(walk);
    }
    output[index] = sum;
}
