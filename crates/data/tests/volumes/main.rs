//! Volumes and arrays: sets that are read, and files that are refused by name, whatever is in them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its files has failed"
)]

mod arrays;
mod bad_volumes;
mod files;
mod mutation;
mod sets;
