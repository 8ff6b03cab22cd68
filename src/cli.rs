//! The command line: clap's types, and nothing else knows clap's way of reading them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::FailOn;

/// Judges service repositories by the twelve factors.
#[derive(Debug, Parser)]
#[command(name = "twelvelint", version, about, propagate_version = true, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Say less: findings only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more: list what could not be read
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal that wants them.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report what breaks the twelve factors
    Check(CheckArgs),
    /// Judge each service by each factor: what keeps it, what breaks it, what could not be seen
    Audit(AuditArgs),
    /// Explain a rule or a factor
    Explain(ExplainArgs),
    /// Write the findings of today, so that `check --baseline` reports only new ones
    Baseline(BaselineArgs),
    /// List the rules by factor
    Rules(RulesArgs),
    /// List the environment variables: read where, required or not, declared and documented where
    Env(EnvArgs),
    /// Show what was read from a path, as JSON: the tool for understanding a false alarm
    Facts(FactsArgs),
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object, version 1.
    Json,
}

#[derive(Debug, Default, Args)]
pub struct CheckArgs {
    /// Folders or files to check
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Lowest level that makes the run exit with 1 [default: error]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// Exit with 3 when part of the tree could not be analysed
    #[arg(long)]
    pub require_complete: bool,
    /// Show infos and run rules that are off by default
    #[arg(long)]
    pub pedantic: bool,
    /// Report only findings that this file, written by `twelvelint baseline`, does not know
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Report only findings in the lines that this unified diff changes; `-` reads it from standard input
    /// (`git diff -U0 main | twelvelint check --diff -`)
    #[arg(long, value_name = "FILE|-")]
    pub diff: Option<PathBuf>,
    /// Take the text on standard input for the content of this file, and report only what is found in it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "diff"])]
    pub stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub selection: SelectionArgs,
}

/// How audits are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// A table of services and factors, then the reasons.
    #[default]
    Text,
    /// One JSON object, version 1.
    Json,
    /// For pull requests and wikis.
    Markdown,
}

#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Repositories to audit [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Audit each folder in this one as a repository
    #[arg(long, value_name = "DIR")]
    pub each: Vec<PathBuf>,
    /// Text to keep with the result, such as a date or a commit
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = AuditFormat::Text)]
    pub format: AuditFormat,
    /// Exit with 1 when there are findings of this level or above [default: never]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    #[command(flatten)]
    pub selection: SelectionArgs,
}

#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// Folders or files to check
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// File to write instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Run rules that are off by default
    #[arg(long)]
    pub pedantic: bool,
    #[command(flatten)]
    pub selection: SelectionArgs,
}

#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArgs {
    /// Rules or factors to run, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub select: Vec<String>,
    /// Rules or factors not to run, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub ignore: Vec<String>,
    /// Config file to use instead of searching for one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no config file
    #[arg(long, conflicts_with = "config")]
    pub isolated: bool,
    /// Print the settings in force and where each comes from, then stop
    #[arg(long)]
    pub show_config: bool,
    /// Report findings that a comment or the config suppresses
    #[arg(long)]
    pub no_suppressions: bool,
    /// Threads to use [default: one for each processor]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A rule such as config/secret-in-sink, a factor (slug, numeral or name), or the fingerprint of a finding
    #[arg(value_name = "RULE|FACTOR|FINGERPRINT")]
    pub subject: String,
    /// With a fingerprint: where the finding is
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
}

/// How lists are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object, version 1.
    Json,
}

#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

/// How the inventory of environment variables is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EnvFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object, version 1.
    Json,
    /// A table for the documentation.
    Markdown,
}

#[derive(Debug, Args)]
pub struct EnvArgs {
    /// Folder to look at
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t = EnvFormat::Text)]
    pub format: EnvFormat,
    /// Print a `.env.example` instead: names, where each is read, defaults, and no secret
    #[arg(long, conflicts_with = "format")]
    pub example: bool,
}

#[derive(Debug, Args)]
pub struct FactsArgs {
    /// File or folder to show
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
}
