//! Reads the assembly of AMD GPUs as Mesa prints it: its loops, and how long their instructions take.

use std::collections::BTreeMap;
use std::ops::Range;

/// What stands in a part of the code.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    /// Multiply-adds of 32-bit floats, and of 16-bit floats in pairs.
    pub(super) products: f64,
    /// Cycles of the vector unit for 32 lanes.
    pub(super) cycles: f64,
    /// Loads from buffers.
    pub(super) loads: f64,
    /// Waits for loads from buffers of which some were issued after the previous wait.
    pub(super) waits: f64,
}

impl Counts {
    fn add(&mut self, other: Self, times: f64) {
        self.products += times * other.products;
        self.cycles += times * other.cycles;
        self.loads += times * other.loads;
        self.waits += times * other.waits;
    }
}

/// A loop that computes sums of products, per turn and with its inner loops.
#[derive(Debug, Clone, Copy)]
pub(super) struct SumLoop {
    pub(super) counts: Counts,
    /// The part of the peak rate of multiply-adds of 32-bit floats that the vector instructions leave.
    pub(super) of_peak: f64,
}

const PRODUCTS: [&str; 5] = [
    "v_fma_f32",
    "v_fmac_f32",
    "v_fmaak_f32",
    "v_fmamk_f32",
    "v_mac_f32",
];
/// Two products each; the first products of a sum are not added to anything.
const PAIRS: [&str; 2] = ["v_pk_fma_f16", "v_pk_mul_f16"];
/// Instructions that take four cycles: products of integers, and functions.
const SLOW: [&str; 9] = [
    "v_mul_lo_u32",
    "v_mul_hi_u32",
    "v_mul_hi_i32",
    "v_mad_u64_u32",
    "v_rcp",
    "v_rsq",
    "v_sqrt",
    "v_exp",
    "v_log",
];
/// Instructions that RDNA3 issues at twice the rate for a wave of 64 lanes.
const FAST: [&str; 12] = [
    "v_fmac_f32",
    "v_fma_f32",
    "v_fmaak_f32",
    "v_fmamk_f32",
    "v_mul_f32",
    "v_add_f32",
    "v_sub_f32",
    "v_subrev_f32",
    "v_mov_b32",
    "v_max_f32",
    "v_min_f32",
    "v_cndmask_b32",
];

fn is_any(name: &str, names: &[&str]) -> bool {
    names.iter().any(|start| name.starts_with(start))
}

/// Counts the instructions of some lines. On RDNA3 (`is_dual`) a wave of 64 lanes issues some instructions at twice the rate.
fn counts<'a>(lines: impl Iterator<Item = &'a str>, is_dual: bool) -> Counts {
    let mut counts = Counts::default();
    let mut is_loading = false;
    for line in lines {
        let name = line.split_whitespace().next().unwrap_or_default();
        if name.starts_with("v_") {
            counts.products += f64::from(u8::from(is_any(name, &PRODUCTS)));
            counts.products += 2.0 * f64::from(u8::from(is_any(name, &PAIRS)));
            counts.cycles += if is_any(name, &SLOW) {
                4.0
            } else if is_dual && is_any(name, &FAST) {
                0.5
            } else {
                1.0
            };
        } else if is_any(name, &["buffer_load", "global_load", "scratch_load"]) {
            counts.loads += 1.0;
            is_loading = true;
        } else if is_loading && is_wait(name, line) {
            counts.waits += 1.0;
            is_loading = false;
        }
    }
    counts
}

fn is_wait(name: &str, line: &str) -> bool {
    name.starts_with("s_waitcnt") && line.contains("vmcnt") || name.starts_with("s_wait_loadcnt")
}

/// The lines of each loop: from a label to the last branch back to it.
fn spans(lines: &[&str]) -> Vec<Range<usize>> {
    let labels: BTreeMap<&str, usize> = lines
        .iter()
        .enumerate()
        .filter_map(|(place, line)| Some((line.strip_suffix(':')?, place)))
        .collect();
    let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        let mut parts = line.split_whitespace();
        if !parts.next().is_some_and(|name| name.contains("branch")) {
            continue;
        }
        let label = parts.next().and_then(|label| labels.get(label));
        if let Some(start) = label.filter(|start| **start < place) {
            ends.insert(*start, place + 1);
        }
    }
    ends.into_iter().map(|(start, end)| start..end).collect()
}

fn is_inside(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    inner != outer && outer.start <= inner.start && inner.end <= outer.end
}

/// The counts of one turn of a loop, without its inner loops.
fn own_counts(
    lines: &[&str],
    spans: &[Range<usize>],
    span: &Range<usize>,
    is_dual: bool,
) -> Counts {
    let inner: Vec<_> = spans
        .iter()
        .filter(|inner| is_inside(inner, span))
        .collect();
    let places = span
        .clone()
        .filter(|place| !inner.iter().any(|inner| inner.contains(place)));
    counts(places.map(|place| lines[place]), is_dual)
}

/// The loops that load from buffers, in their order: the counts of one turn of each, without its inner loops.
pub(super) fn loading_loops(assembly: &str) -> Vec<Counts> {
    let lines: Vec<&str> = assembly.lines().map(str::trim).collect();
    let spans = spans(&lines);
    let all = spans
        .iter()
        .map(|span| own_counts(&lines, &spans, span, false));
    all.filter(|counts| counts.loads > 0.0).collect()
}

/// The outermost loop with the most multiply-adds. One turn of it has `products` of them per lane, from which the number of turns
/// of its inner loops follows. `is_dual_64` says whether the GPU issues some instructions of 64 lanes at twice the rate. `None` if
/// the code has no such loop.
pub(super) fn sum_loop(assembly: &str, products: f64, is_dual_64: bool) -> Option<SumLoop> {
    let lines: Vec<&str> = assembly.lines().map(str::trim).collect();
    let spans = spans(&lines);
    // A wave of 32 lanes has its masks in one register.
    let is_dual = is_dual_64 && !assembly.contains("exec_lo");
    let own = |span: &Range<usize>| own_counts(&lines, &spans, span, is_dual);
    let mut best: Option<Counts> = None;
    for outer in &spans {
        if spans.iter().any(|other| is_inside(outer, other)) {
            continue;
        }
        let mut whole = own(outer);
        let inner: Vec<Counts> = spans
            .iter()
            .filter(|inner| is_inside(inner, outer))
            .map(own)
            .collect();
        let of_inner: f64 = inner.iter().map(|counts| counts.products).sum();
        let turns = (products - whole.products) / of_inner.max(1.0);
        for counts in inner {
            // A loop without products turns an unknown number of times: at least twice.
            whole.add(
                counts,
                if counts.products > 0.0 {
                    turns.max(1.0)
                } else {
                    2.0
                },
            );
        }
        if whole.products > best.map_or(0.0, |best| best.products) {
            best = Some(whole);
        }
    }
    let least = if is_dual_64 { 0.5 } else { 1.0 };
    best.map(|counts| SumLoop {
        counts,
        of_peak: counts.products * least / counts.cycles,
    })
}

#[test]
fn products_of_16_bit_floats_come_in_pairs() {
    let assembly = "\
BB0:
    v_pk_mul_f16 v4, v1, v2
    v_pk_fma_f16 v4, v1, v2, v4 op_sel_hi:[0,1,1]
    s_cbranch_scc1 BB0
    s_endpgm";
    let found = sum_loop(assembly, 4.0, false).expect("a loop");
    assert!((found.of_peak - 2.0).abs() < 1e-9);
    // RDNA3 issues them at the single rate, and 32-bit products at twice that.
    let dual = sum_loop(assembly, 4.0, true).expect("a loop");
    assert!((dual.of_peak - 1.0).abs() < 1e-9);
}

#[test]
fn an_inner_loop_turns_as_often_as_the_products_of_the_outer_one_need() {
    let assembly = "\
BB0:
    s_load_dword s0, s[0:1], 0x0
BB1:
    buffer_load_dword v1, v0, s[0:3], 0 offen
    buffer_load_dword v2, v0, s[0:3], 0 offen
    s_waitcnt vmcnt(1)
    s_waitcnt vmcnt(0)
    v_mul_lo_u32 v3, v1, v2
BB2:
    v_fmac_f32_e32 v4, v1, v2
    v_add_nc_u32_e32 v5, 1, v5
    s_cbranch_scc1 BB2
    s_cbranch_scc1 BB1
    s_endpgm";
    let found = sum_loop(assembly, 16.0, false).expect("a loop");
    // Sixteen turns of two instructions, and a product of integers; the second wait has no new loads.
    assert!((found.counts.products - 16.0).abs() < 1e-9);
    assert!((found.counts.cycles - 36.0).abs() < 1e-9);
    assert!((found.counts.waits - 1.0).abs() < 1e-9);
    assert!((found.of_peak - 16.0 / 36.0).abs() < 1e-9);
    // At twice the rate, the multiply-adds take half as long, and their peak is twice as high.
    let dual = sum_loop(assembly, 16.0, true).expect("a loop");
    assert!((dual.of_peak - 8.0 / 28.0).abs() < 1e-9);
    let loops = loading_loops(assembly);
    assert_eq!(loops.len(), 1, "only the outer one loads");
    assert!((loops[0].loads - 2.0).abs() < 1e-9 && (loops[0].waits - 1.0).abs() < 1e-9);
    assert!(sum_loop("BB0:\n v_fmac_f32_e32 v4, v1, v2", 16.0, false).is_none());
}
