// The sum over a workgroup, pair by pair. Needs `WORKGROUP`.

var<workgroup> scratch: array<f32, WORKGROUP>;

fn total(lane: u32, value: f32) -> f32 {
    // Wait for invocations that still read the previous sum.
    workgroupBarrier();
    scratch[lane] = value;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            scratch[lane] += scratch[lane + half];
        }
        workgroupBarrier();
    }
    return scratch[0];
}
