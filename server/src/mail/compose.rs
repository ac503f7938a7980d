//! From an event to the mails that are due.

use domain::mail::{Circle, MailTemplate, Occasion, Rendered, Told, due, shipped, values};
use domain::release::Release;

use super::settings::Settings;
use crate::db::{Done, Error, Event, NewMail, Store};

/// The mails that are due because of this event; none for what is no deed of a workflow.
///
/// # Errors
/// When the database fails.
pub async fn mails(store: &Store, settings: &Settings, event: &Event) -> Result<Vec<NewMail>, Error> {
    let (Some(done), Some(by), Some(about)) = (&event.done, event.actor.id, &event.release) else {
        return Ok(Vec::new());
    };
    let Done { action, to } = *done;
    let occasion = Occasion { action, by, to };
    let Some(release) = store.release_as_it_is(about.id).await? else {
        return Ok(Vec::new());
    };
    let around = store.mail_circle(&occasion, &release).await?;
    let circle = Circle {
        release: &release,
        groups: &around.groups,
        people: &around.people,
    };
    let link = settings.link(&event.page);
    let mut mails = Vec::new();
    for mail in due(&occasion, &circle) {
        let told = Told {
            actor: &event.actor.name,
            what: &event.text,
            at: event.at,
            link: &link,
            recipient: &mail.recipient,
        };
        let values = values(&release, &around.directory, &told);
        let template = template(store, &around.directory, &release, mail.moment).await?;
        let rendered = template.render(&values).unwrap_or_else(|wrong| {
            // It was read when it was stored; a later version may know more words.
            tracing::warn!(template = template.name, %wrong.message, "a mail template was not understood");
            let own = shipped(mail.moment).render(&values);
            own.unwrap_or_else(|_| Rendered {
                subject: event.text.clone(),
                text: link.clone(),
            })
        });
        mails.push(NewMail {
            rev: event.rev,
            message: format!(
                "{}.{}@{}",
                store.message_id(event.rev),
                mails.len() + 1,
                settings.sender.host()
            ),
            moment: mail.moment,
            release: about.number,
            address: mail.address,
            recipient: mail.recipient,
            rendered,
            at: event.at,
        });
    }
    Ok(mails)
}

/// What its type names for this moment, also where that is retired by now; the words of the product without.
async fn template(
    store: &Store,
    directory: &domain::wire::session::Directory,
    release: &Release,
    moment: domain::mail::Moment,
) -> Result<MailTemplate, Error> {
    let key = release.release_type();
    let kind = directory
        .release_types
        .iter()
        .find(|kind| Some(&kind.key) == key.as_ref());
    let named = match kind.and_then(|kind| kind.mail_template(moment)) {
        Some(named) => store.mail_template(named).await?,
        None => None,
    };
    Ok(named.unwrap_or_else(|| shipped(moment)))
}
