//! Tests of whole engines, in one program: what they share is compiled once.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

mod pairs;
mod samples;
mod settle;
mod world;

mod agenda;
mod audit;
mod bills;
mod bills_drawn;
mod concurrent_acts;
mod consults;
mod devices;
mod evidence;
mod files;
mod follow;
mod golden;
mod handover;
mod leaving;
mod lines;
mod links;
mod listing;
mod medium;
mod meetings;
mod month_end;
mod orders;
mod parcels;
mod people;
mod progress;
mod recovery;
mod refusals;
mod resolutions;
mod rotation;
mod rules;
mod scrub;
mod spine;
mod strangers;
