//! What other programs sign in with, of everybody: to look at, and to revoke.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::UserId;
use domain::access::Scope;
use domain::wire::Page as Rows;
use leptos::prelude::*;
use serde::Deserialize;

use super::frame::AdminPage;
use super::list::{clear_button, flag_field, search_field};
use super::names::{Names, Source};
use crate::client::clock;
use crate::client::http;
use crate::parts::more::{self, ROWS};
use crate::parts::token::{Revoke, moment_or_never, scope_words};
use crate::paths::Query;
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_query};
use crate::ui::{
    Badge, FilterChip, For, Moment, StateKind, TableFrame, Tone, show, skeleton_table, state_view,
};
use crate::words;

/// A token, without its secret, and whose it is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Token {
    id: String,
    user: UserId,
    login: String,
    name: String,
    scopes: BTreeSet<Scope>,
    created: DateTime<Utc>,
    #[serde(default)]
    expires: Option<DateTime<Utc>>,
    #[serde(default)]
    last_used: Option<DateTime<Utc>>,
    #[serde(default)]
    revoked: Option<DateTime<Utc>>,
}

const ROUTE: &str = "/api/v1/admin/tokens";

async fn fetch(query: Query) -> Result<Rows<Token>, http::ApiError> {
    http::get(&query.on(ROUTE)).await
}

/// The page.
#[component]
pub fn TokensPage() -> impl IntoView {
    let query = use_query();
    let names = Names::load([Source::People].into_iter());
    let wanted = Memo::new(move |_| wanted(query));
    let list = remote(true, move || wanted.get(), fetch);
    let of = move || {
        let user = query.get("user");
        (!user.is_empty()).then(|| {
            let name = Signal::derive(move || names.name(Source::People, &query.get("user")));
            let remove = Callback::new(move |()| query.set(query.now.get_untracked().with("user", "")));
            view! { <div class="ui-chips"><FilterChip name="of" value=name on_remove=remove /></div> }
        })
    };
    view! {
        <AdminPage title="Tokens">
            <p class="soft page-admin-about">
                "With a token, another program does what its owner may do, within the scopes of the token. Everybody makes their own; here they can be revoked."
            </p>
            <search class="page-admin-filters" aria-label="Filter the list">
                {search_field(query, "q", "Search")}
                {flag_field(query, "retired", "Also those that have ended")}
            </search>
            {of}
            {show(list, "the tokens", || skeleton_table(8), move |page| rows(page, list, wanted, names))}
        </AdminPage>
    }
}

fn wanted(query: QueryState) -> Query {
    query.now.with(|query| {
        let retired = if query.get("retired").is_some() {
            "true"
        } else {
            ""
        };
        Query::default()
            .with("q", query.get("q").unwrap_or_default())
            .with("user", query.get("user").unwrap_or_default())
            .with("retired", retired)
            .with("limit", &ROWS.to_string())
    })
}

fn rows(page: Rows<Token>, list: Remote<Rows<Token>>, wanted: Memo<Query>, names: Names) -> AnyView {
    if page.total == 0 {
        let filtered = wanted.with_untracked(|query| query.get("q").is_some() || query.get("user").is_some());
        if filtered {
            let all = clear_button(use_query(), &["q", "user"]);
            return state_view(
                StateKind::NoMatch,
                "No token matches",
                "Tokens are found by their name and the sign-in name of their owner.",
                Some(all),
            );
        }
        return state_view(
            StateKind::Empty,
            "Nobody has a token",
            "A token lets another program work for somebody. People make their own under Account; there are also the command line and the REST interface.",
            None,
        );
    }
    let total = page.total;
    let next = RwSignal::new(page.next);
    let items = RwSignal::new(page.items);
    let following = move |after: String| {
        let query = wanted.get_untracked().with("after", &after);
        fetch(query)
    };
    let shown = more::count(items);
    let caption = Signal::derive(move || format!("{} tokens", words::of(shown.get(), total)));
    let row = move |token: Token| view! { <Row token=token list=list names=names /> };
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Token"</th>
                    <th scope="col">"Of"</th>
                    <th scope="col">"Scopes"</th>
                    <th scope="col">"Made"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">"Ends"</th>
                    <th scope="col">
                        <span class="sr-only">"What can be done"</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                <For each=move || items.get() key=|it| (it.id.clone(), it.revoked) children=row />
            </tbody>
        </TableFrame>
        {more::more(next, items, list, total, following)}
    }
    .into_any()
}

#[component]
fn Row(token: Token, list: Remote<Rows<Token>>, names: Names) -> impl IntoView {
    let owner = token.user.to_string();
    let person = format!("/admin/users/{owner}");
    let ended = token.revoked.is_some() || token.expires.is_some_and(|end| end <= clock::now());
    let end = match token.revoked {
        Some(at) => view! { <Badge tone=Tone::Danger text="revoked" /> " " <Moment at=at /> }.into_any(),
        None => moment_or_never(token.expires),
    };
    let (name, login) = (token.name.clone(), token.login);
    let text = format!(
        "The program that signs in with {name} of {login} can do nothing from its next request on. A revoked token does not come back."
    );
    let button = (!ended).then(|| {
        view! { <Revoke route=ROUTE id=token.id name=token.name text=text on_done=move |()| list.reload() /> }
    });
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td data-label="of">
                <a data-row="" href=person>{move || names.name(Source::People, &owner)}</a>
            </td>
            <td data-label="scopes">{scope_words(&token.scopes)}</td>
            <td class="time" data-label="made"><Moment at=token.created /></td>
            <td class="time" data-label="last used">{moment_or_never(token.last_used)}</td>
            <td class="time" data-label="ends">{end}</td>
            <td>{button}</td>
        </tr>
    }
}
