use domain::release::{Command, Release, ReleaseField, Stage};
use leptos::prelude::*;

use super::decision::Decision;
use crate::client::clock;
use crate::parts::blast::{impact_of, outages_of_plan};
use crate::parts::focus::focus;
use crate::parts::unmet::use_unmet;
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, Dialog, Icon, LinkButton};
use crate::words;

/// Print, and the one next thing to do.
#[component]
pub fn Actions() -> impl IntoView {
    let open = use_release();
    let unmet = use_unmet();
    let (submitting, withdrawing) = (RwSignal::new(false), RwSignal::new(false));
    let may = Memo::new(move |_| open.may());
    let draft = Memo::new(move |_| {
        open.with(|release| release.stage == Stage::Draft)
            .unwrap_or(false)
    });
    let blocked = Signal::derive(move || {
        if !may.get().submit {
            return Some("Only its author submits it".to_owned());
        }
        match unmet.with(Vec::len) {
            0 => None,
            n => Some(format!("{} first", words::many(n as u64, "problem", "problems"))),
        }
    });
    let print = Signal::derive(move || format!("/releases/{}/print", open.name()));
    view! {
        <LinkButton href=print icon=Icon::Print>"Print"</LinkButton>
        <RunLink />
        <Decision />
        {move || {
            if draft.get() && (may.get().submit || may.get().edit) {
                view! {
                    <span class="page-primary">
                        <Button kind=ButtonKind::Primary blocked=blocked on_press=move |()| submitting.set(true)>
                            "Submit"
                        </Button>
                        <WhyNot blocked=blocked />
                    </span>
                }
                    .into_any()
            } else if may.get().withdraw {
                // Whoever may also authorise has that as the next thing to do.
                let button = |kind| {
                    view! { <Button kind=kind on_press=move |()| withdrawing.set(true)>"Withdraw"</Button> }
                };
                if may.get().authorise {
                    button(ButtonKind::Normal).into_any()
                } else {
                    view! { <span class="page-primary">{button(ButtonKind::Primary)}</span> }.into_any()
                }
            } else {
                "".into_any()
            }
        }}
        <Dialog open=submitting title="Submit for authorisation">
            <SubmitSheet open_dialog=submitting />
        </Dialog>
        <crate::ui::Confirm
            open=withdrawing
            title="Withdraw to draft?"
            text="Whoever was asked to authorise it no longer is. The plan can be edited again, and must be submitted again."
            action="Withdraw it"
            on_confirm=move |()| open.act(Command::Withdraw)
        />
    }
}

/// To the run sheet, once there is something to run; the next thing to do while it runs.
#[component]
fn RunLink() -> impl IntoView {
    let open = use_release();
    let stage = Memo::new(move |_| open.with(|release| release.stage));
    let sheet = Signal::derive(move || format!("/releases/{}/run", open.name()));
    view! {
        {move || {
            let link = |kind| view! { <LinkButton kind=kind href=sheet>"Run sheet"</LinkButton> };
            Some(match stage.get()? {
                Stage::Draft => return None,
                Stage::Execution => view! { <span class="page-primary">{link(ButtonKind::Primary)}</span> }.into_any(),
                _ => link(ButtonKind::Normal).into_any(),
            })
        }}
    }
}

/// A way from the disabled button to the list of problems.
#[component]
fn WhyNot(blocked: Signal<Option<String>>) -> impl IntoView {
    let open = use_release();
    let may = Memo::new(move |_| open.may().submit);
    view! {
        {move || {
            (blocked.get().is_some() && may.get())
                .then(|| {
                    view! {
                        <button type="button" class="link" on:click=move |_| { focus("unmet"); }>"Show"</button>
                    }
                })
        }}
    }
}

/// What exactly is submitted, and what it takes down.
#[component]
fn SubmitSheet(open_dialog: RwSignal<bool>) -> impl IntoView {
    let open = use_release();
    let impact = impact_of(outages_of_plan(), 1);
    let summary = move || open.with(summary_of);
    let radius = move || match (impact.value.get(), impact.error.get()) {
        (Some(answer), None) => format!(
            "▼ {} down, ◐ {} degraded beside the CIs taken down by plan.",
            words::count(answer.down),
            words::count(answer.degraded)
        ),
        (_, Some(error)) => format!("The blast radius is not known now. {}", error.message()),
        (None, None) => "Asking for the blast radius…".into(),
    };
    let hash = Memo::new(move |_| open.with(Release::content_hash));
    let go = move |()| {
        open.act(Command::Submit {
            seen: hash.get_untracked(),
        });
        open_dialog.set(false);
    };
    view! {
        <dl class="ui-facts">{summary}<dt>"Takes with it"</dt><dd>{radius}</dd></dl>
        <p class="soft meta">
            "Content " <span class="mono">{move || hash.get().map(|hash| hash.0.chars().take(12).collect::<String>())}</span>
            ". Exactly this is frozen; who authorises it authorises this content."
        </p>
        <div class="ui-actions">
            <Button on_press=move |()| open_dialog.set(false)>"Go back"</Button>
            <Button kind=ButtonKind::Primary on_press=go>"Submit it"</Button>
        </div>
    }
}

/// What is decided on, in three rows.
pub(super) fn summary_of(release: &Release) -> AnyView {
    let totals = release.totals();
    let time = |field| {
        release
            .time(field)
            .map_or_else(|| "not set".to_owned(), clock::local)
    };
    let rows = [
        ("Release", release.title().to_owned()),
        (
            "Plan",
            format!(
                "{}, {} one after the other, {}",
                words::many(totals.steps as u64, "step", "steps"),
                words::minutes(u64::try_from(totals.minutes).unwrap_or(0)),
                words::many(totals.targets as u64, "CI", "CIs")
            ),
        ),
        (
            "Window",
            format!(
                "{} to {}",
                time(ReleaseField::PlannedStart),
                time(ReleaseField::PlannedEnd)
            ),
        ),
    ];
    rows.into_iter()
        .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
        .collect_view()
        .into_any()
}
