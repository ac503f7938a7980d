//! Mails, for administrators: how they are sent, the log of them, and how a template reads.

use std::str::FromStr;

use axum::extract::State;
use axum::{Extension, Json};
use chrono::Utc;
use domain::mail::{Told, values};
use domain::shorten;
use domain::wire::Page;
use domain::wire::mail::{Mail, MailPreview, MailPreviewOf, MailQuery, MailStanding, MailState, MailTest};

use super::extract::{Body, Query, Segment};
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::state::AppState;

/// How mails are sent here, and how many wait, were sent and were given up in the last 30 days.
#[utoipa::path(get, path = "/api/v1/admin/mail", tag = "mails", responses((status = 200, body = MailStanding)))]
pub async fn standing(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<MailStanding>, Refusal> {
    let counts = state.store.mail_counts(&caller.actor).await?;
    Ok(Json(state.mails.standing(counts)))
}

/// The mails of the last 30 days, newest first.
#[utoipa::path(get, path = "/api/v1/admin/mails", tag = "mails", params(
    ("state" = Option<MailState>, Query, description = "Only mails that are this far"),
    ("limit" = Option<u32>, Query, description = "Rows in a page, 1 to 500"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
), responses((status = 200, body = Page<Mail>)))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<MailQuery>,
) -> Result<Json<Page<Mail>>, Refusal> {
    Ok(Json(state.store.mails(&caller.actor, &query).await?))
}

/// The name of a mail in a path; whether there is one the log knows.
pub struct MailName(String);

impl FromStr for MailName {
    type Err = domain::BadId;
    fn from_str(text: &str) -> Result<Self, domain::BadId> {
        if text.len() <= 300 && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(domain::BadId(format!(
                "`{}` is no mail of the log",
                shorten(text)
            )))
        }
    }
}

/// Puts a mail of the log in line again, under the same `Message-ID`, whatever became of it.
#[utoipa::path(post, path = "/api/v1/admin/mails/{id}/again", tag = "mails", params(
    ("id" = String, Path, description = "Id of the mail"),
), responses(
    (status = 200, body = Mail),
    (status = 409, description = "This server has no mail server"),
))]
pub async fn again(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(MailName(id)): Segment<MailName>,
) -> Result<Json<Mail>, Refusal> {
    if state.mails.settings().is_none() {
        return Err(no_server());
    }
    let mail = state.store.mail_again(&caller.actor, &id, Utc::now()).await?;
    tracing::info!(by = %caller.actor.name, message = mail.message, "a mail is sent again");
    state.mails.wake();
    Ok(Json(mail))
}

/// Sends a mail to yourself at once and says what came of it. It is not in the log.
#[utoipa::path(post, path = "/api/v1/admin/mail/test", tag = "mails", responses(
    (status = 200, body = MailTest),
    (status = 409, description = "This server has no mail server, or you have no e-mail address"),
))]
pub async fn try_out(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<MailTest>, Refusal> {
    let address = state.store.mail_address(caller.actor.user).await?;
    let Some(address) = address else {
        return Err(Refusal::conflict(
            "You have no e-mail address here: fill it in under People, and try again.",
        ));
    };
    let tried = state
        .mails
        .try_out(&address, &caller.actor.name, Utc::now())
        .await;
    tried.map(Json).ok_or_else(no_server)
}

/// How a template reads, filled in with a release and a deed made up for it. Nothing is sent or stored.
#[utoipa::path(post, path = "/api/v1/admin/mail-templates/preview", tag = "mails", request_body = MailPreviewOf,
    responses((status = 200, body = MailPreview), (status = 404, description = "There is no such release")))]
pub async fn preview(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<MailPreviewOf>,
) -> Result<Json<MailPreview>, Refusal> {
    let release = state.store.release(&caller.actor, asked.release).await?;
    let page = format!("/releases/{}", asked.release);
    let link = state
        .mails
        .settings()
        .map_or_else(|| page.clone(), |settings| settings.link(&page));
    let told = Told {
        actor: &caller.actor.name,
        what: "authorised it",
        at: Utc::now(),
        link: &link,
        recipient: &caller.actor.name,
    };
    let directory = state.store.named_by(&release).await?;
    let rendered = asked
        .template
        .render(&values(&release, &directory, &told))
        .map_err(|wrong| Refusal::invalid(format!("template.{}", wrong.at), wrong.message))?;
    Ok(Json(MailPreview {
        subject: rendered.subject,
        text: rendered.text,
    }))
}

fn no_server() -> Refusal {
    Refusal::conflict("No mails are sent: this server was started without a mail server (--smtp).")
}
