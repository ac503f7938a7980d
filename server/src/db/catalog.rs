//! The list of all CIs in memory: filters, search and exact totals in one pass, whatever the filter.
//!
//! A hundred thousand CIs are some 10 MB of text to look through, a few milliseconds. An index in the
//! database would answer the unfiltered list as fast, but not a total of matches, nor words inside a name.

use std::collections::HashMap;

use domain::cmdb::{Ci, Lifecycle};
use domain::wire::cmdb::{CiQuery, CiSummary};
use domain::wire::{DEFAULT_LIMIT, MAX_LIMIT, Page};
use domain::{CiKey, ClassKey};
use memchr::memmem::Finder;

use super::Error;

#[derive(Default)]
pub(super) struct Catalog {
    rows: Vec<Row>,
    /// What is searched: for each row its name, key, serial and asset tag in lower case, one per line.
    text: String,
    /// Bytes of `text` that no row uses any more.
    waste: usize,
    by_key: HashMap<CiKey, u32>,
    /// Rows by name in lower case, then key; up to date when `sorted`.
    order: Vec<u32>,
    sorted: bool,
}

struct Row {
    key: CiKey,
    name: Box<str>,
    class: ClassKey,
    lifecycle: Lifecycle,
    site: Option<CiKey>,
    serial: Option<Box<str>>,
    /// Where its lines in `text` begin and end.
    text: (u32, u32),
    /// How long the first of them is: the name in lower case.
    name_length: u32,
}

impl Catalog {
    /// Takes a CI, new or with new values. `class` and `site` come in as the shared copies of the index.
    pub(super) fn upsert(&mut self, ci: &Ci, class: ClassKey, site: Option<CiKey>) {
        let start = self.text.len();
        let name = ci.name.to_lowercase().replace('\n', " ");
        let name_length = name.len();
        self.text.push_str(&name);
        let rest = [
            Some(ci.key.as_str()),
            ci.serial.as_deref(),
            ci.asset_tag.as_deref(),
        ];
        for part in rest.into_iter().flatten() {
            self.text.push('\n');
            self.text.push_str(&part.to_lowercase());
        }
        self.text.push('\n');
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let row = Row {
            key: ci.key.clone(),
            name: ci.name.as_str().into(),
            class,
            lifecycle: ci.lifecycle,
            site,
            serial: ci.serial.as_deref().map(Into::into),
            text: (number(start), number(self.text.len())),
            name_length: number(name_length),
        };
        match self.by_key.get(&ci.key) {
            Some(&at) => {
                let slot = &mut self.rows[at as usize];
                self.waste += (slot.text.1 - slot.text.0) as usize;
                self.sorted &= slot.name == row.name;
                *slot = row;
            }
            None => {
                let at = number(self.rows.len());
                self.by_key.insert(ci.key.clone(), at);
                self.order.push(at);
                self.rows.push(row);
                self.sorted = false;
            }
        }
    }

    /// The list can be read; otherwise [`Catalog::tidy`] comes first.
    pub(super) fn is_tidy(&self) -> bool {
        self.sorted
    }

    /// Sorts what came in since the last time.
    pub(super) fn tidy(&mut self) {
        if self.waste > self.text.len() / 2 {
            let old = std::mem::take(&mut self.text);
            for row in &mut self.rows {
                let start = self.text.len() as u32;
                self.text.push_str(&old[row.text.0 as usize..row.text.1 as usize]);
                row.text = (start, self.text.len() as u32);
            }
            self.waste = 0;
        }
        let mut order = std::mem::take(&mut self.order);
        order.sort_by(|a, b| self.place(*a).cmp(&self.place(*b)));
        self.order = order;
        self.sorted = true;
    }

    fn place(&self, row: u32) -> (&str, &CiKey) {
        let row = &self.rows[row as usize];
        let start = row.text.0 as usize;
        (&self.text[start..start + row.name_length as usize], &row.key)
    }

    pub(super) fn name(&self, key: &CiKey) -> Option<&str> {
        self.by_key.get(key).map(|row| &*self.rows[*row as usize].name)
    }

    pub(super) fn serial(&self, key: &CiKey) -> Option<String> {
        let row = self.by_key.get(key)?;
        self.rows[*row as usize].serial.as_deref().map(str::to_owned)
    }

    pub(super) fn summary(&self, key: &CiKey) -> Option<CiSummary> {
        self.by_key.get(key).map(|row| self.rows[*row as usize].summary())
    }

    /// The rows that match, by name.
    pub(super) fn list(&self, query: &CiQuery) -> Result<Page<CiSummary>, Error> {
        let limit = limit(query.limit)?;
        let after = query.after.as_deref().map(parse_after).transpose()?;
        let matching = self.matching(query);
        let total = matching
            .as_ref()
            .map_or(self.rows.len(), |rows| rows.iter().filter(|m| **m).count());
        let start = after.map_or(0, |(name, key)| {
            self.order.partition_point(|row| {
                let (this_name, this_key) = self.place(*row);
                (this_name, this_key.as_str()) <= (name, key)
            })
        });
        let shown = |row: &&u32| matching.as_ref().is_none_or(|rows| rows[**row as usize]);
        let mut rest = self.order[start..].iter().filter(shown);
        let page: Vec<u32> = rest.by_ref().take(limit).copied().collect();
        let next = match (rest.next(), page.last()) {
            (Some(_), Some(last)) => {
                let (name, key) = self.place(*last);
                Some(format!("{name}\n{key}"))
            }
            _ => None,
        };
        Ok(Page {
            items: page
                .iter()
                .map(|row| self.rows[*row as usize].summary())
                .collect(),
            next,
            total: total as u64,
        })
    }

    /// Which rows match; `None` when all do.
    fn matching(&self, query: &CiQuery) -> Option<Vec<bool>> {
        let words: Vec<String> = query
            .q
            .iter()
            .flat_map(|q| q.split_whitespace())
            .map(str::to_lowercase)
            .collect();
        let finders: Vec<Finder<'_>> = words.iter().map(|word| Finder::new(word.as_bytes())).collect();
        let filtered = query.class.is_some() || query.lifecycle.is_some() || query.site.is_some();
        if finders.is_empty() && !filtered {
            return None;
        }
        let matches = |row: &Row| {
            query.class.as_ref().is_none_or(|class| row.class == *class)
                && query.lifecycle.is_none_or(|lifecycle| row.lifecycle == lifecycle)
                && query
                    .site
                    .as_ref()
                    .is_none_or(|site| row.site.as_ref() == Some(site))
                && {
                    let text = &self.text.as_bytes()[row.text.0 as usize..row.text.1 as usize];
                    finders.iter().all(|finder| finder.find(text).is_some())
                }
        };
        Some(self.rows.iter().map(matches).collect())
    }
}

impl Row {
    fn summary(&self) -> CiSummary {
        CiSummary {
            key: self.key.clone(),
            name: self.name.to_string(),
            class: self.class.clone(),
            lifecycle: self.lifecycle,
            site: self.site.clone(),
            serial: self.serial.as_deref().map(str::to_owned),
        }
    }
}

/// The number of rows asked for.
pub(crate) fn limit(asked: Option<u32>) -> Result<usize, Error> {
    match asked.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit as usize),
        other => Err(Error::invalid(
            "limit",
            format!("{other} is not from 1 to {MAX_LIMIT}"),
        )),
    }
}

fn parse_after(after: &str) -> Result<(&str, &str), Error> {
    after
        .rsplit_once('\n')
        .ok_or_else(|| Error::invalid("after", "is not the `next` of a page before"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ci(key: &str, name: &str, class: &str) -> Ci {
        serde_json::from_value(serde_json::json!({ "key": key, "name": name, "class": class })).unwrap()
    }

    fn catalog(cis: &[Ci]) -> Catalog {
        let mut catalog = Catalog::default();
        for ci in cis {
            catalog.upsert(ci, ci.class.clone(), ci.placement.site.clone());
        }
        catalog.tidy();
        catalog
    }

    fn keys(page: &Page<CiSummary>) -> Vec<&str> {
        page.items.iter().map(|item| item.key.as_str()).collect()
    }

    fn search(q: &str) -> CiQuery {
        CiQuery {
            q: Some(q.to_owned()),
            ..CiQuery::default()
        }
    }

    #[test]
    fn pages_cover_the_list_once_in_order_of_names() {
        let cis: Vec<Ci> = (0..25)
            .map(|n| ci(&format!("k{n}"), &format!("Name {}", n % 7), "device"))
            .collect();
        let catalog = catalog(&cis);
        let mut query = CiQuery {
            limit: Some(4),
            ..CiQuery::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = catalog.list(&query).unwrap();
            assert_eq!(page.total, 25);
            seen.extend(
                page.items
                    .iter()
                    .map(|item| (item.name.clone(), item.key.clone())),
            );
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(seen, sorted);
        assert_eq!(seen.len(), 25);
    }

    #[test]
    fn words_are_found_anywhere_in_any_order_and_all_are_needed() {
        let mut server = ci("device/a1", "DB Server", "device");
        server.serial = Some("XK-77".to_owned());
        let catalog = catalog(&[
            server,
            ci("vm/1", "server for db", "vm"),
            ci("vm/2", "other", "vm"),
        ]);
        assert_eq!(
            keys(&catalog.list(&search("db SERV")).unwrap()),
            ["device/a1", "vm/1"]
        );
        assert_eq!(keys(&catalog.list(&search("xk-7")).unwrap()), ["device/a1"]);
        assert_eq!(catalog.list(&search("db nothing")).unwrap().total, 0);
        let vms = CiQuery {
            class: Some("vm".parse().unwrap()),
            ..search("server")
        };
        assert_eq!(keys(&catalog.list(&vms).unwrap()), ["vm/1"]);
        // A word does not reach over from one field, or one CI, into the next.
        assert_eq!(catalog.list(&search("serverdevice")).unwrap().total, 0);
    }

    #[test]
    fn a_renamed_ci_moves_and_keeps_one_row() {
        let mut catalog = catalog(&[ci("a", "one", "vm"), ci("b", "two", "vm")]);
        for round in 0..50 {
            let renamed = ci("a", &format!("zz {round}"), "vm");
            catalog.upsert(&renamed, renamed.class.clone(), None);
        }
        assert!(!catalog.is_tidy());
        catalog.tidy();
        assert_eq!(keys(&catalog.list(&CiQuery::default()).unwrap()), ["b", "a"]);
        assert_eq!(catalog.list(&search("zz 49")).unwrap().total, 1);
        assert_eq!(catalog.list(&search("one")).unwrap().total, 0);
        assert!(catalog.text.len() < 100, "dropped text is given up");
    }

    #[test]
    fn wrong_paging_is_explained() {
        let catalog = catalog(&[]);
        for query in [
            CiQuery {
                limit: Some(0),
                ..CiQuery::default()
            },
            CiQuery {
                limit: Some(501),
                ..CiQuery::default()
            },
            CiQuery {
                after: Some("x".to_owned()),
                ..CiQuery::default()
            },
        ] {
            assert!(
                matches!(catalog.list(&query), Err(Error::Invalid { .. })),
                "{query:?}"
            );
        }
    }
}
