//! A list as charts (S71b): how many of its releases there are by disposition, stage, priority and group. Each bar leads to
//! the list with that filter, which counts in the same way.

use domain::grow::Arrange;
use domain::wire::counts::{ReleaseCounts, Share};
use domain::wire::list::ReleaseQuery;
use leptos::prelude::*;

use super::nothing;
use super::state::ListState;
use crate::client::http::{self, ApiError};
use crate::client::sync::use_sync;
use crate::parts::on_device::{count_on_device, is_unknown, none_here, only_here};
use crate::parts::people::{People, use_people};
use crate::parts::stage::priority_word;
use crate::paths::Query;
use crate::state::{remote, use_preferences};
use crate::ui::{show, skeleton_table};
use crate::words;

/// Most groups that have a bar of their own.
const MOST: usize = 12;

/// The charts of the list that the page is about.
#[component]
pub fn Charts() -> impl IntoView {
    let state = expect_context::<ListState>();
    let (sync, preferences) = (use_sync(), use_preferences());
    let auto = Memo::new(move |_| preferences.with(|p| p.auto_refresh));
    let answer = remote(
        true,
        move || {
            (
                state.wanted.get(),
                auto.get().then(|| sync.pokes.get()),
                state.again.get(),
            )
        },
        move |(wanted, ..)| async move {
            let counts = fetch(&wanted).await?;
            sync.saw(counts.rev);
            Ok(counts)
        },
    );
    let unknown = Memo::new(move |_| is_unknown(answer));
    move || {
        if unknown.get() {
            return here(state);
        }
        show(
            answer,
            "the charts",
            || skeleton_table(12),
            move |counts| {
                if counts.total == 0 {
                    nothing(&state.wanted.get_untracked(), state.list)
                } else {
                    charts(state, counts)
                }
            },
        )
    }
}

async fn fetch(wanted: &ReleaseQuery) -> Result<ReleaseCounts, ApiError> {
    let mut address = Query::default();
    for (name, value) in wanted.pairs() {
        if name != "limit" {
            address.add(name, &value);
        }
    }
    http::get(&address.on("/api/v1/releases/counts")).await
}

/// The same over the releases on this device.
fn here(state: ListState) -> AnyView {
    let counts = Memo::new(move |_| state.wanted.with(count_on_device));
    view! {
        {only_here()}
        {move || {
            let counts = counts.get();
            if counts.total == 0 { none_here() } else { charts(state, counts) }
        }}
    }
    .into_any()
}

/// A bar: what it is of, how many, and what the address of its list says.
struct Bar {
    label: String,
    count: u64,
    /// Filter and value; without them it leads nowhere.
    to: Option<(&'static str, String)>,
    tone: &'static str,
}

fn charts(state: ListState, counts: ReleaseCounts) -> AnyView {
    let people = use_people();
    let closed = counts.disposition.iter();
    let closed = closed.filter(|share| share.value == "concluded" || share.value == "cancelled");
    let closed: u64 = closed.map(|share| share.count).sum();
    let (overdue, groups) = (counts.overdue, counts.group);
    let mut dispositions: Vec<Bar> = bars("disposition", counts.disposition, disposition_tone, words::plain);
    let late = Bar {
        label: "Overdue".to_owned(),
        count: overdue,
        to: Some(("overdue", "true".to_owned())),
        tone: "danger",
    };
    dispositions.insert(1.min(dispositions.len()), late);
    let stages = bars("stage", counts.stage, |_| "", str::to_owned);
    let priorities = bars("priority", counts.priority, priority_tone, |value| {
        let word = value.parse().map_or("", priority_word);
        format!("{value}, {word}")
    });
    let also = (closed > 0).then_some("Concluded and cancelled ones are in the stage in which they ended.");
    let sums = format!("{} releases", words::of(counts.total, counts.visible));
    view! {
        <div class="part-charts">
            {chart(state, "By state", "State", dispositions, Some("Overdue ones are among the active ones."))}
            {chart(state, "By stage", "Stage", stages, also)}
            {chart(state, "By priority", "Priority", priorities, None)}
            {move || chart(state, "By group", "Group", group_bars(groups.clone(), people), None)}
        </div>
        <div class="part-list-foot"><p class="sums">{words::capital(&sums)}</p></div>
    }
    .into_any()
}

fn bars(
    name: &'static str,
    shares: Vec<Share>,
    tone: impl Fn(&str) -> &'static str,
    word: impl Fn(&str) -> String,
) -> Vec<Bar> {
    let bar = |share: Share| Bar {
        label: words::capital(&word(&share.value)),
        count: share.count,
        tone: tone(&share.value),
        to: Some((name, share.value)),
    };
    shares.into_iter().map(bar).collect()
}

/// The groups with the most releases, and what the others have together; tracks.
fn group_bars(mut shares: Vec<Share>, people: People) -> Vec<Bar> {
    let label = |value: &str| match value.parse() {
        Ok(group) => people.group(group),
        Err(_) => "No group".to_owned(),
    };
    // The largest first already; names among equals.
    shares.arrange_by(|a, b| {
        let by_count = b.count.cmp(&a.count);
        by_count.then_with(|| label(&a.value).cmp(&label(&b.value)))
    });
    // One alone needs no sum.
    let own = if shares.len() > MOST + 1 {
        MOST
    } else {
        shares.len()
    };
    let rest = shares.split_off(own);
    let mut all = bars("group", shares, |_| "", label);
    if !rest.is_empty() {
        let values: Vec<&str> = rest.iter().map(|share| share.value.as_str()).collect();
        let fits = values.len() <= domain::wire::list::MAX_VALUES;
        all.push(Bar {
            label: format!("{} more groups together", words::count(rest.len() as u64)),
            count: rest.iter().map(|share| share.count).sum(),
            to: fits.then(|| ("group", values.join(","))),
            tone: "rest",
        });
    }
    all
}

fn disposition_tone(value: &str) -> &'static str {
    match value {
        "on_hold" => "warning",
        "concluded" => "success",
        "cancelled" => "rest",
        _ => "",
    }
}

fn priority_tone(value: &str) -> &'static str {
    match value {
        "1" => "danger",
        "2" => "warning",
        _ => "",
    }
}

/// A table with a bar beside each number; the longest is as long as there is room.
fn chart(
    state: ListState,
    title: &'static str,
    of: &'static str,
    bars: Vec<Bar>,
    note: Option<&'static str>,
) -> AnyView {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default().max(1);
    let rows: Vec<AnyView> = bars.into_iter().map(|bar| row(state, bar, most)).collect();
    view! {
        <section class="ui-panel part-chart">
            <h2>{title}</h2>
            <table aria-label=title>
                <colgroup>
                    <col class="name" />
                    <col />
                </colgroup>
                <thead class="sr-only">
                    <tr>
                        <th scope="col">{of}</th>
                        <th scope="col">"Releases"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {note.map(|note| view! { <p class="soft meta">{note}</p> })}
        </section>
    }
    .into_any()
}

fn row(state: ListState, bar: Bar, most: u64) -> AnyView {
    let Bar {
        label,
        count,
        to,
        tone,
    } = bar;
    let name = match to.filter(|_| count > 0) {
        Some((name, value)) => {
            let href = move || {
                let address = state.query.now.get().with("show", "");
                address.with(name, &value).on(state.list.path())
            };
            view! { <a href=href>{label}</a> }.into_any()
        }
        None => view! { <span>{label}</span> }.into_any(),
    };
    // Of a thousand, so that one of many is still seen.
    let width = (count * 1_000).div_ceil(most);
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>
                <span class="number">{words::count(count)}</span>
                <svg viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true">
                    <rect data-tone=tone width=width.to_string() height="1" />
                </svg>
            </td>
        </tr>
    }
    .into_any()
}
