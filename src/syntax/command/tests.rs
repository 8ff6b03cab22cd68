use super::*;
use crate::syntax::shell::parse_shell;

const TABLE: &str = include_str!("../../../rules/knowledge/wrappers.toml");

#[test]
fn wrappers_are_stripped() {
    let table = WrapperTable::from_toml(TABLE).unwrap();
    let cases = [
        ("node s.js", "", "node s.js"),
        ("/usr/bin/tini -- node s.js", "tini", "node s.js"),
        ("tini -g -e 143 node", "tini", "node"),
        ("dumb-init --rewrite 15:3 -- a -- b", "dumb-init", "a -- b"),
        ("/init a", "/init", "a"),
        ("/app/init a", "", "/app/init a"),
        ("catatonit -- a", "catatonit", "a"),
        ("gosu app:app env A=1 B=$C a b=c", "gosu env", "a b=c"),
        ("su-exec app a", "su-exec", "a"),
        ("setpriv --reuid 1000 --regid=1000 --init-groups a", "setpriv", "a"),
        ("s6-setuidgid app a", "s6-setuidgid", "a"),
        ("chpst -u app -- a", "chpst", "a"),
        ("env -i -u X - A=1 a", "env", "a"),
        ("nice -n 5 ionice -c2 -n 0 nohup a", "nice ionice nohup", "a"),
        ("with-contenv a", "with-contenv", "a"),
        (
            "opentelemetry-instrument --traces_exporter console python a.py",
            "opentelemetry-instrument",
            "python a.py",
        ),
        ("ddtrace-run gunicorn a", "ddtrace-run", "gunicorn a"),
        ("newrelic-admin run-program gunicorn a", "newrelic-admin", "gunicorn a"),
        ("newrelic-admin generate-config x", "", "newrelic-admin generate-config x"),
        ("bundle exec puma -C x", "bundle", "puma -C x"),
        ("bundle install", "", "bundle install"),
        ("poetry -C /app run a", "poetry", "a"),
        ("uv run --no-sync --group prod a --b", "uv", "a --b"),
        ("uv sync", "", "uv sync"),
        ("pipenv run a", "pipenv", "a"),
        ("dotenv -e .env -- a", "dotenv", "a"),
        ("dotenv run a", "dotenv", "a"),
        ("exec -a name a", "exec", "a"),
        ("command -v a", "", "command -v a"),
        ("command a", "command", "a"),
        ("time -p timeout -k 5 10s a", "time timeout", "a"),
        ("stdbuf -oL a", "stdbuf", "a"),
        ("sudo -E -u app A=1 a", "sudo", "a"),
        ("doppler run -p x -- a", "doppler", "a"),
        ("aws-vault exec prof -- a", "aws-vault", "a"),
        ("npx next start", "", "npx next start"),
        ("tini", "tini", ""),
        ("gosu", "gosu", ""),
    ];
    for (text, wrappers, command) in cases {
        let script = parse_shell(text);
        let simple = script.items[0].pipeline[0].simple().unwrap();
        let found = simple.unwrapped(&table);
        let names: Vec<&str> = found.wrappers.iter().map(|wrapper| wrapper.name.as_str()).collect();
        let words: Vec<&str> = found.command.iter().map(CommandWord::text).collect();
        assert_eq!((names.join(" ").as_str(), words.join(" ").as_str()), (wrappers, command), "{text}");
        let exec_form: Vec<Spanned<String>> =
            simple.words.iter().map(|word| Spanned::new(word.text.clone(), word.range)).collect();
        assert_eq!(unwrap_command(&exec_form, &table).wrappers, found.wrappers, "{text}");
    }
    let text = "tini -- gosu app a";
    let script = parse_shell(text);
    let found = script.items[0].pipeline[0].simple().unwrap().unwrapped(&table);
    let slices: Vec<&str> = found.wrappers.iter().map(|wrapper| wrapper.range.slice(text)).collect();
    assert_eq!(slices, ["tini --", "gosu app"]);
}

#[test]
fn the_table_is_sound() {
    let table = WrapperTable::from_toml(TABLE).unwrap();
    let mut names: Vec<&str> = table.entries.iter().map(|entry| entry.name.as_str()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name stands twice");
    assert!(!names.contains(&"npx"));
    assert!(WrapperTable::from_toml("[[wrapper]]\nname = \"x\"\n").is_err(), "behaviour is owed");
    assert!(WrapperTable::from_toml("[[wrapper]]\nname = \"x\"\nbehaviour = \"exec\"\ntypo = 1\n").is_err());
}
