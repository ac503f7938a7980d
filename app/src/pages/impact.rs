//! What happens when CIs are down, or what they need: the question and the view of the answer are in the
//! address (`?down=key&down=key&direction=&depth=&class=&site=`). Computed on each visit, never stored.

use domain::CiKey;
use domain::wire::cmdb::{CiSummary, Direction, ImpactAnswer, ImpactRequest};
use leptos::prelude::*;

use crate::client::http;
use crate::parts::ci::CiPicker;
use crate::parts::impact_list::{Filter, counts, drawing, rows, totals};
use crate::parts::picture::Picture;
use crate::paths;
use crate::state::location::QueryState;
use crate::state::{remote, use_query};
use crate::ui::{
    Button, ButtonKind, FilterChip, For, Icon, Page, SelectField, StateKind, show, skeleton_lines, state_view,
};
use crate::words;

/// Rows of the first answer.
const FIRST: u32 = 100;
/// Most rows a request answers.
const MOST: u32 = 500;
/// Offered depths.
const DEPTHS: [u32; 5] = [1, 2, 3, 5, 10];

/// The page.
#[component]
pub fn ImpactPage() -> impl IntoView {
    let query = use_query();
    let request = Memo::new(move |_| request(query));
    let title = Memo::new(move |_| {
        request.with(|request| match request.direction {
            Direction::Dependants => "Impact",
            Direction::Dependencies => "What is needed",
        })
    });
    let print = || {
        view! { <Button icon=Icon::Print on_press=|()| { let _ = window().print(); }>"Print"</Button> }
    };
    view! {
        <Page title=Signal::derive(move || title.get().to_owned()) actions=print>
            <div class="ui-stack">
                <Question query=query request=request />
                <Answer query=query request=request />
            </div>
        </Page>
    }
}

fn request(query: QueryState) -> ImpactRequest {
    query.now.with(|query| {
        let filtered = query.get("class").is_some() || query.get("site").is_some();
        let all = filtered || query.get("rows") == Some("all");
        ImpactRequest {
            down: query.all("down").filter_map(|key| key.parse().ok()).collect(),
            direction: match query.get("direction") {
                Some("dependencies") => Direction::Dependencies,
                _ => Direction::Dependants,
            },
            max_depth: query.get("depth").and_then(|depth| depth.parse().ok()),
            limit: Some(if all { MOST } else { FIRST }),
            ..ImpactRequest::default()
        }
    })
}

/// What is assumed down, and how to look at it.
#[component]
fn Question(query: QueryState, request: Memo<ImpactRequest>) -> impl IntoView {
    let down = Memo::new(move |_| request.with(|request| request.down.clone()));
    let direction = RwSignal::new(untrack(|| query.get("direction")));
    let depth = RwSignal::new(untrack(|| query.get("depth")));
    Effect::new(move |_| {
        direction.set(query.get("direction"));
        depth.set(query.get("depth"));
    });
    let add = move |key: CiKey| {
        let mut now = query.now.get_untracked().without("down", key.as_str());
        now.add("down", key.as_str());
        query.set(now);
    };
    let set = move |name: &'static str, value: &str| query.set(query.now.get_untracked().with(name, value));
    let directions = vec![
        (String::new(), "What is affected".to_owned()),
        ("dependencies".to_owned(), "What it needs".to_owned()),
    ];
    let depths: Vec<(String, String)> = [(String::new(), "All hops".to_owned())]
        .into_iter()
        .chain(DEPTHS.map(|n| (n.to_string(), words::many(u64::from(n), "hop", "hops"))))
        .collect();
    let lead = move || match request.with(|request| request.direction) {
        Direction::Dependants => "Assumed down:",
        Direction::Dependencies => "Asked about:",
    };
    view! {
        <section class="ui-panel part-assumed" aria-label="The question">
            <div class="chips" hidden=move || down.with(Vec::is_empty)>
                <strong>{lead}</strong>
                <For
                    each=move || down.get()
                    key=|key| key.clone()
                    children=move |key| view! { <Assumed key=key query=query /> }
                />
            </div>
            <div class="row no-print">
                <CiPicker label="Add a CI" on_pick=add />
                <SelectField
                    label="Direction"
                    value=direction
                    options=directions
                    on_change=move |v: String| set("direction", &v)
                />
                <SelectField label="How far" value=depth options=depths on_change=move |v: String| set("depth", &v) />
            </div>
        </section>
    }
}

/// One CI assumed down; its name comes later than its key.
#[component]
fn Assumed(key: CiKey, query: QueryState) -> impl IntoView {
    let wanted = key.clone();
    // A CI page's answer has all fields of a summary.
    let found = remote(
        true,
        move || wanted.clone(),
        |key| async move { http::get::<CiSummary>(&paths::api_ci(&key)).await },
    );
    let shown = key.clone();
    let name = Signal::derive(move || {
        found
            .value
            .with(|ci| ci.as_ref().map(|ci| ci.name.clone()))
            .unwrap_or_else(|| shown.to_string())
    });
    let remove = Callback::new(move |()| {
        query.set(query.now.get_untracked().without("down", key.as_str()));
    });
    view! { <FilterChip name="CI" value=name on_remove=remove /> }
}

#[component]
fn Answer(query: QueryState, request: Memo<ImpactRequest>) -> impl IntoView {
    let nothing = Memo::new(move |_| request.with(|request| request.down.is_empty()));
    move || {
        if nothing.get() {
            return state_view(
                StateKind::Empty,
                "Nothing is assumed down yet",
                "Choose one or more CIs above. The page shows what stops working, what loses redundancy, and why; its address can be shared.",
                None,
            );
        }
        let answer = remote(
            true,
            move || request.get(),
            |request| async move { http::post::<_, ImpactAnswer>("/api/v1/impact", &request).await },
        );
        show(
            answer,
            "the impact",
            || skeleton_lines(14),
            move |answer| answered(&answer, query, request),
        )
    }
}

fn answered(answer: &ImpactAnswer, query: QueryState, request: Memo<ImpactRequest>) -> AnyView {
    let (direction, down) = request.with_untracked(|request| (request.direction, request.down.clone()));
    if answer.total == 0 {
        let (title, text) = match direction {
            Direction::Dependants => (
                "Nothing else is affected",
                "No other CI that is known depends on this, runs on it, draws power from it or stands in it.",
            ),
            Direction::Dependencies => ("It needs nothing", "No relation says that it needs another CI."),
        };
        return state_view(StateKind::Empty, title, text, None);
    }
    let now = query.now.get_untracked();
    let filter = Filter::of(&now);
    let (nodes, edges, drawn) = drawing(answer, direction, &filter, &down);
    let of = words::of(u64::try_from(drawn).unwrap_or(u64::MAX), answer.total);
    let all = (answer.truncated && now.get("rows").is_none() && filter == Filter::default()).then(|| {
        let press = move |()| query.set(query.now.get_untracked().with("rows", "all"));
        view! { <div class="part-more"><Button on_press=press>{format!("Show up to {MOST} rows")}</Button></div> }
    });
    let clear = (filter != Filter::default()).then(|| {
        let press = move |()| query.set(query.now.get_untracked().with("class", "").with("site", ""));
        view! { <Button kind=ButtonKind::Quiet icon=Icon::Close on_press=press>"All classes and sites"</Button> }
    });
    view! {
        <div class="ui-stack">
            {totals(answer, direction)}
            <div class="part-impact">
                <div class="ui-stack">
                    {counts(answer, "/impact", &now)}
                    {clear}
                    {rows(answer, direction, &filter)}
                    {all}
                </div>
                <div class="ui-stack picture">
                    <Picture label="What hangs on what" nodes=nodes edges=edges />
                    <p class="soft meta">{format!("The picture shows {of} CIs, nearest first; the table is its twin.")}</p>
                </div>
            </div>
        </div>
    }
    .into_any()
}
