//! Sizes of an attention, its inputs, and how its work is divided.

use std::ops::Range;

use crate::cpu::matrix::WIDTH;

/// Divide the work into at least this many pieces, if the sizes allow it.
const PIECES: usize = 16;

/// Sizes of an attention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) groups: usize,
    pub(crate) parts: usize,
    pub(crate) depth: usize,
    /// Number of queries.
    pub(crate) query_count: usize,
    /// Number of keys and of values.
    pub(crate) key_count: usize,
    pub(crate) is_biased: bool,
}

/// Queries `[g, p, d, n]`, keys and values `[g, p, d, m]`, bias `[g, m, n]`.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) queries: &'a [f32],
    pub(crate) keys: &'a [f32],
    pub(crate) values: &'a [f32],
    pub(crate) bias: &'a [f32],
}

/// The gradients with respect to the inputs.
pub(crate) struct Gradients {
    pub(crate) queries: Vec<f32>,
    pub(crate) keys: Vec<f32>,
    pub(crate) values: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// A piece of the work: some parts of a group, and some blocks of their queries.
pub(super) struct Piece {
    pub(super) group: usize,
    pub(super) parts: Range<usize>,
    pub(super) blocks: Range<usize>,
    /// The partial sum that it adds to.
    pub(super) sum: usize,
}

impl Sizes {
    /// Whether this path supports these sizes: a key's depth must fit into one panel.
    pub(crate) fn fit(self) -> bool {
        self.depth <= WIDTH
            && self.groups * self.parts * self.query_count * self.key_count * self.depth > 0
    }

    fn blocks(self) -> usize {
        self.query_count.div_ceil(WIDTH)
    }

    /// The pieces, and the number of partial sums: of the bias's gradient if there is a bias, otherwise of the gradients with
    /// respect to keys and values.
    pub(super) fn pieces(self) -> (Vec<Piece>, usize) {
        let items = if self.is_biased {
            self.parts
        } else {
            self.blocks()
        };
        let others = if self.is_biased {
            self.groups
        } else {
            self.groups * self.parts
        };
        let length = items.div_ceil(PIECES.div_ceil(others).min(items));
        let sums = items.div_ceil(length);
        let mut pieces = Vec::new();
        for group in 0..self.groups {
            for sum in 0..sums {
                let some = sum * length..((sum + 1) * length).min(items);
                if self.is_biased {
                    pieces.push(Piece {
                        group,
                        parts: some,
                        blocks: 0..self.blocks(),
                        sum,
                    });
                } else {
                    pieces.extend((0..self.parts).map(|part| Piece {
                        group,
                        parts: part..part + 1,
                        blocks: some.clone(),
                        sum,
                    }));
                }
            }
        }
        (pieces, sums)
    }

    /// Numbers in a part's queries, and in its keys.
    pub(super) fn of_part(self) -> [usize; 2] {
        [self.query_count, self.key_count].map(|tokens| self.depth * tokens)
    }

    pub(super) fn scale(self) -> f32 {
        1.0 / (self.depth as f32).sqrt()
    }
}
