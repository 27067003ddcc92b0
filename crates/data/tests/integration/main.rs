//! How the readers of data sets treat files: valid, odd, damaged and hostile ones.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its files has failed"
)]

mod arrangements;
mod bad_input;
mod contents;
mod damage;
mod errors;
mod fasu;
mod folder;
mod folders;
mod fuzz;
mod gross;
#[cfg(target_os = "linux")]
mod hostile;
mod masks;
mod meaning;
mod near_misses;
mod nifti;
mod nnunet;
mod npy_file;
mod odd_input;
mod plant;
mod published;
mod several_masks;
mod single_frames;
mod tables;
mod tiff_file;
mod volumes;
mod worth;
