//! The integration tests, one binary: the application as it ships, over HTTP, as a process, and in a browser; and the promises
//! about its source that no unit test can hold.
#![allow(clippy::unwrap_used, missing_docs)] // a test that cannot go on should stop with the place

mod access;
mod accessible;
mod backup;
mod browser;
mod cards;
mod chat;
mod console;
mod crash;
mod desk;
mod doctor;
mod embedding;
mod evidence;
mod faults;
mod feed;
mod find;
mod floor;
mod keyboard;
mod layering;
mod learning;
mod limits;
mod model_server;
mod modes;
mod naming;
mod network;
mod openai;
mod person;
mod pharmacy;
mod policy;
mod process;
mod protocol;
mod records;
mod release;
mod roles;
mod sbom;
mod seals;
mod search;
mod signin;
mod support;
mod thousands;
mod urgent;
mod web;
mod webdriver;
mod webhooks;
