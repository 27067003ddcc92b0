//! Several operations at once, held to numbers from elsewhere.

mod pytorch;
