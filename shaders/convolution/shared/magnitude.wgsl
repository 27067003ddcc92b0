// The largest absolute value of a workgroup, as bits. Needs `WORKGROUP`.

/// All bits but the sign.
const MAGNITUDE = 0x7fffffffu;

var<workgroup> scratch: array<u32, WORKGROUP>;

fn largest_of_all(lane: u32, bits: u32) -> u32 {
    scratch[lane] = bits;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            scratch[lane] = max(scratch[lane], scratch[lane + half]);
        }
        workgroupBarrier();
    }
    return scratch[0];
}
