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
    for (var tap = 0u; tap < taps; tap++) {
        // A tap before the first pixel wraps around to a number beyond the last.
        let seen = pixel + tap - half;
        if (seen < after) {
            let place = place_of(seen);
            let first = ((map * taps + tap) * middle + line % middle) * before;
            let low = products[(first + place.low) * inner + index % inner];
            let high = products[(first + place.high) * inner + index % inner];
            sum += (1.0 - place.share) * low + place.share * high;
        }
    }
    output[index] = sum;
}
