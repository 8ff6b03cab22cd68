//! What compose files say, from small repositories in memory.

mod corpus;
mod helper;
mod merging;
mod projects;
mod services;
