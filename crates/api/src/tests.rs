//! The routes and the socket, tested through the real client and through raw bytes. The node is a fake.

mod bad_input;
mod fake;
mod raw;
mod round_trip;
mod socket;
