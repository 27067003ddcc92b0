//! A matrix turned into the order of a panel's right side.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the instructions at hand"
)]

use pulp::NullaryFnOnce;

use super::panel::WIDTH;

/// Rows and columns that are turned at once.
const SIDE: usize = 4;

/// `turned [places, WIDTH]` from `count` columns, each of `places` numbers in one piece; the others become zeros.
pub(crate) struct Turn<'a, F> {
    pub(crate) columns: F,
    pub(crate) count: usize,
    pub(crate) places: usize,
    pub(crate) turned: &'a mut [f32],
}

impl<'b, F: Fn(usize) -> &'b [f32]> NullaryFnOnce for Turn<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            columns,
            count,
            places,
            turned,
        } = self;
        if count < WIDTH {
            for line in turned[..places * WIDTH].chunks_exact_mut(WIDTH) {
                line[count..].fill(0.0);
            }
        }
        let whole = places / SIDE * SIDE;
        for first in (0..count).step_by(SIDE) {
            if first + SIDE > count {
                for number in first..count {
                    let seen = &columns(number)[..places];
                    for (place, value) in seen.iter().enumerate() {
                        turned[place * WIDTH + number] = *value;
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
                    let line = &mut turned[(place + number) * WIDTH + first..][..SIDE];
                    line.copy_from_slice(&[a[number], b[number], c[number], d[number]]);
                }
            }
            for place in whole..places {
                let line = &mut turned[place * WIDTH + first..][..SIDE];
                line.copy_from_slice(&[a[place], b[place], c[place], d[place]]);
            }
        }
    }
}
