//! A list of releases as CSV that spreadsheets open (S71a): who asked for what and when, the rows, their number.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ReleaseId;
use domain::list::{Column, Names};
use domain::wire::list::ReleaseQuery;
use domain::wire::release::ReleaseSummary;

/// What stands around the rows.
pub struct Sheet<'a> {
    /// Who asked.
    pub by: &'a str,
    /// When.
    pub now: DateTime<Utc>,
    /// For what.
    pub query: &'a ReleaseQuery,
    /// Names of those whom the rows name by identity.
    pub names: &'a Names,
    /// Which columns.
    pub columns: &'a [Column],
    /// Descriptions, where they are wanted.
    pub descriptions: Option<&'a BTreeMap<ReleaseId, String>>,
}

/// The file, with the mark that tells a spreadsheet that it is UTF-8.
#[must_use]
pub fn csv(sheet: &Sheet<'_>, rows: &[ReleaseSummary]) -> String {
    let mut out = String::from("\u{feff}");
    line(&mut out, ["Releases"]);
    line(&mut out, ["Made", &time(sheet.now)]);
    line(&mut out, ["Times", "UTC"]);
    line(&mut out, ["By", sheet.by]);
    for (name, value) in filters(sheet) {
        line(&mut out, [name.as_str(), &value]);
    }
    line(&mut out, [""]);
    let mut labels: Vec<String> = sheet.columns.iter().map(|column| label(*column)).collect();
    labels.extend(sheet.descriptions.map(|_| "Description".to_owned()));
    line(&mut out, labels.iter().map(String::as_str));
    for row in rows {
        let mut cells: Vec<String> = sheet
            .columns
            .iter()
            .map(|column| cell(sheet, *column, row))
            .collect();
        if let Some(descriptions) = sheet.descriptions {
            cells.push(descriptions.get(&row.id).cloned().unwrap_or_default());
        }
        line(&mut out, cells.iter().map(String::as_str));
    }
    line(&mut out, [""]);
    line(&mut out, ["Total", &rows.len().to_string()]);
    out
}

/// The filters as people read them: names in place of identities.
fn filters(sheet: &Sheet<'_>) -> Vec<(String, String)> {
    let named = |word: &str| {
        let user = word.parse().ok().and_then(|id| sheet.names.user(id));
        let group = word.parse().ok().and_then(|id| sheet.names.group(id));
        let contract = word.parse().ok().and_then(|id| sheet.names.contract(id));
        user.or(group).or(contract).unwrap_or(word).to_owned()
    };
    let pairs = sheet.query.pairs().into_iter();
    pairs
        .filter(|(name, _)| *name != "limit")
        .map(|(name, value)| {
            let words: Vec<String> = match name {
                "requester" | "assignee" | "group" | "contract" => value.split(',').map(named).collect(),
                _ => vec![value],
            };
            (name.replace('_', " "), words.join(", "))
        })
        .collect()
}

/// `2026-11-23 22:00`, which spreadsheets take for a time; UTC.
fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// What stands over a column; over times, of which zone they are.
fn label(column: Column) -> String {
    let zone = match column {
        Column::Created
        | Column::Due
        | Column::PlannedStart
        | Column::PlannedEnd
        | Column::Updated
        | Column::Closed => " (UTC)",
        _ => "",
    };
    format!("{}{zone}", column.label())
}

fn cell(sheet: &Sheet<'_>, column: Column, row: &ReleaseSummary) -> String {
    let at = |at: Option<DateTime<Utc>>| at.map(time).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let user = |id| sheet.names.user(id).unwrap_or_default().to_owned();
    match column {
        Column::Number => row.number.map(|number| number.to_string()).unwrap_or_default(),
        Column::Title => row.title.clone(),
        Column::ReleaseType => row.release_type.as_ref().map_or_else(String::new, |kind| {
            sheet.names.release_type(kind).unwrap_or(kind.as_str()).to_owned()
        }),
        Column::Requester => row.requester.map(user).unwrap_or_default(),
        Column::Created => at(Some(row.created)),
        Column::Priority => row.priority.to_string(),
        Column::Due => at(row.due),
        Column::Overdue => match row.overdue_minutes(sheet.now) {
            0 => String::new(),
            late => format!("{}:{:02}", late / 60, late % 60),
        },
        Column::Stage => format!(
            "{}, {}",
            row.stage.as_str(),
            row.disposition.as_str().replace('_', " ")
        ),
        Column::Now => text(&row.now),
        Column::Group => row
            .group
            .and_then(|id| sheet.names.group(id))
            .unwrap_or_default()
            .to_owned(),
        Column::Assignee => row.assignee.map(user).unwrap_or_default(),
        Column::Shared => sheet.names.parties(&row.shared_with).unwrap_or_default(),
        Column::PlannedStart => at(row.planned_start),
        Column::PlannedEnd => at(row.planned_end),
        Column::Contract => row
            .contract
            .and_then(|id| sheet.names.contract(id))
            .unwrap_or_default()
            .to_owned(),
        Column::Unit => text(&row.unit),
        Column::Version => text(&row.version),
        Column::Steps => row.steps.to_string(),
        Column::Updated => at(Some(row.updated)),
        Column::Closed => at(row.ended),
    }
}

fn line<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        push(out, cell);
    }
    out.push_str("\r\n");
}

/// A text that a spreadsheet would take for a formula stays a text.
fn push(out: &mut String, cell: &str) {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !is_formula && !cell.contains(['"', ',', '\n', '\r']) {
        out.push_str(cell);
        return;
    }
    out.push('"');
    if is_formula {
        out.push('\'');
    }
    out.push_str(&cell.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let mut out = String::new();
        line(
            &mut out,
            [
                "plain",
                "a,b",
                "say \"hi\"",
                "=cmd|' /C calc'!A0",
                "-5",
                "two\nlines",
            ],
        );
        assert_eq!(
            out,
            "plain,\"a,b\",\"say \"\"hi\"\"\",\"'=cmd|' /C calc'!A0\",\"'-5\",\"two\nlines\"\r\n"
        );
    }
}
