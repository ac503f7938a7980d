use domain::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use domain::ReleaseId;
use domain::list::Column;
use domain::wire::list::{BadFilter, Hit, ReleasePage, ReleaseQuery, View};
use domain::wire::release::ReleaseSummary;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::address;
use crate::client::sync::use_sync;
use crate::parts::more::ROWS;
use crate::parts::release_rows::fetch;
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_preferences, use_query};

/// Which of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Open releases that one has to do with.
    Work,
    /// All of them.
    All,
}

impl List {
    /// Its address.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Work => "/work",
            Self::All => "/releases",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Work => "Work",
            Self::All => "Releases",
        }
    }

    /// What it shows by itself.
    pub(super) fn view(self) -> View {
        match self {
            Self::Work => View::Work,
            Self::All => View::All,
        }
    }

    pub(super) fn views(self) -> &'static [(View, &'static str)] {
        match self {
            Self::Work => &[
                (View::Work, "My work"),
                (View::Waiting, "Waiting for me"),
                (View::Mine, "Assigned to me"),
                (View::Groups, "My groups"),
            ],
            Self::All => &[
                (View::Drafts, "My drafts"),
                (View::Waiting, "Waiting for me"),
                (View::All, "All"),
            ],
        }
    }

    /// The columns it has by itself.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        use Column::{Assignee, Created, Due, Group, Now, PlannedStart, Priority, Requester, Stage, Title};
        match self {
            Self::Work => &[Title, Stage, Priority, Due, Now, Group, Assignee, Requester],
            Self::All => &[Title, Stage, Priority, PlannedStart, Requester, Group, Created],
        }
    }
}

/// What is done with a list now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// All filters.
    Filters,
    /// Which columns.
    Columns,
    /// Lists under a name.
    Views,
}

/// A row that follows its release in place: it does not move, whatever changes.
#[derive(Debug, Clone)]
pub struct LiveRow {
    /// Identity.
    pub id: ReleaseId,
    /// As it is now.
    pub now: ArcRwSignal<ReleaseSummary>,
    /// It belongs into the list no longer.
    pub gone: ArcRwSignal<bool>,
    /// Where the words were found.
    pub hit: Option<Hit>,
}

/// An answer, and to what.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    wanted: ReleaseQuery,
    page: ReleasePage,
}

/// What the list adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Releases that match.
    pub total: u64,
    /// Late ones of them.
    pub overdue: u64,
    /// On hold.
    pub on_hold: u64,
    /// All that one may see.
    pub visible: u64,
}

/// The list on the page. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct ListState {
    /// Which of the lists.
    pub list: List,
    /// The address.
    pub query: QueryState,
    /// What it asks for.
    pub wanted: Memo<ReleaseQuery>,
    /// What in the address cannot be read; then there are no rows.
    pub wrong: Memo<Option<BadFilter>>,
    /// The columns shown.
    pub columns: Memo<Vec<Column>>,
    /// It is shown as charts instead of rows.
    pub charts: Memo<bool>,
    /// The rows shown.
    pub rows: RwSignal<Vec<LiveRow>>,
    /// What the list adds up to.
    pub counts: RwSignal<Counts>,
    /// Where the rows after those shown begin.
    pub next: RwSignal<Option<String>>,
    /// Rows that would be new, and those that would be gone, were the list shown anew.
    pub news: RwSignal<(usize, usize)>,
    /// Releases that were picked for a common action.
    pub picked: RwSignal<BTreeSet<ReleaseId>>,
    /// The open tool.
    pub tool: RwSignal<Option<Tool>>,
    pub(super) again: RwSignal<u32>,
    /// What the shown rows answer.
    shown: StoredValue<Option<ReleaseQuery>>,
    latest: StoredValue<Option<Answer>>,
    /// Where a range of picks begins.
    anchor: StoredValue<Option<ReleaseId>>,
}

impl ListState {
    pub(super) fn new(list: List) -> Self {
        let query = use_query();
        let read = Memo::new(move |_| query.now.with(|address| address::wanted(address, list)));
        Self {
            list,
            query,
            wanted: Memo::new(move |_| read.with(|(wanted, _)| wanted.clone())),
            wrong: Memo::new(move |_| read.with(|(_, wrong)| wrong.clone())),
            columns: Memo::new(move |_| query.now.with(|address| address::columns(address, list))),
            charts: Memo::new(move |_| {
                query
                    .now
                    .with(|address| address.get(address::SHOW) == Some(address::CHARTS))
            }),
            rows: RwSignal::new(Vec::new()),
            counts: RwSignal::default(),
            next: RwSignal::new(None),
            news: RwSignal::default(),
            picked: RwSignal::default(),
            tool: RwSignal::new(None),
            again: RwSignal::new(0),
            shown: StoredValue::new(None),
            latest: StoredValue::new(None),
            anchor: StoredValue::new(None),
        }
    }

    /// Reads the list, and again when it is told to or when others change something.
    pub(super) fn load(self) -> Remote<Option<Answer>> {
        let (sync, preferences) = (use_sync(), use_preferences());
        let auto = Memo::new(move |_| preferences.with(|p| p.auto_refresh));
        let answer = remote(
            true,
            move || {
                (
                    (self.wrong.with(Option::is_none) && !self.charts.get()).then(|| self.wanted.get()),
                    auto.get().then(|| sync.pokes.get()),
                    self.again.get(),
                )
            },
            move |(wanted, ..)| async move {
                let Some(wanted) = wanted else {
                    return Ok(None);
                };
                let page = fetch(&ReleaseQuery {
                    limit: Some(self.rows_to_ask(&wanted)),
                    ..wanted.clone()
                })
                .await?;
                sync.saw(page.rev);
                Ok(Some(Answer { wanted, page }))
            },
        );
        Effect::new(move |_| match answer.value.get() {
            Some(Some(answer)) => self.take(answer),
            Some(None) => self.empty(),
            None => {}
        });
        answer
    }

    /// Nothing is shown, so that nothing can be picked and acted on.
    fn empty(self) {
        self.shown.set_value(None);
        self.latest.set_value(None);
        self.rows.set(Vec::new());
        self.counts.set(Counts::default());
        self.next.set(None);
        self.news.set((0, 0));
        self.picked.set(BTreeSet::new());
    }

    /// As many rows as are shown, so that all of them are followed.
    fn rows_to_ask(self, wanted: &ReleaseQuery) -> u32 {
        let same = self.shown.with_value(|shown| shown.as_ref() == Some(wanted));
        let shown = self.rows.with_untracked(Vec::len);
        let most = domain::wire::MAX_LIMIT;
        if same {
            u32::try_from(shown).unwrap_or(most).clamp(ROWS, most)
        } else {
            ROWS
        }
    }

    /// Reads the list again, by hand: what is new is shown at once.
    pub fn refresh(self) {
        self.shown.set_value(None);
        self.again.update(|count| *count = count.wrapping_add(1));
    }

    /// Reads the list again and leaves the rows where they are.
    pub fn follow(self) {
        self.again.update(|count| *count = count.wrapping_add(1));
    }

    fn take(self, answer: Answer) {
        let page = &answer.page;
        self.counts.set(Counts {
            total: page.total,
            overdue: page.overdue,
            on_hold: page.on_hold,
            visible: page.visible,
        });
        let same = self
            .shown
            .with_value(|shown| shown.as_ref() == Some(&answer.wanted));
        if !same || self.rows.with_untracked(Vec::is_empty) {
            self.show(answer);
            return;
        }
        // Rows stay where they are; what they say is new.
        let items: BTreeMap<ReleaseId, &ReleaseSummary> =
            page.items.iter().map(|item| (item.id, item)).grow();
        let mut gone = 0;
        let shown: BTreeSet<ReleaseId> = self.rows.with_untracked(|rows| {
            for row in rows {
                if let Some(item) = items.get(&row.id)
                    && row.now.with_untracked(|now| now != *item)
                {
                    row.now.set((*item).clone());
                }
                let is_gone = !items.contains_key(&row.id);
                gone += usize::from(is_gone);
                if row.gone.get_untracked() != is_gone {
                    row.gone.set(is_gone);
                }
            }
            rows.iter().map(|row| row.id).grow()
        });
        let new = page.items.iter().filter(|item| !shown.contains(&item.id)).count();
        self.news.set((new, gone));
        self.latest.set_value(Some(answer));
    }

    /// Shows an answer as it is.
    fn show(self, answer: Answer) {
        let Answer { wanted, page } = answer;
        let another = self.shown.with_value(|shown| shown.as_ref() != Some(&wanted));
        self.shown.set_value(Some(wanted));
        self.latest.set_value(None);
        self.news.set((0, 0));
        self.next.set(page.next.clone());
        let here: BTreeSet<ReleaseId> = page.items.iter().map(|item| item.id).grow();
        if another {
            self.picked.update(|picked| picked.retain(|id| here.contains(id)));
        }
        self.rows.set(live(page));
    }

    /// Shows the rows as the newest answer has them.
    pub fn show_news(self) {
        if let Some(latest) = self.latest.get_value() {
            self.show(latest);
        }
    }

    /// Reads as many of the following rows as a page holds at most, for paper.
    pub(super) async fn rest(self) {
        let Some(after) = self.next.get_untracked() else {
            return;
        };
        let query = ReleaseQuery {
            after: Some(after.clone()),
            limit: Some(domain::wire::MAX_LIMIT),
            ..self.wanted.get_untracked()
        };
        // What did not come is not on the paper, and the paper says so.
        if let Ok(page) = fetch(&query).await
            && self.next.try_get_untracked().flatten() == Some(after)
        {
            self.append(page);
        }
    }

    /// Adds the rows of the next page below.
    pub(super) fn append(self, page: ReleasePage) {
        let shown: BTreeSet<ReleaseId> = self
            .rows
            .with_untracked(|rows| rows.iter().map(|row| row.id).grow());
        self.next.set(page.next.clone());
        let more = live(page).into_iter().filter(|row| !shown.contains(&row.id));
        self.rows.update(|rows| rows.extend(more));
    }

    /// Picks a release or no longer; with `range`, all from the last one on.
    pub fn pick(self, id: ReleaseId, range: bool) {
        let anchor = self.anchor.get_value().filter(|_| range);
        let ids = self
            .rows
            .with_untracked(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>());
        let at = |wanted: ReleaseId| ids.iter().position(|id| *id == wanted);
        let between = anchor.and_then(at).zip(at(id));
        self.picked.update(|picked| match between {
            Some((from, to)) => {
                let (from, to) = (from.min(to), from.max(to));
                picked.extend(ids.iter().skip(from).take(to - from + 1));
            }
            None if !picked.remove(&id) => {
                picked.insert(id);
            }
            None => {}
        });
        self.anchor.set_value(Some(id));
    }

    /// X picks the row with the focus, with Shift all since the last one.
    pub(super) fn key(self, ev: &KeyboardEvent) {
        let letters = use_preferences().with_untracked(|p| p.letters);
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() || !letters || !ev.key().eq_ignore_ascii_case("x") {
            return;
        }
        let link = ev
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let row = link
            .filter(|link| link.has_attribute("data-row"))
            .and_then(|link| link.closest("tr[data-id]").ok().flatten());
        let id = row
            .and_then(|row| row.get_attribute("data-id"))
            .and_then(|id| id.parse().ok());
        if let Some(id) = id {
            ev.prevent_default();
            self.pick(id, ev.shift_key());
        }
    }
}

fn live(page: ReleasePage) -> Vec<LiveRow> {
    let mut hits = page.hits;
    let row = |item: ReleaseSummary| LiveRow {
        id: item.id,
        hit: hits.remove(&item.id),
        now: ArcRwSignal::new(item),
        gone: ArcRwSignal::new(false),
    };
    page.items.into_iter().map(row).collect()
}
