//! The networks, one module each.

pub(crate) mod deeplabv3;
pub(crate) mod merit_gcascade;
pub(crate) mod pvt_gcascade;
pub(crate) mod unet;
pub(crate) mod unet3plus;
