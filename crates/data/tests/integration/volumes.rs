//! Volumes and arrays: sets that are read, and files that are refused by name, whatever they contain.

mod arrays;
mod bad_volumes;
mod files;
mod mutation;
mod place;
mod sets;
