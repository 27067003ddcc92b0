//! Tests that compare several operations with independent numbers.

mod pytorch;
