//! Verdicts: pure functions from what was found, kept and seen to one of five words.

use crate::rules::{Confidence, Grade, Level};

/// The judgement of a factor. The order is that of the worst: a repository is as good as its worst service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// An error, or two warnings of rules that weigh much.
    Fail,
    /// A warning, or something certain that is worth knowing.
    Partial,
    /// Nothing decides.
    Unknown,
    /// Something keeps the factor, and nothing that counts breaks it.
    Pass,
    /// The factor has nothing to say about such a program.
    NotApplicable,
}

impl Verdict {
    /// All verdicts, worst first.
    pub const ALL: &'static [Verdict] =
        &[Verdict::Fail, Verdict::Partial, Verdict::Unknown, Verdict::Pass, Verdict::NotApplicable];

    /// The word in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Fail => "fail",
            Verdict::Partial => "partial",
            Verdict::Unknown => "unknown",
            Verdict::Pass => "pass",
            Verdict::NotApplicable => "n/a",
        }
    }
}

/// A finding as verdicts see it, after policy has spoken. Suppressed findings are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// The level in force.
    pub level: Level,
    /// How sure it is.
    pub confidence: Confidence,
    /// The rule's grade.
    pub grade: Grade,
    /// The rule is new.
    pub preview: bool,
}

impl Weight {
    /// True when it changes a verdict at all.
    pub fn counts(self) -> bool {
        let speaks = match self.level {
            Level::Error | Level::Warning => true,
            Level::Info => self.confidence == Confidence::High && self.grade != Grade::C,
        };
        !self.preview && self.confidence != Confidence::Low && speaks
    }
}

/// What one factor of one service is judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// The findings.
    pub findings: Vec<Weight>,
    /// Something keeps the factor, and is enough for a pass.
    pub kept: bool,
    /// The factor does not apply.
    pub not_applicable: bool,
    /// An artefact that decides could not be read.
    pub unread: bool,
}

/// The verdict. What breaks a factor is said even of a program that the factor is not made for.
pub fn verdict(case: &Case) -> Verdict {
    let counted: Vec<&Weight> = case.findings.iter().filter(|w| w.counts()).collect();
    let heavy = counted.iter().filter(|w| w.level == Level::Warning && w.grade == Grade::A).count();
    if counted.iter().any(|w| w.level == Level::Error) || heavy >= 2 {
        Verdict::Fail
    } else if !counted.is_empty() {
        Verdict::Partial
    } else if case.not_applicable {
        Verdict::NotApplicable
    } else if case.kept && !case.unread {
        Verdict::Pass
    } else {
        Verdict::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Verdict, Weight, verdict};
    use crate::rules::{Confidence, Grade, Level};

    const STRONG: Weight =
        Weight { level: Level::Error, confidence: Confidence::High, grade: Grade::A, preview: false };

    fn warning(grade: Grade) -> Weight {
        Weight { level: Level::Warning, grade, ..STRONG }
    }

    fn info(grade: Grade, confidence: Confidence) -> Weight {
        Weight { level: Level::Info, confidence, grade, ..STRONG }
    }

    #[test]
    fn the_table_of_verdicts() {
        use Confidence::{High, Low, Medium};
        use Grade::{A, B, C};
        let preview = Weight { preview: true, ..STRONG };
        let guess = Weight { confidence: Low, ..STRONG };
        // Findings, kept, not applicable, unread: verdict.
        let cases: &[(&[Weight], bool, bool, bool, Verdict)] = &[
            (&[], false, false, false, Verdict::Unknown),
            (&[], true, false, false, Verdict::Pass),
            (&[], true, false, true, Verdict::Unknown),
            (&[], false, true, false, Verdict::NotApplicable),
            (&[], true, true, true, Verdict::NotApplicable),
            (&[STRONG], true, false, false, Verdict::Fail),
            (&[STRONG], false, true, false, Verdict::Fail),
            (&[warning(A), warning(A)], true, false, false, Verdict::Fail),
            (&[warning(A), warning(B)], true, false, false, Verdict::Partial),
            (&[warning(B), warning(B), warning(B)], true, false, false, Verdict::Partial),
            (&[warning(A)], false, false, false, Verdict::Partial),
            (&[warning(C)], true, false, false, Verdict::Partial),
            (&[warning(A)], true, true, false, Verdict::Partial),
            (&[info(A, High)], true, false, false, Verdict::Partial),
            (&[info(B, High)], true, false, false, Verdict::Partial),
            (&[info(C, High)], true, false, false, Verdict::Pass),
            (&[info(A, Medium)], true, false, false, Verdict::Pass),
            (&[info(A, Low)], false, false, false, Verdict::Unknown),
            (&[preview], true, false, false, Verdict::Pass),
            (&[preview, preview], false, false, false, Verdict::Unknown),
            (&[guess], true, false, false, Verdict::Pass),
            (&[warning(A), preview], true, false, false, Verdict::Partial),
        ];
        for (findings, kept, not_applicable, unread, wanted) in cases {
            let case = Case {
                findings: findings.to_vec(),
                kept: *kept,
                not_applicable: *not_applicable,
                unread: *unread,
            };
            assert_eq!(verdict(&case), *wanted, "{case:?}");
        }
    }

    #[test]
    fn the_worst_comes_first() {
        let mut all = Verdict::ALL.to_vec();
        all.sort();
        assert_eq!(all, Verdict::ALL);
        assert_eq!(all.first(), Some(&Verdict::Fail));
    }
}
