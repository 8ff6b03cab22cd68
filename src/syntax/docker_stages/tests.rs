use super::*;
use crate::syntax::docker::parse_dockerfile;

#[test]
fn stages_and_their_bases() {
    let text = "ARG TAG=3 OTHER\nARG NAME=Build\nFROM --platform=$BUILDPLATFORM rust:${TAG}-slim AS Build\nFROM ${NAME} AS test\n\
                FROM debian:$OTHER\nFROM alpine:${MISSING:-3.20}\nFROM $BUILDPLATFORM\nFROM TEST\nFROM ${OTHER:-x}\n";
    let file = parse_dockerfile(text);
    let stages = stages(&file);
    let shown: Vec<_> =
        stages.iter().map(|s| (s.base.value.as_str(), s.resolved_base.as_deref(), s.parent)).collect();
    assert_eq!(
        shown,
        [
            ("rust:${TAG}-slim", Some("rust:3-slim"), None),
            ("${NAME}", Some("Build"), Some(0)),
            ("debian:$OTHER", None, None),
            ("alpine:${MISSING:-3.20}", Some("alpine:3.20"), None),
            ("$BUILDPLATFORM", None, None),
            ("TEST", Some("TEST"), Some(1)),
            ("${OTHER:-x}", None, None),
        ]
    );
    assert_eq!(stages[0].platform.as_deref(), Some("$BUILDPLATFORM"));
    assert_eq!(stages[0].instructions, 2..3);
    assert_eq!(chain(&stages, 5), [5, 1, 0]);
    assert_eq!(chain(&stages, 99), Vec::<usize>::new());
    let found = ["build", "TEST", "2", "5", "x"].map(|name| find_stage(&stages, name, 5));
    assert_eq!(found, [Some(0), Some(1), Some(2), None, None]);
}

/// The last stage's `cmd`, `entrypoint` and so on, as slices of the text.
fn last(text: &str) -> Effective {
    let file = parse_dockerfile(text);
    let stages = stages(&file);
    effective(&file, &stages, stages.len() - 1)
}

#[test]
fn cmd_and_entrypoint() {
    let cases = [
        ("FROM a\nCMD x\nENTRYPOINT y", "CMD x", "ENTRYPOINT y", false),
        ("FROM a\nENTRYPOINT y\nCMD x", "CMD x", "ENTRYPOINT y", false),
        ("FROM a AS b\nCMD x\nFROM b\nENTRYPOINT y", "", "ENTRYPOINT y", true),
        ("FROM a AS b\nCMD x\nFROM b\nCMD z\nENTRYPOINT y", "CMD z", "ENTRYPOINT y", false),
        ("FROM a AS b\nENTRYPOINT y\nFROM b\nCMD z", "CMD z", "ENTRYPOINT y", false),
        ("FROM a AS b\nCMD x\nFROM c\nRUN d", "", "", false),
        ("FROM a\nCMD x\nCMD y", "CMD y", "", false),
    ];
    for (text, cmd, entrypoint, reset) in cases {
        let found = last(text);
        let slice = |command: &Option<EffectiveCommand>| {
            command.as_ref().map(|command| command.range.slice(text).to_owned()).unwrap_or_default()
        };
        assert_eq!(
            (slice(&found.cmd).as_str(), slice(&found.entrypoint).as_str()),
            (cmd, entrypoint),
            "{text}"
        );
        assert_eq!(found.cmd_reset, reset, "{text}");
    }
}

#[test]
fn variables_are_followed_and_never_guessed() {
    let cases = [
        (
            "FROM a\nENV P=80\nEXPOSE $P ${P}1 ${Q} ${P:-9} ${P:+9}",
            vec![Some("80"), Some("801"), None, Some("80"), Some("9")],
        ),
        ("ARG P=80\nFROM a\nARG P\nEXPOSE $P", vec![Some("80")]),
        ("ARG P=80\nFROM a\nEXPOSE $P", vec![None]),
        ("FROM a\nARG P\nEXPOSE $P ${P:-8} ${P:+8}", vec![None, None, None]),
        ("FROM a\nARG P=80\nENV P=81\nEXPOSE $P", vec![Some("81")]),
        ("FROM a\nENV P=80\nENV P=81 Q=$P\nEXPOSE $Q", vec![Some("80")]),
        ("FROM a\nENV P='$Q' R=\\$Q S=\"\\$Q\"\nEXPOSE $P $R $S", vec![Some("$Q"), Some("$Q"), Some("$Q")]),
        ("FROM a AS b\nARG P=80\nENV Q=81\nFROM b\nEXPOSE $P $Q", vec![Some("80"), Some("81")]),
        ("FROM scratch\nEXPOSE ${P:-80} $PATH", vec![Some("80"), None]),
        ("FROM a\nENV A=${B:-${C:-1}}\nEXPOSE $A", vec![None]),
        ("FROM scratch\nENV A=${B:-${C:-\"1 2\"}}\nEXPOSE $A ${A%2} ${A", vec![Some("1 2"), None, None]),
        ("FROM a\nARG P=\nEXPOSE ${P:-80} ${P-80}", vec![Some("80"), Some("")]),
    ];
    for (text, expected) in cases {
        let found = last(text);
        let ports: Vec<Option<&str>> = found.expose.iter().map(|port| port.value.as_deref()).collect();
        assert_eq!(ports, expected, "{text}");
    }
}

#[test]
fn the_rest_of_an_image() {
    let text = "FROM scratch AS a\nWORKDIR srv\nSHELL [\"bash\", \"-c\"]\nUSER \"app\"\nFROM a\nARG U=me\nWORKDIR x/../y\n\
                USER $U\nSTOPSIGNAL SIGQUIT\nHEALTHCHECK NONE\nVOLUME /d\nENV \"K\"=v\nCOPY --from=$U a b\nCOPY --from=a c d\n";
    let found = last(text);
    let value = |resolved: &Option<Resolved>| resolved.as_ref().and_then(|resolved| resolved.value.clone());
    assert_eq!(value(&found.workdir).as_deref(), Some("/srv/y"));
    assert_eq!(value(&found.user).as_deref(), Some("me"));
    assert_eq!(value(&found.stop_signal).as_deref(), Some("SIGQUIT"));
    assert_eq!(found.healthcheck.as_ref().map(|check| check.form.is_none()), Some(true));
    assert!(found.shell.is_some());
    assert_eq!(found.volumes[0].written.value, "/d");
    assert_eq!(found.env["K"].written.range.slice(text), "v");
    let file = parse_dockerfile(text);
    let stages = stages(&file);
    let from: Vec<_> = copies_from(&file, &stages, 1).into_iter().map(|(_, value)| value).collect();
    assert_eq!(from, [Some("me".to_owned()), Some("a".to_owned())]);
    assert_eq!(last("FROM a\nWORKDIR x").workdir.and_then(|workdir| workdir.value), None);
}

#[test]
fn doubling_values_stay_small() {
    let text = format!("FROM scratch\nENV A=xx\n{}", "ENV A=$A$A\n".repeat(5000));
    assert_eq!(last(&text).env["A"].value, None);
}
