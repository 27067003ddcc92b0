//! The stack of values and its open marks.

use crate::error::Fault;
use crate::value::Index;

/// Maximum number of values of a pickle, and on its stack: far above what any file of weights or labels needs, and at most
/// some 70 MiB.
pub const MAX_VALUES: usize = 500_000;

/// Values that later opcodes use.
#[derive(Default)]
pub(crate) struct Stack {
    values: Vec<Index>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
}

impl Stack {
    /// Opens a mark above the last value.
    pub(crate) fn mark(&mut self) -> Result<(), Fault> {
        bounded(self.marks.len(), "open marks")?;
        self.marks.push(self.values.len());
        Ok(())
    }

    /// Removes the top: a mark without values above it, or else a value.
    pub(crate) fn drop_top(&mut self) -> Result<(), Fault> {
        if self.marks.last() == Some(&self.values.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    pub(crate) fn push(&mut self, index: Index) -> Result<(), Fault> {
        bounded(self.values.len(), "values on the stack")?;
        self.values.push(index);
        Ok(())
    }

    /// Number of values above the last open mark; only opcodes that close the mark may reach below it.
    fn above_mark(&self) -> usize {
        self.values.len() - self.marks.last().copied().unwrap_or_default()
    }

    pub(crate) fn top(&self) -> Result<Index, Fault> {
        match self.values.last() {
            Some(&index) if self.above_mark() > 0 => Ok(index),
            _ => Err(Fault::new("a value on the stack", "none")),
        }
    }

    pub(crate) fn pop(&mut self) -> Result<Index, Fault> {
        let top = self.top()?;
        self.values.pop();
        Ok(top)
    }

    pub(crate) fn pop_last(&mut self, count: usize) -> Result<Vec<Index>, Fault> {
        let there = self.above_mark();
        if there < count {
            let expected = format!("{count} values on the stack");
            return Err(Fault::new(expected, there.to_string()));
        }
        Ok(self.values.split_off(self.values.len() - count))
    }

    pub(crate) fn pop_to_mark(&mut self) -> Result<Vec<Index>, Fault> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| Fault::new("an open mark", "none"))?;
        // With an exact capacity, which `Vec::split_off` does not guarantee.
        let values = self.values[mark..].to_vec();
        self.values.truncate(mark);
        Ok(values)
    }
}

/// Refuses another item if `count` is already the maximum.
pub(crate) fn bounded(count: usize, what: &str) -> Result<(), Fault> {
    if count < MAX_VALUES {
        return Ok(());
    }
    Err(Fault::new(format!("at most {MAX_VALUES} {what}"), "more"))
}
