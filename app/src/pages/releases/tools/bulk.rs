//! One command for the releases that were picked: first what would become of each, then it is done, in pieces.

use domain::grow::Grow;
use domain::release::{Command, Party};
use domain::wire::bulk::{Bulk, BulkAnswer, BulkItem, MAX_BULK};
use domain::wire::list::ReleaseQuery;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::state::ListState;
use crate::client::http::{self, ApiError};
use crate::parts::on_device::needs_server;
use crate::parts::people::use_people;
use crate::parts::release_rows::fetch;
use crate::paths;
use crate::state::{use_connection, use_toasts};
use crate::ui::{
    Button, ButtonKind, Dialog, Icon, Progress, SelectField, TextField, failure_view, icon, skeleton_lines,
};
use crate::words;

const PATH: &str = "/api/v1/releases/bulk";
/// Releases in one request, so that one sees how far it is.
const PIECE: usize = 25;

/// What can be done to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Claim,
    Delegate,
    Group,
    Share,
    Hold,
    Resume,
    Cancel,
}

impl Deed {
    const ALL: [Self; 7] = [
        Self::Claim,
        Self::Delegate,
        Self::Group,
        Self::Share,
        Self::Hold,
        Self::Resume,
        Self::Cancel,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Claim => "Claim",
            Self::Delegate => "Delegate…",
            Self::Group => "Change group…",
            Self::Share => "Share…",
            Self::Hold => "Put on hold…",
            Self::Resume => "Resume",
            Self::Cancel => "Cancel…",
        }
    }

    /// What has to be chosen.
    fn chooses(self) -> Option<&'static str> {
        match self {
            Self::Delegate => Some("To whom"),
            Self::Group => Some("Assignment group"),
            Self::Share => Some("With whom"),
            Self::Hold => Some("Reason"),
            Self::Claim | Self::Resume | Self::Cancel => None,
        }
    }

    /// What has to be written.
    fn writes(self) -> Option<&'static str> {
        match self {
            Self::Hold => Some("Note"),
            Self::Cancel => Some("Why"),
            _ => None,
        }
    }

    /// None until everything it needs is there.
    fn command(self, choice: &str, text: &str) -> Option<Command> {
        let text = text.trim().to_owned();
        Some(match self {
            Self::Claim => Command::Claim { from: None },
            Self::Resume => Command::Resume,
            Self::Delegate => Command::Delegate {
                to: choice.parse().ok()?,
            },
            Self::Group => Command::ChangeGroup {
                to: choice.parse().ok()?,
            },
            Self::Share => Command::Share {
                with: match choice.split_once(':')? {
                    ("group", id) => Party::Group(id.parse().ok()?),
                    (_, id) => Party::User(id.parse().ok()?),
                },
            },
            Self::Hold if choice.is_empty() => return None,
            Self::Hold => Command::Hold {
                reason: choice.to_owned(),
                note: text,
            },
            Self::Cancel if text.is_empty() => return None,
            Self::Cancel => Command::Cancel { reason: text },
        })
    }
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// What would become of it is asked.
    Asking,
    /// And known.
    Foreseen(BulkAnswer),
    /// So many are decided, of so many.
    Doing(u64, u64),
    /// All are.
    Done(BulkAnswer),
    Failed(ApiError),
}

/// The bar that comes from below once something is picked.
#[component]
pub fn Bar() -> impl IntoView {
    let state = expect_context::<ListState>();
    let connection = use_connection();
    let deed = RwSignal::new(None::<Deed>);
    let open = RwSignal::new(false);
    let count = move || {
        state
            .picked
            .with(|picked| u64::try_from(picked.len()).unwrap_or(u64::MAX))
    };
    let busy = RwSignal::new(false);
    let whole = move || {
        let (count, total) = (count(), state.counts.get().total);
        (count < total && total <= MAX_BULK as u64).then_some(total)
    };
    let pick_whole = move |()| {
        busy.set(true);
        let query = ReleaseQuery {
            limit: Some(domain::wire::MAX_LIMIT),
            ..state.wanted.get_untracked()
        };
        spawn_local(async move {
            if let Ok(page) = fetch(&query).await {
                state
                    .picked
                    .try_update(|picked| picked.extend(page.items.iter().map(|item| item.id)));
            }
            busy.try_set(false);
        });
    };
    let button = move |one: Deed| {
        let start = move |()| {
            deed.set(Some(one));
            open.set(true);
        };
        view! { <Button on_press=start>{one.label()}</Button> }
    };
    view! {
        {move || {
            (count() > 0).then(|| {
                view! {
                    <section class="part-bulk no-print" aria-label="Selected releases">
                        <p role="status"><strong>{move || words::many(count(), "release", "releases")}</strong> " selected"</p>
                        {move || {
                            whole().map(|total| {
                                view! {
                                    <Button kind=ButtonKind::Quiet busy=busy on_press=pick_whole>
                                        {format!("Select all {}", words::count(total))}
                                    </Button>
                                }
                            })
                        }}
                        <span class="deeds">
                            {move || {
                                if connection.offline_since.get().is_some() {
                                    needs_server("Changing many releases at once")
                                } else {
                                    Deed::ALL.into_iter().map(button).collect_view().into_any()
                                }
                            }}
                        </span>
                        <Button kind=ButtonKind::Quiet icon=Icon::Close on_press=move |()| state.picked.update(std::collections::BTreeSet::clear)>
                            "Select none"
                        </Button>
                    </section>
                }
            })
        }}
        <Dialog open=open title=Signal::derive(move || deed.get().map_or("", Deed::label).to_owned())>
            {move || deed.get().map(|deed| view! { <Ask deed=deed open=open /> })}
        </Dialog>
    }
}

/// What it needs to know, what would happen, and then what did.
#[component]
fn Ask(deed: Deed, open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<ListState>();
    let (people, toasts) = (use_people(), use_toasts());
    let (choice, text) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // What is being typed is asked about when it is final.
    let written = RwSignal::new(String::new());
    let phase = RwSignal::new(Phase::Asking);
    let names: Vec<String> = state
        .picked
        .with_untracked(|picked| picked.iter().map(ToString::to_string).collect());
    let names = StoredValue::new(names);
    let command = Memo::new(move |_| choice.with(|choice| written.with(|text| deed.command(choice, text))));
    let ask = move || {
        phase.set(Phase::Asking);
        let Some(command) = command.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let answer = run(names.get_value(), command, true, |_| {}).await;
            phase.try_set(match answer {
                Ok(answer) => Phase::Foreseen(answer),
                Err(error) => Phase::Failed(error),
            });
        });
    };
    Effect::new(move |_| {
        command.track();
        ask();
    });
    let go = move |()| {
        let Some(command) = command.get_untracked() else {
            return;
        };
        let total = names.with_value(|names| u64::try_from(names.len()).unwrap_or(u64::MAX));
        phase.set(Phase::Doing(0, total));
        spawn_local(async move {
            let answer = run(names.get_value(), command, false, |done| {
                phase.try_set(Phase::Doing(done, total));
            })
            .await;
            match answer {
                Ok(answer) => {
                    toasts.say(format!(
                        "{} changed",
                        words::many(answer.will, "release", "releases")
                    ));
                    // Those that it was not done for stay picked.
                    let left = answer
                        .items
                        .iter()
                        .filter(|item| !item.will)
                        .filter_map(|item| item.id);
                    let left = left.grow();
                    state.picked.try_set(left);
                    state.follow();
                    if answer.will_not == 0 {
                        open.try_set(false);
                    }
                    phase.try_set(Phase::Done(answer));
                }
                Err(error) => {
                    phase.try_set(Phase::Failed(error));
                }
            }
        });
    };
    let options = Signal::derive(move || {
        let mut options = vec![(String::new(), "Choose".to_owned())];
        let named = |kind: &'static str, list: Vec<(String, String)>| {
            list.into_iter()
                .map(move |(id, name)| (format!("{kind}:{id}"), name))
        };
        match deed {
            Deed::Group => options.extend(people.groups()),
            Deed::Hold => options.extend(people.hold_reasons()),
            Deed::Share => {
                options.extend(named("group", people.groups()));
                options.extend(named("user", people.people()));
            }
            _ => options.extend(people.people()),
        }
        options
    });
    let retry = Callback::new(move |()| ask());
    let final_text = move |value: String| written.set(value);
    view! {
        {deed.chooses().map(|label| view! { <SelectField label=label value=choice options=options /> })}
        {deed.writes().map(|label| view! { <TextField label=label value=text max=500 on_change=final_text /> })}
        {move || {
            if command.with(Option::is_none) {
                return ().into_any();
            }
            match phase.get() {
                Phase::Asking => skeleton_lines(3),
                Phase::Failed(error) => failure_view("this", &error, Some(retry)),
                Phase::Doing(done, total) => {
                    view! { <Progress label="Changing releases" done=Signal::stored((done, total)) /> }.into_any()
                }
                Phase::Foreseen(answer) => {
                    let will = answer.will;
                    view! {
                        {told(&answer)}
                        <div class="ui-actions">
                            <Button on_press=move |()| open.set(false)>"Go back"</Button>
                            {(will > 0).then(|| {
                                view! {
                                    <Button kind=ButtonKind::Primary on_press=go>
                                        {format!("Do it for {}", words::many(will, "release", "releases"))}
                                    </Button>
                                }
                            })}
                        </div>
                    }
                        .into_any()
                }
                Phase::Done(answer) => {
                    view! {
                        {told(&answer)}
                        <div class="ui-actions">
                            <Button on_press=move |()| open.set(false)>"Close"</Button>
                        </div>
                    }
                        .into_any()
                }
            }
        }}
    }
}

/// For which releases it is done, and for which not and why.
fn told(answer: &BulkAnswer) -> AnyView {
    let (will, will_not) = if answer.preview {
        ("It will be done for", "It will not be done for")
    } else {
        ("It was done for", "It was not done for")
    };
    let item = |item: &BulkItem| {
        let name = item
            .number
            .map_or_else(|| item.asked.clone(), |number| number.to_string());
        let href = item.number.map(paths::release);
        let reasons: Vec<String> = item
            .text
            .iter()
            .cloned()
            .chain(item.unmet.iter().map(|it| it.text.clone()))
            .collect();
        view! {
            <li>
                <a href=href target="_blank">{item.title.clone()}</a>
                " "
                <span class="mono soft">{name}</span>
                <ul class="reasons">{reasons.into_iter().map(|why| view! { <li>{why}</li> }).collect_view()}</ul>
            </li>
        }
    };
    let refused: Vec<_> = answer.items.iter().filter(|it| !it.will).map(item).collect();
    let noted: Vec<_> = answer
        .items
        .iter()
        .filter(|it| it.will && it.text.is_some())
        .map(item)
        .collect();
    let many = |count: u64| words::many(count, "release", "releases");
    let not = (answer.will_not > 0).then(|| {
        view! {
            <p>{icon(Icon::Warning)} " " {will_not} " " <strong>{many(answer.will_not)}</strong> ":"</p>
            <ul class="part-bulk-list">{refused}</ul>
        }
    });
    view! {
        <p>{icon(Icon::Check)} " " {will} " " <strong>{many(answer.will)}</strong> "."</p>
        {(!noted.is_empty()).then(|| view! { <ul class="part-bulk-list">{noted}</ul> })}
        {not}
    }
    .into_any()
}

/// Asks for all of them, piece by piece, and tells after each how many have an answer.
async fn run(
    names: Vec<String>,
    command: Command,
    preview: bool,
    done: impl Fn(u64),
) -> Result<BulkAnswer, ApiError> {
    let mut whole = BulkAnswer {
        preview,
        ..BulkAnswer::default()
    };
    // Nobody waits for the parts of a preview.
    let piece = if preview { MAX_BULK } else { PIECE };
    for names in names.chunks(piece) {
        let body = Bulk {
            releases: names.to_vec(),
            query: None,
            command: command.clone(),
            preview,
        };
        let answer: BulkAnswer = http::post(PATH, &body).await?;
        whole.will += answer.will;
        whole.will_not += answer.will_not;
        whole.items.extend(answer.items);
        done(whole.will + whole.will_not);
    }
    Ok(whole)
}
