//! Release types. Whether one is retired is part of what it says, so that a device knows it too.

use chrono::{DateTime, Utc};
use domain::release::ReleaseType;
use domain::wire::admin::Kept;

use super::super::Error;
use super::super::audit::audited;
use super::super::directory::{TypeRow, release_type};
use super::super::query::{Answers, Vars, broken};
use super::Stored;
use super::known::Known;

impl Stored for ReleaseType {
    const TABLE: &'static str = "release_type";
    const ALL: &'static str = "SELECT * FROM release_type";
    const ONE_ROW: &'static str = "SELECT * FROM $id";
    const CREATE: &'static str = audited!(
        "CREATE $id SET name = $name, description = $description, default_group = $group, four_eyes = $four_eyes,
             policy = $policy, retired = $retired, version = $version RETURN NONE"
    );
    const CHANGE: &'static str = audited!(
        "LET $done = UPDATE ONLY $id SET name = $name, description = $description, default_group = $group,
             four_eyes = $four_eyes, policy = $policy, retired = $retired, version = $version
             WHERE version = $was RETURN AFTER;
         IF $done = NONE { THROW 'stale' }"
    );

    fn read(mut answers: Answers) -> Result<Vec<Kept<Self>>, Error> {
        let rows: Vec<TypeRow> = answers.rows(0)?;
        rows.into_iter()
            .map(|row| {
                let version = row.version;
                let mut value = release_type(row)?;
                Ok(Kept {
                    id: value.key.to_string(),
                    version,
                    retired: std::mem::take(&mut value.retired),
                    value,
                })
            })
            .collect()
    }

    fn vars(_: Option<&Kept<Self>>, now: &Kept<Self>, _: DateTime<Utc>) -> Result<Vars, Error> {
        let kind = Self {
            retired: now.retired,
            ..now.value.clone()
        };
        let policy =
            serde_json::to_string(&kind).map_err(|e| broken("storing a release type", e.to_string()))?;
        Ok(Vars::new()
            .with("name", kind.name)
            .with("description", kind.description)
            .with("group", kind.default_group.map(|group| group.to_string()))
            .with("four_eyes", kind.four_eyes)
            .with("policy", policy)
            .with("retired", now.retired)
            .with("version", now.version))
    }

    fn check_links(before: Option<&Self>, now: &Self, known: &Known) -> Result<(), Error> {
        if before.is_some_and(|before| before.key != now.key) {
            return Err(Error::invalid(
                "key",
                "cannot be changed: releases name the type by it",
            ));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if before.is_none() && !now.key.as_str().chars().all(plain) {
            return Err(Error::invalid(
                "key",
                "may hold letters and digits without accents, `-` and `_`: it is part of addresses and filters",
            ));
        }
        for (at, group) in [
            (
                "default_group",
                (|kind| kind.default_group) as fn(&Self) -> Option<domain::GroupId>,
            ),
            ("test_group", |kind| kind.test_group),
            ("acceptance_group", |kind| kind.acceptance_group),
        ] {
            known.groups.may_choose(at, before.and_then(group), group(now))?;
        }
        let approvers = |kind: &Self| kind.approvers.iter().map(|it| it.group).collect::<Vec<_>>();
        let named = before.map(approvers).unwrap_or_default();
        known.groups.may_choose("approvers", named, approvers(now))?;
        for (n, one) in now.approvers.iter().enumerate() {
            let stays = before.is_some_and(|before| before.approvers.contains(one));
            let members = known.members(&one.group);
            if !stays && members < usize::from(one.quorum) {
                let message = format!(
                    "asks for {} members, and the group has {members} who may be asked: no release could be authorised",
                    one.quorum
                );
                return Err(Error::invalid(format!("approvers[{n}].quorum"), message));
            }
        }
        let asked = before.map(|before| before.checklists.clone()).unwrap_or_default();
        known
            .checklists
            .may_choose("checklists", &asked, &now.checklists)?;
        let named = |kind: &Self| {
            kind.mails
                .iter()
                .map(|it| it.template.clone())
                .collect::<Vec<_>>()
        };
        let templates = before.map(named).unwrap_or_default();
        known.mail_templates.may_choose("mails", templates, named(now))?;
        let calendar = before.and_then(|before| before.calendar.clone());
        known
            .calendars
            .may_choose("calendar", calendar, now.calendar.clone())
    }
}
