//! Beside the form of a mail template: what may stand in it, and how it reads as it is typed right now.

use domain::mail::MailTemplate;
use domain::wire::mail::{MailPreview, MailPreviewOf};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::http::{self, ApiError};
use crate::pages::admin::form::Form;
use crate::pages::admin::names::Names;
use crate::pages::admin::registers::mail::placeholders;
use crate::state::offline;
use crate::ui::{Button, Icon, TextField, icon};

/// The panel: the placeholders, a number, and the mail.
pub fn aside(form: Form, _: Names) -> AnyView {
    let number = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let answer = RwSignal::new(None::<Result<MailPreview, ApiError>>);
    let blocked = offline();
    let ask = move |()| {
        let Ok(release) = number.get_untracked().trim().parse() else {
            wrong.set(Some("must be a number such as REL-000123".to_owned()));
            return;
        };
        wrong.set(None);
        busy.set(true);
        let typed = |key| untrack(|| form.get(key)).as_str().unwrap_or_default().to_owned();
        let body = MailPreviewOf {
            template: MailTemplate {
                name: typed("name"),
                subject: typed("subject"),
                text: typed("text"),
            },
            release,
        };
        spawn_local(async move {
            let found = http::post::<_, MailPreview>("/api/v1/admin/mail-templates/preview", &body).await;
            answer.try_set(Some(found));
            busy.try_set(false);
        });
    };
    let shown = move || {
        answer.get().map(|answer| match answer {
            Ok(mail) => view! {
                <div class="ui-stack" role="status">
                    <p><strong>{mail.subject}</strong></p>
                    <pre class="page-admin-mail">{mail.text}</pre>
                </div>
            }
            .into_any(),
            Err(error) => view! {
                <p class="ui-bar" data-tone="warning" role="alert">
                    {icon(Icon::Warning)} <span>{error.message()}</span>
                </p>
            }
            .into_any(),
        })
    };
    view! {
        <section class="ui-panel">
            <h2>"How it reads"</h2>
            <div class="ui-stack">
                <p class="soft">"In braces may stand:"</p>
                <p class="mono page-admin-words">{placeholders()}</p>
                <div class="page-admin-secret">
                    <TextField label="Number of a release" value=number error=wrong />
                    <div class="ui-actions">
                        <Button busy=busy blocked=blocked on_press=ask>"Show it"</Button>
                    </div>
                </div>
                {shown}
            </div>
        </section>
    }
    .into_any()
}
