use proptest::prelude::*;

use super::*;

#[test]
fn processes() {
    let text = "\u{feff}web: bundle exec puma -p $PORT\r\n# note\n\nworker-2:sidekiq: x \nrelease\nbad name: x\nempty:\n";
    let file = parse_procfile(text);
    let found: Vec<(&str, &str)> = file
        .processes
        .iter()
        .map(|(name, command)| (name.range.slice(text), command.range.slice(text)))
        .collect();
    assert_eq!(found, [("web", "bundle exec puma -p $PORT"), ("worker-2", "sidekiq: x")]);
    assert!(
        file.processes.iter().all(|(name, command)| name.range.slice(text) == name.value
            && command.range.slice(text) == command.value)
    );
    let problems: Vec<&str> = file.problems.iter().map(|problem| problem.range.slice(text)).collect();
    assert_eq!(problems, ["release", "bad name: x", "empty:"]);
    assert_eq!(file.comments[0].range.slice(text), "# note");
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        for (name, command) in parse_procfile(&text).processes {
            assert_eq!(name.range.slice(&text), name.value);
            assert_eq!(command.range.slice(&text), command.value);
        }
    }
}
