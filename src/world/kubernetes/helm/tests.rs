use proptest::prelude::*;

use super::{Chart, Rendered, render};
use crate::source::FileId;
use crate::syntax::doc::{Parsed, parse_yaml};
use crate::syntax::helm::parse_template;
use crate::world::kubernetes::shown;

const TEMPLATE: FileId = FileId(0);
const VALUES: FileId = FileId(1);

fn rendered(template: &str, values: &str) -> Rendered {
    let values = parse_yaml(values);
    let metadata = parse_yaml("name: web\nversion: 1.2.3\nappVersion: \"4.5\"\n");
    let template = parse_template(template);
    let chart = Chart {
        metadata: Some((FileId(2), &metadata)),
        values: Some((VALUES, &values)),
        parent: None,
        definitions: vec![(TEMPLATE, &template)],
        templates: vec![(TEMPLATE, &template)],
    };
    render(&chart).pop().map(|file| file.rendered).unwrap_or_else(|| Rendered::new(Vec::new()))
}

/// What a document says, on one line.
fn said(parsed: &Parsed) -> String {
    let all: Vec<String> = parsed.roots().map(said_node).collect();
    shown(&all.join(" --- "))
}

fn said_node(node: crate::syntax::doc::NodeRef<'_>) -> String {
    if node.is_mapping() {
        let entries = node.entries();
        let inside: Vec<String> =
            entries.iter().map(|e| format!("{}: {}", e.key, said_node(e.value))).collect();
        return format!("{{{}}}", inside.join(", "));
    }
    if node.is_sequence() {
        return format!("[{}]", node.items().map(said_node).collect::<Vec<_>>().join(", "));
    }
    node.as_str().unwrap_or("~").to_owned()
}

#[test]
fn templates_are_evaluated_with_the_values_of_the_chart() {
    let values = "image:\n  repository: acme/web\n  tag: ''\nport: 8080\nenv:\n  - name: A\n    value: b\nlabels:\n  x: y\noff: false\nlist: [a, b]\n";
    let cases = [
        ("p: {{ .Values.port }}", "{p: 8080}"),
        (
            "i: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"",
            "{i: acme/web:4.5}",
        ),
        ("n: {{ .Release.Name }}-x", "{n: RELEASE-x}"),
        ("env:\n  {{- toYaml .Values.env | nindent 2 }}\nz: 1", "{env: [{name: A, value: b}], z: 1}"),
        ("{{- if .Values.off }}\na: 1\n{{- else }}\nb: 2\n{{- end }}", "{b: 2}"),
        ("a:\n{{- range .Values.list }}\n- {{ . | quote }}\n{{- end }}", "{a: [a, b]}"),
        ("{{- range $k, $v := .Values.labels }}\n{{ $k }}: {{ $v }}\n{{- end }}", "{x: y}"),
        ("{{- with .Values.image }}\nr: {{ .repository }}\n{{- end }}", "{r: acme/web}"),
        ("{{ define \"n\" }}{{ .Chart.Name | trunc 2 }}{{ end }}n: {{ include \"n\" . }}", "{n: we}"),
        ("n: {{ printf \"%s-%d\" .Chart.Name 3 | upper }}", "{n: WEB-3}"),
        ("n: {{ .Values.missing.deep }}", "{n: ~}"),
        ("n: {{ tpl \"{{ .Values.port }}\" . }}", "{n: 8080}"),
        ("a: {{ ternary 1 2 .Values.off }}", "{a: 2}"),
        ("a: {{ index .Values.list 1 }}", "{a: b}"),
        ("{{- $x := 1 }}{{- if .Values.port }}{{- $x = 2 }}{{- end }}\na: {{ $x }}", "{a: 2}"),
    ];
    for (template, expected) in cases {
        assert_eq!(said(&rendered(template, values).parsed), expected, "{template}");
    }
}

#[test]
fn what_a_release_decides_stays_visible() {
    let cases = [
        ("a: {{ .Capabilities.KubeVersion.Version }}", "{a: …}"),
        ("a: {{ required \"set it\" .Values.key }}", "{a: …}"),
        ("a: {{ .Files.Get \"x\" }}\nb: 1", "{a: …, b: 1}"),
        ("{{- if .Capabilities.APIVersions.Has \"x\" }}\na: 1\n{{- end }}\nb: 2", "{…1: …, a: 1, b: 2}"),
        ("a:\n  b: 1\n  {{- include \"nowhere\" . | nindent 2 }}\nc: 3", "{a: {b: 1, …1: …}, c: 3}"),
        ("a:\n  {{- include \"nowhere\" . | nindent 2 }}\nc: 3", "{a: {…1: …}, c: 3}"),
        ("a:\n  - x\n  {{- include \"nowhere\" . | nindent 2 }}\nc: 3", "{a: [x, …], c: 3}"),
        ("a: {{ if .Capabilities.X }}1{{ else }}2{{ end }}", "{a: …}"),
        ("a: {{ .Values.secret | b64enc }}", "{a: …}"),
    ];
    for (template, expected) in cases {
        assert_eq!(said(&rendered(template, "{}").parsed), expected, "{template}");
    }
}

#[test]
fn values_keep_their_places() {
    let template = "image: {{ .Values.image }}\nname: fixed\nboth: {{ .Values.a }}:{{ .Values.b }}\n";
    let values = "image: acme/web\na: x\nb: z\n";
    let found = rendered(template, values);
    let root = found.parsed.root().map(|r| r.entries()).unwrap_or_default();
    let place = |key: &str| {
        let entry = root.iter().find(|e| e.key == key)?;
        let source = found.source(entry.value.range())?;
        let text = if source.span.file == VALUES { values } else { template };
        Some((source.span.file, source.span.range?.slice(text), source.via.is_some()))
    };
    assert_eq!(place("image"), Some((VALUES, "acme/web", true)));
    assert_eq!(place("name"), Some((TEMPLATE, "fixed", false)));
    assert_eq!(place("both"), Some((TEMPLATE, "{{ .Values.a }}:{{ .Values.b }}", true)));
}

#[test]
fn templates_that_want_to_be_a_burden_end() {
    let doubling = "{{ $x := \"aaaaaaaaaaaaaaaa\" }}".to_owned()
        + &"{{ $x = printf \"%s%s\" $x $x }}".repeat(60)
        + "a: {{ $x }}";
    let lists =
        "{{ $l := list 1 2 3 }}".to_owned() + &"{{ $l = concat $l $l }}".repeat(60) + "a: {{ len $l }}";
    let deep = "{{ $l := list 1 }}{{ range until 200 }}{{ range until 200 }}{{ $l = list $l }}{{ end }}{{ end }}a: {{ $l }}";
    let endless =
        "{{ define \"a\" }}{{ include \"a\" . }}{{ include \"a\" . }}{{ end }}a: {{ include \"a\" . }}";
    let text = "{{ define \"a\" }}{{ tpl .Values.t . }}{{ end }}a: {{ tpl .Values.t . }}";
    for template in [doubling.as_str(), lists.as_str(), deep, endless, text] {
        let found = rendered(template, "t: '{{ tpl .Values.t . }}{{ tpl .Values.t . }}'\n");
        assert!(found.parsed.documents.len() < 10);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_rendered_and_keeps_its_places(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "{{ if .Values.a }}", "{{- else }}", "{{ end -}}", "{{ .Values.b | nindent 2 }}", "a:", "\n", "  ",
                "- x", "{{ range .Values.c }}", "{{ with .x }}", "{{ toYaml .Values | indent 3 }}", "{{ include \"t\" . }}",
                "{{ define \"t\" }}", "{{", "}}", "\"", "{{ $x := .Values.c }}", "{{ $x }}", "{{ printf \"%s\" .z }}",
                "# c", "---\n", "{{ trunc 2 \"日本\" }}", "日", "{{ .Capabilities.q }}", "|", "{{- /* c */ -}}", "'",
            ]),
            0..40,
        )
    ) {
        let template = parts.concat();
        let values = "a: 1\nb: {k: v}\nc: [1, two]\n";
        let found = rendered(&template, values);
        for root in found.parsed.roots() {
            if let Some(source) = found.source(root.range()) {
                let text = if source.span.file == VALUES { values.len() } else { template.len() };
                prop_assert!(source.span.range.is_none_or(|r| r.end as usize <= text.max(60)));
            }
        }
    }

    #[test]
    fn any_bytes_are_read(text in "\\PC{0,200}") {
        parse_template(&format!("{{{{ {text} }}}}"));
        rendered(&text, &text);
    }
}
