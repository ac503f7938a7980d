use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::client::clock;

/// A time: local, with UTC in the tooltip; `ago` adds how long ago it was.
#[component]
pub fn Moment(
    /// When.
    at: DateTime<Utc>,
    /// Also say how long ago.
    #[prop(optional)]
    ago: bool,
) -> impl IntoView {
    let relative = ago.then(|| view! { <span class="ago">{clock::relative(at)}</span> });
    view! {
        <time class="ui-moment" datetime=at.to_rfc3339() title=clock::utc(at)>
            {clock::local(at)}
            {relative}
        </time>
    }
}
