//! The sum over the taps on Burn's flex backend: one output map at a time, so that intermediate results stay in the cache.

mod columns;
mod sparse_rows;

use crate::cpu::instruction_set::arch;
use pulp::NullaryFnOnce;
use rayon::prelude::*;

use self::columns::{Columns, Margins};
use self::sparse_rows::SparseRows;
use super::upsampling::Upsampling;

/// Pixels of a line that are summed in parallel.
const LANES: usize = 32;

/// Lines `[kh, h, W]`, upsampled along the columns only, and the margins of one line.
type Scratch = (Vec<f32>, Margins);

/// `[b, o, H, W]` from the products `[b, o·kh·kw, h, w]`.
pub(super) fn forward(products: &[f32], bias: &[f32], upsampling: Upsampling) -> Vec<f32> {
    let sizes = Sizes::new(upsampling);
    let columns = upsampling.columns();
    let rows = upsampling.rows();
    let mut output = vec![0.0; products.len() / sizes.products * sizes.output];
    output
        .par_chunks_exact_mut(sizes.output)
        .zip(products.par_chunks_exact(sizes.products))
        .enumerate()
        .for_each_init(Scratch::default, |scratch, (plane, (output, products))| {
            arch().dispatch(Forward {
                products,
                bias: bias[plane % bias.len()],
                columns: &columns,
                rows: &rows,
                sizes,
                scratch,
                output,
            });
        });
    output
}

/// The gradient with respect to the products `[b, o·kh·kw, h, w]`, from that with respect to the output.
pub(super) fn gradient(gradient: &[f32], upsampling: Upsampling) -> Vec<f32> {
    let sizes = Sizes::new(upsampling);
    let columns = upsampling.columns();
    let rows = upsampling.rows().transposed(sizes.lines);
    let mut output = vec![0.0; gradient.len() / sizes.output * sizes.products];
    output
        .par_chunks_exact_mut(sizes.products)
        .zip(gradient.par_chunks_exact(sizes.output))
        .for_each_init(Scratch::default, |scratch, (output, of_output)| {
            arch().dispatch(Gradient {
                of_output,
                columns: &columns,
                rows: &rows,
                sizes,
                scratch,
                output,
            });
        });
    output
}

/// Numbers of one output map.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// kh·kw·h·w.
    products: usize,
    /// kw·h·w: the products of one row of taps.
    products_of_row: usize,
    /// Columns before upsampling.
    narrow: usize,
    /// Columns after upsampling.
    wide: usize,
    /// Rows before upsampling.
    rows: usize,
    /// kh·h.
    lines: usize,
    /// H·W.
    output: usize,
}

impl Sizes {
    fn new(upsampling: Upsampling) -> Self {
        let Upsampling { from, to, .. } = upsampling;
        let [kernel_rows, kernel_columns] = upsampling.kernel;
        let products_of_row = kernel_columns * from[0] * from[1];
        Self {
            products: kernel_rows * products_of_row,
            products_of_row,
            narrow: from[1],
            wide: to[1],
            rows: from[0],
            lines: kernel_rows * from[0],
            output: to[0] * to[1],
        }
    }

    /// Where the products of the first tap of line `line` of `[kh, h]` begin.
    fn first(self, line: usize) -> usize {
        line / self.rows * self.products_of_row + line % self.rows * self.narrow
    }
}

impl Upsampling {
    fn columns(self) -> Columns {
        Columns::new(self.axis(1), self.kernel[1], self.from[0] * self.from[1])
    }

    fn rows(self) -> SparseRows {
        SparseRows::of_taps(self.axis(0), self.kernel[0], self.from[0])
    }
}

/// One map of the output.
struct Forward<'a> {
    products: &'a [f32],
    bias: f32,
    columns: &'a Columns,
    rows: &'a SparseRows,
    sizes: Sizes,
    scratch: &'a mut Scratch,
    output: &'a mut [f32],
}

impl NullaryFnOnce for Forward<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
    )]
    #[inline(always)]
    fn call(self) {
        let (lines, margins) = self.scratch;
        let wide = self.sizes.wide;
        lines.resize(self.sizes.lines * wide, 0.0);
        for (number, line) in lines.chunks_exact_mut(wide).enumerate() {
            let products = &self.products[self.sizes.first(number)..];
            let end = products.len().min(self.sizes.products_of_row);
            self.columns.forward(&products[..end], line, margins);
        }
        for (number, line) in self.output.chunks_exact_mut(wide).enumerate() {
            combine(lines, self.rows.row(number), self.bias, line);
        }
    }
}

/// The gradient with respect to the products of one map.
struct Gradient<'a> {
    of_output: &'a [f32],
    columns: &'a Columns,
    rows: &'a SparseRows,
    sizes: Sizes,
    scratch: &'a mut Scratch,
    output: &'a mut [f32],
}

impl NullaryFnOnce for Gradient<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
    )]
    #[inline(always)]
    fn call(self) {
        let (lines, margins) = self.scratch;
        let wide = self.sizes.wide;
        lines.resize(wide, 0.0);
        for number in 0..self.sizes.lines {
            combine(self.of_output, self.rows.row(number), 0.0, lines);
            let products = &mut self.output[self.sizes.first(number)..];
            let end = products.len().min(self.sizes.products_of_row);
            self.columns.gradient(lines, &mut products[..end], margins);
        }
    }
}

/// `line` = `initial` + Σ weight · the line of `lines` with that number.
#[expect(
    clippy::inline_always,
    reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
)]
#[inline(always)]
fn combine(lines: &[f32], weights: &[(usize, f32)], initial: f32, line: &mut [f32]) {
    let wide = line.len();
    let (blocks, rest) = line.as_chunks_mut::<LANES>();
    let done = blocks.len() * LANES;
    for (number, block) in blocks.iter_mut().enumerate() {
        let mut sums = [initial; LANES];
        for &(line, weight) in weights {
            let seen = &lines[line * wide + number * LANES..][..LANES];
            for lane in 0..LANES {
                sums[lane] += weight * seen[lane];
            }
        }
        *block = sums;
    }
    for (place, value) in rest.iter_mut().enumerate() {
        let seen = weights.iter();
        let terms = seen.map(|(line, weight)| weight * lines[line * wide + done + place]);
        *value = terms.fold(initial, |sum, term| sum + term);
    }
}
