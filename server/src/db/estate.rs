//! The estate in memory: the graph index and the catalogue, streamed from the database at start and kept
//! current by every commit.

use std::sync::PoisonError;

use domain::cmdb::{Ci, Relation, RelationKind};
use domain::graph::{Builder, Change, Index, IndexError, Node};
use surrealdb::method::StreamItem;
use surrealdb::types::{SurrealValue, Value};
use tokio::sync::RwLockReadGuard;
use tokio_stream::StreamExt;

use super::catalog::Catalog;
use super::ci::CiRow;
use super::query::broken;
use super::relation::{self, split};
use super::{Error, Store};

/// What is kept in memory of the CMDB.
pub(crate) struct Estate {
    pub(crate) index: Index,
    pub(super) catalog: Catalog,
}

const ALL_CIS: &str = "SELECT * FROM ci";

impl Estate {
    /// Takes over a committed CI.
    pub(super) fn upsert(&mut self, ci: &Ci) -> Result<(), IndexError> {
        self.index.apply(Change::Upsert(Node::from(ci)))?;
        self.note(ci);
        Ok(())
    }

    /// Takes over a committed relation.
    pub(super) fn relate(&mut self, relation: &Relation) -> Result<(), IndexError> {
        self.index.apply(Change::Relate(relation.clone()))
    }

    fn note(&mut self, ci: &Ci) {
        let node = self.index.node(ci.key.as_str());
        let class = node.map_or_else(|| ci.class.clone(), |node| self.index.class(node).clone());
        let site = node.map_or_else(
            || ci.placement.site.clone(),
            |node| self.index.site(node).cloned(),
        );
        self.catalog.upsert(ci, class, site);
    }
}

impl Store {
    /// Loads what is kept in memory, so that the first request does not wait for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn warm(&self) -> Result<(), Error> {
        self.estate().await.map(|_| ())?;
        self.register().await.map(|_| ())
    }

    /// How many CIs and relations there are in memory; zeros before they are loaded.
    #[must_use]
    pub fn graph_size(&self) -> (u64, u64) {
        *self.0.graph_size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_size(&self, index: &Index) {
        let size = (index.len() as u64, index.relation_count() as u64);
        *self.0.graph_size.lock().unwrap_or_else(PoisonError::into_inner) = size;
    }

    /// The estate, loaded if need be.
    pub(crate) async fn estate(&self) -> Result<RwLockReadGuard<'_, Estate>, Error> {
        loop {
            let ready = |estate: &Option<Estate>| estate.as_ref().is_some_and(|e| e.catalog.is_tidy());
            {
                let read = self.0.estate.read().await;
                if ready(&read)
                    && let Ok(estate) = RwLockReadGuard::try_map(read, Option::as_ref)
                {
                    return Ok(estate);
                }
                // The guard ends here: whoever writes below would wait for it for ever.
            }
            // Nothing is committed between reading the database and having it in memory.
            let _writer = self.0.writer.lock().await;
            let mut write = self.0.estate.write().await;
            match &mut *write {
                Some(estate) => estate.catalog.tidy(),
                None => {
                    let mut estate = self.load_estate().await?;
                    estate.catalog.tidy();
                    self.note_size(&estate.index);
                    *write = Some(estate);
                }
            }
        }
    }

    /// Takes over what was just committed, where the estate is in memory. The caller holds the writer.
    pub(super) async fn note_cmdb<'a>(
        &self,
        cis: impl IntoIterator<Item = &'a Ci>,
        relations: impl IntoIterator<Item = &'a Relation>,
    ) {
        let mut held = self.0.estate.write().await;
        let Some(estate) = &mut *held else { return };
        let noted = cis
            .into_iter()
            .try_for_each(|ci| estate.upsert(ci))
            .and_then(|()| {
                relations
                    .into_iter()
                    .try_for_each(|relation| estate.relate(relation))
            });
        self.note_size(&estate.index);
        if let Err(error) = noted {
            // The database has it: the index is read anew by whoever asks next.
            tracing::error!(%error, "the index does not take what was committed; it will be rebuilt");
            *held = None;
        }
    }

    /// Forgets what is in memory: another process has written.
    pub(super) async fn forget(&self) {
        *self.0.estate.write().await = None;
        *self.0.register.write().await = None;
        *self.0.shelf.write().await = None;
        *self.0.text.write().await = super::text::Text::Absent;
    }

    async fn load_estate(&self) -> Result<Estate, Error> {
        let doing = "loading the CMDB";
        let full = |error: IndexError| broken(doing, error.to_string());
        let mut builder = Builder::new();
        let mut cis = Vec::new();
        self.stream::<CiRow>(doing, ALL_CIS, |row| {
            let mut ci = row.read()?.ci;
            builder.ci(Node::from(&ci)).map_err(full)?;
            // Only the texts of the list are needed from here on.
            ci.attributes.clear();
            cis.push(ci);
            Ok(())
        })
        .await?;
        for kind in RelationKind::ALL {
            self.stream::<relation::Row>(doing, relation::all(kind), |row| {
                let (from, to) = split(&row.id)?;
                builder.relation(kind, from, to).map_err(full)
            })
            .await?;
        }
        let mut estate = Estate {
            index: builder.build(),
            catalog: Catalog::default(),
        };
        for ci in &cis {
            estate.note(ci);
        }
        Ok(estate)
    }

    /// Hands out every CI.
    pub(crate) async fn each_ci(&self, mut each: impl FnMut(Ci) -> Result<(), Error>) -> Result<(), Error> {
        self.stream::<CiRow>("reading the CMDB", ALL_CIS, |row| each(row.read()?.ci))
            .await
    }

    /// Hands out every relation.
    pub(crate) async fn each_relation(
        &self,
        mut each: impl FnMut(Relation) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for kind in RelationKind::ALL {
            self.stream::<relation::Row>("reading the CMDB", relation::all(kind), |row| {
                each(relation::read(&row.id)?)
            })
            .await?;
        }
        Ok(())
    }

    /// Reads all rows of one statement without holding them all.
    pub(crate) async fn stream<T: SurrealValue>(
        &self,
        doing: &str,
        text: &'static str,
        mut each: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let failed = |error: surrealdb::Error| broken(doing, error.message());
        let db = self.handle()?;
        let mut items = db.query(text).stream_items().map_err(failed)?;
        while let Some(item) = items.next().await {
            match item.map_err(failed)? {
                StreamItem::Row { value, .. } => each(read::<T>(doing, value)?)?,
                StreamItem::StatementEnd { result, .. } => result.map_err(failed)?,
            }
        }
        Ok(())
    }
}

fn read<T: SurrealValue>(doing: &str, value: Value) -> Result<T, Error> {
    T::from_value(value).map_err(|error| broken(doing, error.message()))
}
