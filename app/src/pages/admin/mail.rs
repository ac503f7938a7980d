//! Mails: whether they are sent, what was sent, what waits, and what was given up.

pub mod preview;

use domain::wire::Page as Rows;
use domain::wire::mail::{Mail, MailStanding, MailState, MailTest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::AdminPage;
use crate::client::http::{self, ApiError};
use crate::parts::more::{self, ROWS};
use crate::paths::{self, Query, encode};
use crate::state::{Remote, offline, remote, use_query, use_toasts};
use crate::ui::{
    Badge, Button, ButtonKind, For, Icon, Moment, SelectField, StateKind, TableFrame, Tone, icon, show,
    skeleton_lines, skeleton_table, state_view,
};
use crate::words;

const LOG: &str = "/api/v1/admin/mails";

async fn fetch(state: String, after: Option<String>) -> Result<Rows<Mail>, ApiError> {
    let query = Query::default()
        .with("state", &state)
        .with("limit", &ROWS.to_string())
        .with("after", after.as_deref().unwrap_or_default());
    http::get(&query.on(LOG)).await
}

/// The page.
#[component]
pub fn MailPage() -> impl IntoView {
    view! {
        <AdminPage title="Mail">
            <p class="soft">
                "Requesters are told of their releases, groups of what comes to them. A mail that is not taken is tried again for a day."
            </p>
            <Content />
        </AdminPage>
    }
}

/// Made, and so asked for, only by administrators.
#[component]
fn Content() -> impl IntoView {
    let query = use_query();
    // Counts what may have changed what is shown.
    let again = RwSignal::new(0_u32);
    let standing = remote(
        true,
        move || again.get(),
        |_| async { http::get::<MailStanding>("/api/v1/admin/mail").await },
    );
    let state = Memo::new(move |_| {
        query
            .now
            .with(|query| query.get("state").unwrap_or_default().to_owned())
    });
    let list = remote(
        true,
        move || (state.get(), again.get()),
        |(state, _)| fetch(state, None),
    );
    let chosen = RwSignal::new(state.get_untracked());
    Effect::new(move |_| chosen.set(state.get()));
    let states = [
        ("", "all"),
        ("queued", "waiting"),
        ("sent", "sent"),
        ("given_up", "given up"),
    ];
    let states: Vec<(String, String)> = states
        .into_iter()
        .map(|(key, label)| (key.to_owned(), label.to_owned()))
        .collect();
    view! {
        {show(standing, "how mails are sent", || skeleton_lines(3), |value| view! { <Standing value /> }.into_any())}
        <section class="ui-stack part-log">
            <header class="part-log-head">
                <h2>"Mails"</h2>
                <div class="ui-actions">
                    <SelectField
                        label="State"
                        value=chosen
                        options=states
                        on_change=move |state: String| query.set(Query::default().with("state", &state))
                    />
                    <Button icon=Icon::Retry on_press=move |()| again.update(|again| *again += 1)>"Look again"</Button>
                </div>
            </header>
            {show(list, "the mails", || skeleton_table(5), move |page| rows(page, list, state, again))}
        </section>
    }
}

/// By which server, and a way to try it out.
#[component]
fn Standing(value: MailStanding) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let blocked = offline();
    let test = move |()| {
        busy.set(true);
        spawn_local(async move {
            match http::post::<_, MailTest>("/api/v1/admin/mail/test", &()).await {
                Ok(test) if test.sent => {
                    toasts.say(format!("The mail server took a mail to {}", test.address));
                }
                Ok(test) => toasts.fail(format!(
                    "The mail to {} was not taken: {}",
                    test.address,
                    test.trouble.unwrap_or_default()
                )),
                Err(error) => toasts.fail(error.message()),
            }
            busy.try_set(false);
        });
    };
    let Some(server) = value.server else {
        return view! {
            <div class="ui-bar" data-tone="warning" role="status">
                {icon(Icon::Warning)}
                <span>
                    "No mails are sent: this server was started without a mail server. Whoever runs it names one with --smtp, --mail-from and --public-url; mails are due from then on."
                </span>
            </div>
        }
        .into_any();
    };
    let lost = (value.given_up > 0).then(|| {
        view! {
            <div class="ui-bar" data-tone="danger" role="status">
                {icon(Icon::Warning)}
                <span>
                    {words::many(value.given_up, "mail was", "mails were")}
                    " given up. "
                    <a href="/admin/mail?state=given_up">"Look at them"</a>
                </span>
            </div>
        }
    });
    view! {
        {lost}
        <section class="ui-panel">
            <dl class="ui-facts">
                <dt>"Mail server"</dt>
                <dd class="mono">{server}</dd>
                <dt>"From"</dt>
                <dd class="mono">{value.sender}</dd>
                <dt>"In 30 days"</dt>
                <dd>
                    {format!("{} sent, {} given up; {} wait now", value.sent, value.given_up, value.queued)}
                </dd>
            </dl>
            <div class="ui-actions">
                <Button busy=busy blocked=blocked on_press=test>"Send me a test mail"</Button>
            </div>
        </section>
    }
    .into_any()
}

fn rows(page: Rows<Mail>, list: Remote<Rows<Mail>>, state: Memo<String>, again: RwSignal<u32>) -> AnyView {
    if page.items.is_empty() {
        return state_view(
            StateKind::Empty,
            if state.with_untracked(String::is_empty) {
                "No mail yet"
            } else {
                "No mail is that far"
            },
            "Every mail that is due is listed here, for 30 days. A test is not.",
            None,
        );
    }
    let total = page.total;
    let items = RwSignal::new(page.items);
    let next = RwSignal::new(page.next);
    let caption = more::caption(items, total, "mail", "mails");
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"To"</th>
                    <th scope="col">"Subject"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Due"</th>
                    <th scope="col">"Release"</th>
                    <th scope="col"><span class="sr-only">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || items.get()
                    key=|mail| (mail.id.clone(), mail.attempts)
                    children=move |mail| view! { <Row mail again /> }
                />
            </tbody>
        </TableFrame>
        {more::more(next, items, list, total, move |after| fetch(state.get_untracked(), Some(after)))}
    }
    .into_any()
}

#[component]
fn Row(mail: Mail, again: RwSignal<u32>) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let blocked = offline();
    let path = format!("{LOG}/{}/again", encode(&mail.id, b""));
    let resend = move |()| {
        busy.set(true);
        let path = path.clone();
        spawn_local(async move {
            match http::post::<_, Mail>(&path, &()).await {
                Ok(_) => toasts.say("In line again; look again in a moment"),
                Err(error) => toasts.fail(error.message()),
            }
            busy.try_set(false);
            again.try_update(|again| *again += 1);
        });
    };
    let release = mail
        .release
        .map(|number| view! { <a href=paths::release(number)>{number.to_string()}</a> });
    let trouble = mail.trouble.clone().map(|trouble| {
        let then = mail.next.map(|at| view! { ". Tried again " <Moment at=at /> });
        view! { <span class="attempts trouble">{trouble}{then}</span> }
    });
    let name = format!("Send the mail to {} again", mail.address);
    view! {
        <tr>
            <th scope="row">
                {mail.recipient}
                <span class="attempts mono">{mail.address}</span>
            </th>
            <td class="answer">
                {mail.subject}
                <details class="part-answer">
                    <summary>"What it says"</summary>
                    <pre>{mail.text}</pre>
                </details>
            </td>
            <td class="state">
                {badge(mail.state, mail.attempts)}
                <span class="attempts">{words::many(mail.attempts.into(), "attempt", "attempts")}</span>
                {trouble}
            </td>
            <td class="time"><Moment at=mail.created /></td>
            <td class="number">{release}</td>
            <td>
                <Button kind=ButtonKind::Quiet busy=busy blocked=blocked title=name on_press=resend>
                    "Send again"
                </Button>
            </td>
        </tr>
    }
}

fn badge(state: MailState, attempts: u32) -> AnyView {
    match state {
        MailState::Sent => view! { <Badge tone=Tone::Success shape="✓" text="sent" /> }.into_any(),
        MailState::Queued if attempts > 0 => {
            view! { <Badge tone=Tone::Warning shape="↻" text="trying again" /> }.into_any()
        }
        MailState::Queued => view! { <Badge shape="…" text="waiting" /> }.into_any(),
        MailState::GivenUp => view! { <Badge tone=Tone::Danger shape="✕" text="given up" /> }.into_any(),
    }
}
