//! A matrix transposed into the order of a panel's right side.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use pulp::NullaryFnOnce;

use super::panel::WIDTH;

/// Rows and columns that are transposed at a time.
const SIDE: usize = 4;

/// Writes `transposed` `[places, WIDTH]` from `count` contiguous columns of `places` numbers each; the other columns become zeros.
pub(crate) struct Transpose<'a, F> {
    pub(crate) columns: F,
    pub(crate) count: usize,
    pub(crate) places: usize,
    pub(crate) transposed: &'a mut [f32],
}

impl<'b, F: Fn(usize) -> &'b [f32]> NullaryFnOnce for Transpose<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            columns,
            count,
            places,
            transposed,
        } = self;
        if count < WIDTH {
            for line in transposed[..places * WIDTH].chunks_exact_mut(WIDTH) {
                line[count..].fill(0.0);
            }
        }
        let whole = places / SIDE * SIDE;
        for first in (0..count).step_by(SIDE) {
            if first + SIDE > count {
                for number in first..count {
                    let seen = &columns(number)[..places];
                    for (place, value) in seen.iter().enumerate() {
                        transposed[place * WIDTH + number] = *value;
                    }
                }
                break;
            }
            let [a, b, c, d] = [0, 1, 2, 3].map(|number| &columns(first + number)[..places]);
            for place in (0..whole).step_by(SIDE) {
                let read = |column: &[f32]| -> [f32; SIDE] {
                    let numbers = &column[place..place + SIDE];
                    [numbers[0], numbers[1], numbers[2], numbers[3]]
                };
                let (a, b, c, d) = (read(a), read(b), read(c), read(d));
                for number in 0..SIDE {
                    let line = &mut transposed[(place + number) * WIDTH + first..][..SIDE];
                    line.copy_from_slice(&[a[number], b[number], c[number], d[number]]);
                }
            }
            for place in whole..places {
                let line = &mut transposed[place * WIDTH + first..][..SIDE];
                line.copy_from_slice(&[a[place], b[place], c[place], d[place]]);
            }
        }
    }
}
