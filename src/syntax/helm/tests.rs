use super::{BlockKind, TemplateNode, parse_template};

/// The tree in short: texts quoted, actions by kind.
fn shape(nodes: &[TemplateNode], text: &str) -> String {
    let mut out = String::new();
    for node in nodes {
        match node {
            TemplateNode::Text(range) => out.push_str(&format!("{:?}", range.slice(text))),
            TemplateNode::Print(_, Some(_)) => out.push('P'),
            TemplateNode::Print(_, None) => out.push('?'),
            TemplateNode::Assign { name, .. } => out.push_str(&format!("${name}")),
            TemplateNode::Jump(_) => out.push('J'),
            TemplateNode::Block(block) => {
                let kind = match block.kind {
                    BlockKind::If => "if",
                    BlockKind::With => "with",
                    BlockKind::Range => "range",
                };
                let (body, otherwise) = (shape(&block.body, text), shape(&block.otherwise, text));
                out.push_str(&format!("{kind}({body}|{otherwise})"));
            }
        }
    }
    out
}

#[test]
fn templates_become_trees() {
    let cases = [
        ("a {{ .x }} b", r#""a "P" b""#),
        ("a {{- .x -}} b", r#""a"P"b""#),
        ("{{/* note */}}x", r#""x""#),
        ("{{- /* a }} b */ -}}\nx", r#""x""#),
        ("{{ if .a }}1{{ end }}", r#"if("1"|)"#),
        ("{{ if .a }}1{{ else }}2{{ end }}3", r#"if("1"|"2")"3""#),
        ("{{ if .a }}{{ else }}2{{ end }}", r#"if(|"2")"#),
        (
            "{{ if .a }}1{{ else if .b }}2{{ else if .c }}3{{ else }}4{{ end }}5",
            r#"if("1"|if("2"|if("3"|"4")))"5""#,
        ),
        ("{{ range $k, $v := .m }}{{ $k }}{{ end }}", "range(P|)"),
        ("{{ with .a }}{{ . }}{{ end }}", "with(P|)"),
        ("{{ $x := 1 }}{{ $x = 2 }}", "$x$x"),
        ("{{ \"}}\" }}", "P"),
        ("{{ if }}x{{ end }}", r#"if("x"|)"#),
        ("{{ # }}x", r#"?"x""#),
        ("{{ if .a }}open", r#"if("open"|)"#),
        ("{{ end }}x", r#""x""#),
        ("{{ .a", "P"),
    ];
    for (text, expected) in cases {
        let found = parse_template(text);
        assert_eq!(shape(&found.nodes, text), expected, "{text}");
    }
}

#[test]
fn definitions_stand_apart() {
    let found = parse_template("{{ define \"a.b\" -}} x {{- end }}y");
    assert_eq!(found.definitions.len(), 1);
    assert_eq!(shape(&found.nodes, &found.text), r#""y""#);
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = "{{ if .a }}".repeat(5000) + &"{{ end }}".repeat(5000);
    assert!(!parse_template(&deep).problems.is_empty());
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(3000), ")".repeat(3000));
    assert_eq!(shape(&parse_template(&parens).nodes, &parens), "?");
    assert!(!parse_template(&"{{ .a }}".repeat(60_000)).problems.is_empty());
}
