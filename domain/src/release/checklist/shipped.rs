//! The checklists that every installation has from the start. Themes from the reference (S21), words of our own.

use super::{AnswerKind, Form, FormGroup, Question};
use crate::FormKey;

struct Asked(&'static str, &'static str, Answer, bool);

enum Answer {
    YesNo,
    Text,
    Number,
    Date,
    Choice(&'static [&'static str]),
}

struct Part(&'static str, &'static str, &'static [Asked]);

use Answer::{Choice, Date, Number, Text, YesNo};

/// Key, title, groups. A changed question gets another key: answers given to the old one are not answers to it.
const SHIPPED: [(&str, &str, &[Part]); 5] = [
    (
        "deployment-document",
        "Deployment document",
        &[
            Part(
                "What is deployed",
                "A reader who was not there must be able to tell what is rolled out, where, and for whom.",
                &[
                    Asked(
                        "components",
                        "Is every component that is rolled out listed, with its version?",
                        YesNo,
                        true,
                    ),
                    Asked(
                        "rules",
                        "Are the business rules that it follows written down?",
                        YesNo,
                        true,
                    ),
                    Asked("where", "Where is that documentation?", Text, false),
                    Asked(
                        "licences",
                        "Are there enough licences for what is installed?",
                        YesNo,
                        false,
                    ),
                ],
            ),
            Part(
                "Who is affected",
                "",
                &[
                    Asked("users", "How many people are affected?", Number, true),
                    Asked(
                        "training",
                        "Do they need training, and has it been arranged?",
                        Choice(&["not needed", "arranged", "held", "still open"]),
                        true,
                    ),
                    Asked("told", "Have they been told what changes and when?", YesNo, true),
                    Asked(
                        "desk",
                        "Has the service desk been told, with what to answer?",
                        YesNo,
                        true,
                    ),
                ],
            ),
            Part(
                "The way back",
                "",
                &[
                    Asked(
                        "back-out",
                        "Is the back-out plan detailed enough for somebody else to follow?",
                        YesNo,
                        true,
                    ),
                    Asked("back-out-tested", "When was it last tried out?", Date, false),
                    Asked(
                        "clash",
                        "Was it checked that no other change to the infrastructure happens at the same time?",
                        YesNo,
                        true,
                    ),
                ],
            ),
        ],
    ),
    (
        "build-information",
        "Build information",
        &[
            Part(
                "The build",
                "What goes into production must be traceable to what was built.",
                &[
                    Asked(
                        "source",
                        "From which source, and which revision of it, was it built?",
                        Text,
                        true,
                    ),
                    Asked(
                        "reproducible",
                        "Can it be built again with the same result?",
                        YesNo,
                        false,
                    ),
                    Asked("built", "When was it built?", Date, true),
                    Asked(
                        "sums",
                        "Are checksums of the delivered files recorded?",
                        YesNo,
                        true,
                    ),
                    Asked(
                        "library",
                        "Is the build kept in the definitive media library?",
                        YesNo,
                        true,
                    ),
                ],
            ),
            Part(
                "The people",
                "",
                &[
                    Asked(
                        "expertise",
                        "Does the team have everybody whose knowledge the build needs?",
                        YesNo,
                        true,
                    ),
                    Asked("contact", "Whom to ask about the build?", Text, true),
                    Asked("known", "Which known errors remain?", Text, false),
                ],
            ),
        ],
    ),
    (
        "ci-test",
        "CI test",
        &[
            Part(
                "Before the test",
                "Each configuration item is tested by itself before the service is.",
                &[
                    Asked(
                        "plan",
                        "Is there a test plan for every item that changes?",
                        YesNo,
                        true,
                    ),
                    Asked(
                        "resources",
                        "Are the people, machines and data for the tests there?",
                        YesNo,
                        true,
                    ),
                    Asked(
                        "like",
                        "How much is the test environment like production?",
                        Choice(&["the same", "much alike", "different"]),
                        true,
                    ),
                ],
            ),
            Part(
                "Result",
                "",
                &[
                    Asked("run", "How many tests were run?", Number, true),
                    Asked("failed", "How many of them failed?", Number, true),
                    Asked(
                        "open",
                        "What is open, and why may it go on all the same?",
                        Text,
                        false,
                    ),
                    Asked("tested", "On which day was the last of them run?", Date, true),
                    Asked(
                        "cmdb",
                        "Does the CMDB describe the items as they were tested?",
                        YesNo,
                        true,
                    ),
                ],
            ),
        ],
    ),
    (
        "service-test",
        "Service test",
        &[
            Part(
                "What is tested",
                "The service is tested as its users use it, with everything it depends on.",
                &[
                    Asked(
                        "procedure",
                        "Is there a procedure that shows whether the deployment is right?",
                        YesNo,
                        true,
                    ),
                    Asked("users", "Did people who use the service take part?", YesNo, true),
                    Asked(
                        "neighbours",
                        "Were the services that depend on it tested too?",
                        YesNo,
                        true,
                    ),
                ],
            ),
            Part(
                "Result",
                "",
                &[
                    Asked(
                        "verdict",
                        "What was the result?",
                        Choice(&["passed", "passed with remarks", "failed"]),
                        true,
                    ),
                    Asked("remarks", "Which remarks are there?", Text, false),
                    Asked("speed", "Is it as fast as was agreed?", YesNo, false),
                    Asked(
                        "watch",
                        "Is it monitored, and do the alarms reach somebody?",
                        YesNo,
                        true,
                    ),
                    Asked(
                        "restore",
                        "Was restoring it from a backup tried out?",
                        YesNo,
                        false,
                    ),
                ],
            ),
        ],
    ),
    (
        "pilot-deployment-plan",
        "Pilot deployment plan",
        &[
            Part(
                "The pilot",
                "A pilot shows on a few what would go wrong for all.",
                &[
                    Asked("scope", "Who or what is in the pilot?", Text, true),
                    Asked("size", "How many people or items are that?", Number, true),
                    Asked("from", "From which day?", Date, true),
                    Asked("to", "Until which day?", Date, true),
                    Asked("agreed", "Did the people in the pilot agree to it?", YesNo, true),
                ],
            ),
            Part(
                "How it is judged",
                "",
                &[
                    Asked(
                        "success",
                        "What must be the case at the end to go on for all?",
                        Text,
                        true,
                    ),
                    Asked("stop", "What stops the pilot at once?", Text, true),
                    Asked(
                        "support",
                        "Who helps the people in the pilot, and when can they be reached?",
                        Text,
                        true,
                    ),
                    Asked(
                        "back-out",
                        "Can the pilot be taken back without touching the others?",
                        YesNo,
                        true,
                    ),
                ],
            ),
        ],
    ),
];

/// The shipped templates.
#[must_use]
pub fn shipped() -> Vec<(FormKey, Form)> {
    let question = |asked: &Asked| {
        let answer = match asked.2 {
            YesNo => AnswerKind::YesNo,
            Text => AnswerKind::Text,
            Number => AnswerKind::Number,
            Date => AnswerKind::Date,
            Choice(options) => AnswerKind::Choice {
                options: options.iter().map(|option| (*option).to_owned()).collect(),
            },
        };
        Some(Question {
            key: asked.0.parse().ok()?,
            text: asked.1.to_owned(),
            hint: String::new(),
            answer,
            required: asked.3,
        })
    };
    let group = |part: &Part| FormGroup {
        title: part.0.to_owned(),
        text: part.1.to_owned(),
        questions: part.2.iter().filter_map(question).collect(),
    };
    let form = |(key, title, parts): &(&str, &str, &[Part])| {
        let groups = parts.iter().map(group).collect();
        let title = (*title).to_owned();
        Some((key.parse().ok()?, Form { title, groups }))
    };
    SHIPPED.iter().filter_map(form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_five_are_forms_that_can_be_filled_in() {
        let all = shipped();
        assert_eq!(all.len(), SHIPPED.len());
        for ((key, form), (_, _, parts)) in all.iter().zip(SHIPPED) {
            assert_eq!(form.check(), Ok(()), "{key}");
            let asked: usize = parts.iter().map(|part| part.2.len()).sum();
            assert_eq!(form.questions().count(), asked, "{key}");
            assert!(form.questions().any(|question| question.required), "{key}");
        }
    }
}
