//! What is new with a command: a step, its targets, a whole draft.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::grow::Grow;
use crate::release::{OrderKey, ReleaseField, StepField, TargetField, Value};
use crate::sync::{ReleaseOp, StepBody, TargetBody};
use crate::{CiKey, StepId};

/// A step to add.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewStep {
    /// Title.
    #[serde(default)]
    pub title: String,
    /// How, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What to run, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "run")]
    pub command: Option<String>,
    /// Planned minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<String>,
    /// How to undo it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_out: Option<String>,
    /// It cannot be undone.
    #[serde(default)]
    pub point_of_no_return: bool,
    /// What must be recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// A second person must confirm that it is done.
    #[serde(default)]
    pub confirm_by_second: bool,
    /// Steps it waits for.
    #[serde(default)]
    pub needs: BTreeSet<StepId>,
    /// CIs it works on.
    #[serde(default)]
    pub targets: Vec<NewTarget>,
}

/// A target to add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTarget {
    /// The CI.
    pub ci: CiKey,
    /// `install`, `upgrade`, `move`, `replace`, `retire` or `verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// `none`, `at_risk` or `down`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<String>,
}

/// A release to draft. Body of `POST /api/v1/releases`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    /// First values of the record: `title`, `release_type`, `requester`, ...
    #[serde(default)]
    pub fields: BTreeMap<ReleaseField, Value>,
    /// Steps, in order.
    #[serde(default)]
    pub steps: Vec<NewStep>,
}

impl NewStep {
    /// The op that adds it at a place, under an identity chosen by the caller.
    #[must_use]
    pub fn into_op(self, step: StepId, place: OrderKey, after: Option<StepId>) -> ReleaseOp {
        ReleaseOp::AddStep {
            step,
            place,
            after,
            body: self.body(),
        }
    }

    fn body(self) -> StepBody {
        let text = |value: Option<String>| value.map(Value::from);
        let flag = |set: bool| set.then_some(Value::Flag(true));
        let fields = [
            (StepField::Title, Some(Value::from(self.title))),
            (StepField::Instructions, text(self.instructions)),
            (StepField::Command, text(self.command)),
            (StepField::Minutes, self.minutes.map(Value::from)),
            (StepField::Responsible, text(self.responsible)),
            (StepField::BackOut, text(self.back_out)),
            (StepField::PointOfNoReturn, flag(self.point_of_no_return)),
            (StepField::Evidence, text(self.evidence)),
            (StepField::ConfirmBySecond, flag(self.confirm_by_second)),
        ];
        StepBody {
            fields: fields
                .into_iter()
                .filter_map(|(field, value)| Some((field, value?)))
                .grow(),
            needs: self.needs,
            targets: self.targets.into_iter().map(NewTarget::body).grow(),
        }
    }
}

impl NewTarget {
    pub(super) fn body(self) -> (CiKey, TargetBody) {
        let fields = [
            (TargetField::Action, self.action),
            (TargetField::Outage, self.outage),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(field, value)| Some((field, Value::from(value?))))
            .grow();
        (self.ci, TargetBody { fields })
    }
}

impl NewRelease {
    /// The ops that draft it, to be applied all or none. `fresh` makes identities for the steps.
    pub fn into_ops(self, mut fresh: impl FnMut() -> Ulid) -> Vec<ReleaseOp> {
        let mut ops = vec![ReleaseOp::Create { fields: self.fields }];
        let mut last: Option<OrderKey> = None;
        for step in self.steps {
            let place = OrderKey::between(last.as_ref(), None);
            last = Some(place.clone());
            ops.push(step.into_op(StepId(fresh()), place, None));
        }
        ops
    }
}
