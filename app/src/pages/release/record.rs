use domain::release::{Command, ReleaseField};
use leptos::prelude::*;

use crate::client::clock;
use crate::parts::cell::{ChoiceCell, FlagCell, RadioCell, TextCell, of_release};
use crate::parts::matrix::PriorityMatrix;
use crate::parts::people::{or_none, use_people};
use crate::state::use_release;

const LEVELS: &[(&str, &str, &str)] = &[("low", "Low", ""), ("medium", "Medium", ""), ("high", "High", "")];

/// The fields of the record, edited in place.
#[component]
pub fn RecordTab() -> impl IntoView {
    view! {
        <div class="ui-columns page-record">
            <div class="ui-stack column">
                <What />
                <Who />
            </div>
            <How />
        </div>
    }
}

#[component]
fn What() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let types = Signal::derive(move || or_none(people.types(), "Choose a type"));
    let about = Signal::derive(move || {
        let key = open.with(|release| release.text(ReleaseField::ReleaseType).to_owned())?;
        people.description(&key)
    });
    view! {
        <section class="ui-panel ui-stack">
            <h2>"What"</h2>
            <TextCell at=of_release(ReleaseField::Title) />
            <ChoiceCell at=of_release(ReleaseField::ReleaseType) options=types hint=about />
            <TextCell at=of_release(ReleaseField::Description) rows=6 hint="Purpose, content, background" />
            <TextCell at=of_release(ReleaseField::Version) hint="Version of what is rolled out" />
            <TextCell at=of_release(ReleaseField::BackOutPlan) rows=4 hint="How to get back as a whole, beside the back-out of each step" />
        </section>
    }
}

#[component]
fn How() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let groups = Signal::derive(move || or_none(people.groups(), "Choose a group"));
    let persons = Signal::derive(move || or_none(people.people(), "Nobody yet"));
    let contracts = Signal::derive(move || or_none(people.contracts(), "None"));
    let chosen = Signal::derive(move || {
        open.with(|release| {
            let text = |field| release.text(field).to_owned();
            (text(ReleaseField::Impact), text(ReleaseField::Urgency))
        })
        .unwrap_or_default()
    });
    let choose = move |(impact, urgency): (String, String)| {
        let before = chosen.get_untracked();
        let changes = [
            (ReleaseField::Impact, impact != before.0, impact),
            (ReleaseField::Urgency, urgency != before.1, urgency),
        ];
        let commands: Vec<Command> = changes
            .into_iter()
            .filter(|(_, changed, _)| *changed)
            .map(|(field, _, value)| Command::Set {
                field,
                value: value.into(),
            })
            .collect();
        if !commands.is_empty() {
            open.act_all(commands);
        }
    };
    let locked = Signal::derive(move || open.locked.with(Option::is_some));
    view! {
        <section class="ui-panel ui-stack">
            <h2>"How urgent, when, by whom"</h2>
            <PriorityMatrix chosen=chosen on_choose=choose locked=locked />
            <RadioCell at=of_release(ReleaseField::Risk) options=LEVELS />
            <div class="pair">
                <TextCell at=of_release(ReleaseField::PlannedStart) hint=format!("Times are in {}", clock::zone()) />
                <TextCell at=of_release(ReleaseField::PlannedEnd) />
            </div>
            <ChoiceCell at=of_release(ReleaseField::AssignmentGroup) options=groups />
            <ChoiceCell at=of_release(ReleaseField::Assignee) options=persons />
            <ChoiceCell
                at=of_release(ReleaseField::Contract)
                options=contracts
                hint="Who is linked to it reaches the release, beside those who take part".to_owned()
            />
        </section>
    }
}

#[component]
fn Who() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let persons = Signal::derive(move || or_none(people.people(), "Choose a person"));
    // The snapshot follows the person once, when they are chosen; afterwards it is the author's.
    let snapshot = move |chosen: String| {
        let person = chosen.parse().ok().and_then(|id| untrack(|| people.person(id)));
        let Some(person) = person else { return };
        let set = |field, value: Option<String>| Command::Set {
            field,
            value: value.map(Into::into).unwrap_or_default(),
        };
        open.act_all(vec![
            set(ReleaseField::ContactName, Some(person.name)),
            set(ReleaseField::ContactPhone, person.phone),
            set(ReleaseField::ContactEmail, person.email),
            set(ReleaseField::ContactUnit, person.unit),
            set(ReleaseField::ContactLocation, person.location),
        ]);
    };
    view! {
        <section class="ui-panel ui-stack">
            <h2>"For whom"</h2>
            <ChoiceCell at=of_release(ReleaseField::Requester) options=persons on_change=snapshot />
            <p class="soft meta">"Contact: whom to call. Filled in from the requester, yours to change."</p>
            <div class="contacts">
                <TextCell at=of_release(ReleaseField::ContactName) />
                <TextCell at=of_release(ReleaseField::ContactPhone) />
                <TextCell at=of_release(ReleaseField::ContactEmail) />
                <TextCell at=of_release(ReleaseField::ContactUnit) />
                <TextCell at=of_release(ReleaseField::ContactLocation) />
                <TextCell at=of_release(ReleaseField::ContactNote) />
            </div>
            <fieldset class="ui-field mails">
                <legend>"Mails to the requester"</legend>
                <FlagCell at=of_release(ReleaseField::MailCreated) label="when it is submitted" usual=true />
                <FlagCell at=of_release(ReleaseField::MailActions) label="at each action" usual=true />
                <FlagCell at=of_release(ReleaseField::MailCompleted) label="when it is closed or cancelled" usual=true />
            </fieldset>
        </section>
    }
}
