//! The binary: arguments in, text and exit code out.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use twelvelint::cli::Cli;

fn main() -> ExitCode {
    // A panic costs one file or one rule and is reported as a finding; its text is for nobody.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = twelvelint::run::run(&Cli::parse());
    // A reader that went away (`| head`) is no failure of ours.
    let _ = std::io::stdout().write_all(outcome.out.as_bytes());
    let _ = std::io::stderr().write_all(outcome.err.as_bytes());
    ExitCode::from(outcome.code)
}
