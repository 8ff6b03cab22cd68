use super::ShellFamily::{Ash, Bash, Dash};
use super::*;
use crate::syntax::shell::parse_shell;

fn answer(family: ShellFamily, text: &str, is_script_file: bool) -> (Replacement, String) {
    let found = shell_replacement(family, &parse_shell(text), is_script_file);
    (found.replacement, found.tail.map(|tail| tail.range.slice(text).to_owned()).unwrap_or_default())
}

#[test]
fn every_row_of_the_measured_table() {
    // script, is a file, dash, bash, ash
    let rows = [
        ("cmd", false, Stays, Replaced, Replaced),
        ("VAR=1 cmd", false, Stays, Replaced, Replaced),
        ("cmd 2>&1", false, Stays, Stays, Replaced),
        ("true && cmd", false, Stays, Replaced, Replaced),
        ("a; cmd", false, Stays, Replaced, Replaced),
        ("cd x && cmd", false, Stays, Replaced, Replaced),
        ("export A=1; cmd", false, Stays, Replaced, Replaced),
        ("while read l; do b; done; cmd", false, Stays, Replaced, Replaced),
        ("set -e; true && cmd", false, Stays, Stays, Replaced),
        ("if true; then cmd; fi", false, Stays, Stays, Replaced),
        ("cmd || exit 1", false, Stays, Stays, Stays),
        ("cmd | cat", false, Stays, Stays, Stays),
        ("exec cmd", false, Replaced, Replaced, Replaced),
        ("a && exec cmd", false, Replaced, Replaced, Replaced),
        ("#!/bin/sh\nset -e\ncmd\n", true, Stays, Stays, Stays),
        ("#!/bin/sh\nset -e\nexec cmd\n", true, Replaced, Replaced, Replaced),
    ];
    for (text, file, dash, bash, ash) in rows {
        for (family, expected) in [(Dash, dash), (Bash, bash), (Ash, ash)] {
            let (replacement, tail) = answer(family, text, file);
            assert_eq!(replacement, expected, "{family:?}: {text}");
            assert!(tail.contains("cmd"), "{text}: {tail}");
        }
    }
}

#[test]
fn shapes_that_follow_from_the_rows() {
    let rows = [
        // measured with bash 5.2 and dash 0.5.12
        ("true && true && cmd", "cmd", Stays, Replaced, Replaced),
        ("true; true; cmd", "cmd", Stays, Replaced, Replaced),
        ("true && true; cmd", "cmd", Stays, Replaced, Replaced),
        ("true\ncmd\n", "cmd", Stays, Replaced, Replaced),
        ("cd /\ntrue && cmd", "cmd", Stays, Replaced, Replaced),
        ("trap 'echo' TERM; cmd", "cmd", Stays, Stays, Stays),
        ("! cmd", "cmd", Stays, Stays, Stays),
        ("f() { cmd; }; f", "cmd", Stays, Stays, Stays),
        ("{ cmd; }", "cmd", Stays, Stays, Stays),
        // either side may be the server, and the left one never takes the shell's place
        ("a || cmd", "cmd", Stays, Stays, Stays),
        // not measured: stays
        ("(cmd)", "cmd", Stays, Stays, Stays),
        ("cmd &", "cmd", Stays, Stays, Stays),
        ("cmd & wait", "cmd", Stays, Stays, Stays),
        ("cmd; true", "cmd", Stays, Stays, Stays),
        ("cmd; exit $?", "cmd", Stays, Stays, Stays),
        ("time cmd", "time cmd", Stays, Stays, Replaced),
        ("echo hi", "", Stays, Stays, Stays),
        // exec replaces wherever it is reached
        ("exec cmd 2>&1", "exec cmd 2>&1", Replaced, Replaced, Replaced),
        ("exec cmd; echo failed", "exec cmd", Replaced, Replaced, Replaced),
        ("a || exec cmd", "exec cmd", Replaced, Replaced, Replaced),
        ("exec cmd | cat", "exec cmd", Stays, Stays, Stays),
        ("if a; then exec b; else exec c; fi", "exec c", Replaced, Replaced, Replaced),
        ("if a; then exec b; else c; fi", "c", Stays, Stays, Replaced),
        ("if a; then echo no; exit 1; fi; exec \"$@\"", "exec \"$@\"", Replaced, Replaced, Replaced),
        ("case $1 in a) exec b;; *) echo usage; exit 1;; esac", "exec b", Replaced, Replaced, Replaced),
        ("main() { setup; exec \"$@\"; }\nmain \"$@\"", "exec \"$@\"", Replaced, Replaced, Replaced),
        ("exec 2>&1; cmd", "cmd", Stays, Replaced, Replaced),
    ];
    for (text, tail, dash, bash, ash) in rows {
        for (family, expected) in [(Dash, dash), (Bash, bash), (Ash, ash)] {
            assert_eq!(answer(family, text, false), (expected, tail.to_owned()), "{family:?}: {text}");
        }
    }
}

#[test]
fn a_function_that_calls_itself_ends() {
    assert_eq!(answer(Bash, "f() { f; f; }; g() { g; }; g", false).0, Stays);
    let deep = "if a; then ".repeat(200);
    assert_eq!(answer(Ash, &deep, false).0, Stays);
}
