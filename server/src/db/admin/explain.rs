//! Why can they, why can they not?

use domain::access::Actor;
use domain::wire::admin::{Contract, Explanation, GroupRecord, Kept, KnownOf, Unit, User};
use domain::{GroupId, ReleaseNumber, UserId};

use super::super::query::broken;
use super::super::{Error, Store};
use super::{allow, unknown};

impl Store {
    /// Why somebody can see a release and do things to it, or cannot. For administrators.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`].
    pub async fn explain(
        &self,
        actor: &Actor,
        user: UserId,
        number: ReleaseNumber,
    ) -> Result<Explanation, Error> {
        allow::<User>(actor)?;
        let release = self.release(actor, number).await?;
        let key = user.to_string();
        let person: Kept<User> = self.find(&key).await?.ok_or_else(|| unknown::<User>(&key))?;
        let holder = self.actor(user).await?.map(|(actor, _)| actor);
        let mut groups: Vec<(GroupId, Kept<GroupRecord>)> = Vec::new();
        for group in self.all_groups().await? {
            if group.value.members.contains(&user) {
                let id = group.id.parse();
                groups.push((id.map_err(|e| broken("reading a group", format!("{e}")))?, group));
            }
        }
        let contract = match release.contract() {
            None => None,
            Some(id) => {
                let found: Option<Kept<Contract>> = self.find(&id.to_string()).await?;
                let linked = found.as_ref().map(|contract| &contract.value);
                let mut through: Vec<String> = groups
                    .iter()
                    .filter(|(id, group)| {
                        !group.retired && linked.is_some_and(|contract| contract.groups.contains(id))
                    })
                    .map(|(_, group)| group.value.name.clone())
                    .collect();
                let unit = person.value.unit;
                if let Some(unit) = unit.filter(|unit| linked.is_some_and(|it| it.units.contains(unit))) {
                    let unit: Option<Kept<Unit>> = self.find(&unit.to_string()).await?;
                    through.extend(unit.map(|unit| unit.value.name));
                }
                let name = linked.map_or_else(|| "an unknown contract".to_owned(), |it| it.name.clone());
                Some((id, name, through))
            }
        };
        let known = KnownOf {
            user,
            name: &person.value.name,
            actor: holder.as_ref(),
            groups: &groups,
            number,
            contract,
        };
        Ok(release.with_facts(|facts| Explanation::of(known, facts)))
    }
}
