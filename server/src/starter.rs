//! What an installation of one's own begins with, so that its first person can plan a release: one group that
//! may do everything with releases, and one release type.

use domain::access::{Right, Types};
use domain::release::ReleaseType;
use domain::wire::session::Group;
use domain::{GroupId, ReleaseTypeKey};

use crate::db::{Error, NewGroup, Store};

/// The group's name.
const GROUP: &str = "Release management";

/// Makes group and type where there is none of either yet; the group for the first administrator.
///
/// # Errors
/// When the database fails.
pub async fn begin(store: &Store) -> Result<Option<GroupId>, Error> {
    let there = store.directory().await?;
    if !there.groups.is_empty() || !there.release_types.is_empty() {
        return Ok(None);
    }
    let key: ReleaseTypeKey = "standard"
        .parse()
        .map_err(|error: domain::BadId| Error::invalid("release_type", error.to_string()))?;
    let group = Group::new(GroupId(ulid::Ulid::new()), GROUP);
    let id = group.id;
    let rights = Right::ALL.into_iter().map(|right| (right, Types::All)).collect();
    store.add_group(&NewGroup { group, rights }).await?;
    let release_type = ReleaseType {
        description: "For releases that need nothing special.".into(),
        default_group: Some(id),
        ..ReleaseType::new(key, "Standard")
    };
    store.add_release_type(&release_type).await?;
    Ok(Some(id))
}
