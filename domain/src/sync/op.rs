use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::registry::{RecordRef, RegisterKind};
use crate::release::{
    Act, ChangeOutcome, ConflictId, ContentHash, DocumentField, FieldRef, FieldVer, FileRef, Form, LinkKey,
    NoteBody, OpId, OrderKey, PersonCard, ReleaseField, Rev, StepField, StepResult, TargetField, Value,
};
use crate::{
    AttemptId, BlobId, ChecklistId, CiKey, DocumentId, Epoch, FormKey, GestureId, PersonLinkId, RecordKey,
    ReleaseId, StepId, UserId,
};

/// Newest op schema this build writes and understands.
// 1: drafting, and records as bare facts.
// 2: authorise and refuse; start, leave, confirm, settle; records name evidence and the attempts before.
// 3: the acts of the later stages; closure code, closure notes and release date; links to records of the
//    registers and to people; journal entries, documents, checklists, baselines.
pub const OP_VERSION: u16 = 3;

/// When an op was made, by the device: evidence for the record, never used for ordering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stamp {
    /// Wall clock of the device.
    pub wall: DateTime<Utc>,
    /// How far it is ahead of the server's clock, in milliseconds, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew_ms: Option<i64>,
}

impl Stamp {
    /// When it was by the server's clock, as far as the device knows that.
    #[must_use]
    pub fn put_right(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let skew = TimeDelta::try_milliseconds(self.skew_ms.unwrap_or(0)).unwrap_or_default();
        at.checked_sub_signed(skew).unwrap_or(at)
    }
}

/// An op on its way: what was done, by whom, where, resting on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpEnvelope {
    /// Identity; a repeat is recognised by it.
    pub id: OpId,
    /// Op schema, 1 to [`OP_VERSION`].
    pub v: u16,
    /// Who did it. Must be who is signed in.
    pub author: UserId,
    /// When, by the device.
    pub made: Stamp,
    /// The release it changes.
    pub release: ReleaseId,
    /// Revision of the base the author looked at.
    pub base_rev: Rev,
    /// The life of the database that this and other revisions in the op are of. Absent: the one the push names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The gesture it belongs to; ops of one gesture stand next to each other and are applied all or none.
    pub gesture: GestureId,
    /// What was done.
    pub op: ReleaseOp,
}

/// Everything that can be done to a release in any of its stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReleaseOp {
    /// Start a draft.
    Create {
        /// First values.
        #[serde(deserialize_with = "crate::json::apart")]
        fields: BTreeMap<ReleaseField, Value>,
    },
    /// Give a field a value. Texts of several lines go through [`ReleaseOp::EditText`].
    SetField {
        /// The field.
        #[serde(deserialize_with = "crate::json::apart")]
        at: FieldRef,
        /// The version the author saw.
        #[serde(default)]
        base: FieldVer,
        /// The value the author saw.
        from: Value,
        /// The value wanted.
        to: Value,
    },
    /// Edit a text of several lines; the base travels, so that lines can be merged.
    EditText {
        /// The field.
        #[serde(deserialize_with = "crate::json::apart")]
        at: FieldRef,
        /// The version the author saw.
        #[serde(default)]
        base: FieldVer,
        /// The text the author saw.
        base_text: String,
        /// The text wanted.
        text: String,
    },
    /// Add a step.
    AddStep {
        /// Its new identity.
        step: StepId,
        /// Its place.
        place: OrderKey,
        /// The step it was put after, to notice when that one is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<StepId>,
        /// Its content.
        #[serde(default, deserialize_with = "crate::json::apart")]
        body: StepBody,
    },
    /// Move a step.
    MoveStep {
        /// The step.
        step: StepId,
        /// The version of its place that the author saw.
        #[serde(default)]
        base: FieldVer,
        /// The place the author saw.
        from: OrderKey,
        /// The place wanted.
        to: OrderKey,
    },
    /// Delete a step; it stays as a tombstone.
    DeleteStep {
        /// The step.
        step: StepId,
        /// The version of the step that the author saw.
        #[serde(default)]
        base: FieldVer,
    },
    /// Bring a deleted step back.
    RestoreStep {
        /// The step.
        step: StepId,
    },
    /// Let a step wait for another.
    AddPrerequisite {
        /// The step that waits.
        step: StepId,
        /// The step it waits for.
        needs: StepId,
    },
    /// Let it wait no longer.
    RemovePrerequisite {
        /// The step that waits.
        step: StepId,
        /// The step it waits for.
        needs: StepId,
        /// The version of the prerequisite that the author saw.
        #[serde(default)]
        base: FieldVer,
    },
    /// Let a step work on a CI.
    AddTarget {
        /// The step.
        step: StepId,
        /// The CI.
        ci: CiKey,
        /// What happens to it.
        #[serde(default, deserialize_with = "crate::json::apart")]
        body: TargetBody,
    },
    /// Let it work on the CI no longer.
    RemoveTarget {
        /// The step.
        step: StepId,
        /// The CI.
        ci: CiKey,
        /// The version of the target that the author saw.
        #[serde(default)]
        base: FieldVer,
    },
    /// Take a CI into scope.
    LinkCi {
        /// The CI.
        ci: CiKey,
    },
    /// Take it out.
    UnlinkCi {
        /// The CI.
        ci: CiKey,
        /// The version of the link that the author saw.
        #[serde(default)]
        base: FieldVer,
    },
    /// Link a record of a register. Of a change, its CIs come along.
    LinkRecord {
        /// The register.
        #[serde(deserialize_with = "crate::json::apart")]
        register: RegisterKind,
        /// The record.
        key: RecordKey,
    },
    /// Link a person in a role.
    LinkPerson {
        /// Identity of the link: one person may have several roles.
        link: PersonLinkId,
        /// Who, in which role, and how to reach them.
        #[serde(deserialize_with = "crate::json::apart")]
        person: PersonCard,
    },
    /// End a link; it stays with the day on which it ended.
    Unlink {
        /// The link.
        link: LinkKey,
        /// The version of the link that the author saw.
        #[serde(default)]
        base: FieldVer,
    },
    /// Say what became of a linked change in this release.
    SetChangeStatus {
        /// The change.
        change: RecordKey,
        /// The version of the status that the author saw.
        #[serde(default)]
        base: FieldVer,
        /// What became of it; nothing takes the word back.
        #[serde(
            default,
            deserialize_with = "crate::json::apart",
            skip_serializing_if = "Option::is_none"
        )]
        status: Option<ChangeOutcome>,
    },
    /// Take over the CIs of a linked change as its register has them now.
    FollowChange {
        /// The change.
        change: RecordKey,
    },
    /// Submit exactly what was seen.
    Submit {
        /// Hash of what was seen.
        seen: ContentHash,
    },
    /// Take it back to draft.
    Withdraw,
    /// Give the go-ahead for exactly what was seen.
    Authorise {
        /// Hash of what was seen.
        seen: ContentHash,
    },
    /// Send it back to draft instead.
    Refuse {
        /// What has to change; at most 4,000 characters.
        reason: String,
    },
    /// Move it on after its submission, or hand it to somebody.
    Act {
        /// What.
        #[serde(deserialize_with = "crate::json::apart")]
        act: Act,
    },
    /// Claim a step: say that one is at it, so that others leave it alone. Ends with one's record of the step.
    Start {
        /// Identity of the claim. The record has one of its own: two tabs that end the same claim differently
        /// are two facts.
        attempt: AttemptId,
        /// The step.
        step: StepId,
        /// When, by the device.
        started: DateTime<Utc>,
    },
    /// End a claim without a record: it was made by mistake, or somebody else takes over.
    Leave {
        /// The claim.
        attempt: AttemptId,
    },
    /// Record what was done at a step. A fact: it is never refused for the state of the release.
    Record {
        /// Identity of the attempt.
        attempt: AttemptId,
        /// The step.
        step: StepId,
        /// The version of the step that the author read.
        #[serde(default)]
        seen: FieldVer,
        /// How it ended.
        #[serde(deserialize_with = "crate::json::apart")]
        result: StepResult,
        /// When it began, by the device.
        started: DateTime<Utc>,
        /// When it ended, by the device.
        ended: DateTime<Utc>,
        /// What else there is to say; at most 4,000 characters.
        #[serde(default)]
        note: String,
        /// Photos and files that show it; at most 20. Their bytes travel apart and may come later.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<BlobId>,
        /// Earlier attempts at the step that the author knew of: this one replaces what they said.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        after: BTreeSet<AttemptId>,
    },
    /// Confirm, as a second person, what was recorded.
    Confirm {
        /// The record.
        attempt: AttemptId,
    },
    /// Decide which of contradicting records of a step counts.
    Settle {
        /// The step.
        step: StepId,
        /// The record that counts.
        attempt: AttemptId,
        /// Those that do not. A record that came in unseen is not among them and stays disputed.
        over: BTreeSet<AttemptId>,
    },
    /// Decide a conflict.
    Resolve {
        /// Which.
        conflict: ConflictId,
        /// How.
        #[serde(deserialize_with = "crate::json::apart")]
        take: Take,
        /// The version of the field that the decision was made on.
        #[serde(default)]
        base: FieldVer,
    },
    /// Write something into the journal. It changes nothing else.
    Note {
        /// What.
        #[serde(deserialize_with = "crate::json::apart")]
        note: NoteBody,
    },
    /// Attach a document, or bring a new version of one. Its bytes travel apart and may come later.
    Attach {
        /// A new identity, or that of the document that gets a new version.
        document: DocumentId,
        /// The file.
        #[serde(deserialize_with = "crate::json::apart")]
        file: FileRef,
        /// First values of a new document; nothing for a new version.
        #[serde(
            default,
            deserialize_with = "crate::json::apart",
            skip_serializing_if = "BTreeMap::is_empty"
        )]
        fields: BTreeMap<DocumentField, Value>,
    },
    /// Take a document off; it stays in the history.
    Detach {
        /// The document.
        document: DocumentId,
        /// The version of the document that the author saw.
        #[serde(default)]
        base: FieldVer,
    },
    /// Put a document back that was taken off.
    Reattach {
        /// The document.
        document: DocumentId,
    },
    /// Add a checklist; its answers are fields.
    AddChecklist {
        /// Its new identity.
        checklist: ChecklistId,
        /// The template it is of.
        template: FormKey,
        /// What the template asked when it was copied.
        #[serde(deserialize_with = "crate::json::apart")]
        form: Form,
    },
    /// Confirm exactly the answers that were seen.
    ConfirmChecklist {
        /// The checklist.
        checklist: ChecklistId,
        /// The version of the last answer that the author saw.
        #[serde(default)]
        seen: FieldVer,
    },
    /// Take a checklist off; it stays in the history.
    RemoveChecklist {
        /// The checklist.
        checklist: ChecklistId,
        /// The version of the last answer that the author saw.
        #[serde(default)]
        base: FieldVer,
    },
    /// Mark the version as it is now, to come back to or to compare with.
    Baseline {
        /// What it is called; unique in the release.
        name: String,
    },
}

/// The content of a new step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// First values; the place is not among them.
    #[serde(default)]
    pub fields: BTreeMap<StepField, Value>,
    /// Steps it waits for.
    #[serde(default)]
    pub needs: BTreeSet<StepId>,
    /// CIs it works on.
    #[serde(default)]
    pub targets: BTreeMap<CiKey, TargetBody>,
}

/// What a step does to a CI.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TargetBody {
    /// First values.
    #[serde(default)]
    pub fields: BTreeMap<TargetField, Value>,
}

/// A decision about a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// What stands, stays.
    Theirs,
    /// What the author of the conflict wanted.
    Mine,
    /// Something else.
    Value(Value),
}

/// What travels in the place of an op that its author took back before the server had it: numbers have no gaps.
/// A server that does not know it refuses it as malformed, which comes to the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakenBack {
    /// The identity that the op had.
    pub id: OpId,
    /// Whose it was.
    pub author: UserId,
    /// Op schema.
    pub v: u16,
    /// Always true.
    pub taken_back: bool,
}

impl TakenBack {
    /// The schema it came with: it reads the same in all later ones.
    const VERSION: u16 = 2;

    /// In the place of this op.
    #[must_use]
    pub fn of(id: OpId, author: UserId) -> Self {
        Self {
            id,
            author,
            v: Self::VERSION,
            taken_back: true,
        }
    }
}

/// What is wrong with an op that could not even be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadOp {
    /// It has no readable identity: there is nothing to file an outcome under, the whole request is refused.
    #[error("{0}")]
    Unidentified(String),
    /// It was written by a newer build; the client keeps it.
    #[error("op schema {0} is newer than this server understands ({OP_VERSION})")]
    TooNew(u16),
    /// Its author took it back; it gets the outcome *rejected*.
    #[error("op {0} was taken back")]
    TakenBack(OpId),
    /// It has an identity but makes no sense; it gets the outcome *rejected*.
    #[error("{1}")]
    Malformed(OpId, String),
}

impl OpEnvelope {
    /// Reads an op from JSON.
    ///
    /// # Errors
    /// [`BadOp`], from hopeless to harmless.
    pub fn parse(json: &serde_json::Value) -> Result<Self, BadOp> {
        #[derive(Deserialize)]
        struct Head {
            id: OpId,
            v: u16,
            #[serde(default)]
            taken_back: bool,
        }
        let head =
            Head::deserialize(json).map_err(|e| BadOp::Unidentified(format!("op without id and v: {e}")))?;
        if head.v > OP_VERSION {
            return Err(BadOp::TooNew(head.v));
        }
        if head.taken_back {
            return Err(BadOp::TakenBack(head.id));
        }
        if head.v == 0 {
            return Err(BadOp::Malformed(head.id, "v: op schemas count from 1".into()));
        }
        Self::deserialize(json).map_err(|e| BadOp::Malformed(head.id, e.to_string()))
    }
}

impl ReleaseOp {
    /// Does it edit the content, which is frozen outside of draft? The others decide, claim or record.
    #[must_use]
    pub fn edits(&self) -> bool {
        match self {
            // What accompanies a release may change as long as it is open.
            Self::LinkRecord { register, .. } => return register.is_content(),
            Self::Unlink { link, .. } => return link.is_content(),
            Self::SetField { at, .. } | Self::EditText { at, .. } => return at.is_content(),
            _ => {}
        }
        !self.keeps_records()
            && !matches!(
                self,
                Self::Submit { .. }
                    | Self::Withdraw
                    | Self::Authorise { .. }
                    | Self::Refuse { .. }
                    | Self::Act { .. }
                    | Self::Start { .. }
                    | Self::Leave { .. }
                    | Self::Record { .. }
                    | Self::Confirm { .. }
                    | Self::Settle { .. }
                    | Self::LinkPerson { .. }
                    | Self::SetChangeStatus { .. }
            )
    }

    /// Does it keep the papers of a release: its journal, documents, checklists, baselines?
    #[must_use]
    pub fn keeps_records(&self) -> bool {
        match self {
            Self::SetField { at, .. } | Self::EditText { at, .. } => !at.is_content(),
            Self::Note { .. }
            | Self::Attach { .. }
            | Self::Detach { .. }
            | Self::Reattach { .. }
            | Self::AddChecklist { .. }
            | Self::ConfirmChecklist { .. }
            | Self::RemoveChecklist { .. }
            | Self::Baseline { .. } => true,
            _ => false,
        }
    }

    /// Must the version that it makes be kept as it is, whatever comes with the same push?
    #[must_use]
    pub fn marks_version(&self) -> bool {
        matches!(
            self,
            Self::Baseline { .. }
                | Self::Submit { .. }
                | Self::Authorise { .. }
                | Self::Refuse { .. }
                | Self::Act { .. }
        )
    }

    /// Is it about what accompanies a release, and so open to whoever edits or carries it out, as long as it is open?
    #[must_use]
    pub fn accompanies(&self) -> bool {
        match self {
            Self::LinkRecord { .. } | Self::Unlink { .. } => !self.edits(),
            Self::LinkPerson { .. } | Self::SetChangeStatus { .. } => true,
            _ => false,
        }
    }

    /// The record that it newly refers to; the server looks it up before it decides.
    #[must_use]
    pub fn new_record(&self) -> Option<RecordRef> {
        let (register, key) = match self {
            Self::LinkRecord { register, key } => (*register, key),
            Self::FollowChange { change } => (RegisterKind::Changes, change),
            _ => return None,
        };
        Some(RecordRef {
            register,
            key: key.clone(),
        })
    }

    /// The version that the author saw, in the ops that name one.
    #[must_use]
    pub fn seen(&self) -> Option<FieldVer> {
        match self {
            Self::SetField { base, .. }
            | Self::EditText { base, .. }
            | Self::MoveStep { base, .. }
            | Self::DeleteStep { base, .. }
            | Self::RemovePrerequisite { base, .. }
            | Self::RemoveTarget { base, .. }
            | Self::UnlinkCi { base, .. }
            | Self::Unlink { base, .. }
            | Self::SetChangeStatus { base, .. }
            | Self::Resolve { base, .. }
            | Self::Record { seen: base, .. }
            | Self::Detach { base, .. }
            | Self::ConfirmChecklist { seen: base, .. }
            | Self::RemoveChecklist { base, .. } => Some(*base),
            Self::Create { .. }
            | Self::AddStep { .. }
            | Self::RestoreStep { .. }
            | Self::AddPrerequisite { .. }
            | Self::AddTarget { .. }
            | Self::LinkCi { .. }
            | Self::LinkRecord { .. }
            | Self::LinkPerson { .. }
            | Self::FollowChange { .. }
            | Self::Submit { .. }
            | Self::Withdraw
            | Self::Authorise { .. }
            | Self::Refuse { .. }
            | Self::Act { .. }
            | Self::Start { .. }
            | Self::Leave { .. }
            | Self::Confirm { .. }
            | Self::Settle { .. }
            | Self::Note { .. }
            | Self::Attach { .. }
            | Self::Reattach { .. }
            | Self::AddChecklist { .. }
            | Self::Baseline { .. } => None,
        }
    }

    fn seen_mut(&mut self) -> Option<&mut FieldVer> {
        match self {
            Self::SetField { base, .. }
            | Self::EditText { base, .. }
            | Self::MoveStep { base, .. }
            | Self::DeleteStep { base, .. }
            | Self::RemovePrerequisite { base, .. }
            | Self::RemoveTarget { base, .. }
            | Self::UnlinkCi { base, .. }
            | Self::Unlink { base, .. }
            | Self::SetChangeStatus { base, .. }
            | Self::Resolve { base, .. }
            | Self::Record { seen: base, .. }
            | Self::Detach { base, .. }
            | Self::ConfirmChecklist { seen: base, .. }
            | Self::RemoveChecklist { base, .. } => Some(base),
            Self::Create { .. }
            | Self::AddStep { .. }
            | Self::RestoreStep { .. }
            | Self::AddPrerequisite { .. }
            | Self::AddTarget { .. }
            | Self::LinkCi { .. }
            | Self::LinkRecord { .. }
            | Self::LinkPerson { .. }
            | Self::FollowChange { .. }
            | Self::Submit { .. }
            | Self::Withdraw
            | Self::Authorise { .. }
            | Self::Refuse { .. }
            | Self::Act { .. }
            | Self::Start { .. }
            | Self::Leave { .. }
            | Self::Confirm { .. }
            | Self::Settle { .. }
            | Self::Note { .. }
            | Self::Attach { .. }
            | Self::Reattach { .. }
            | Self::AddChecklist { .. }
            | Self::Baseline { .. } => None,
        }
    }

    /// An own earlier op that this one rests on.
    #[must_use]
    pub fn rests_on(&self) -> Option<OpId> {
        match self.seen()? {
            FieldVer::Mine(op) => Some(op),
            FieldVer::Rev(_) => None,
        }
    }

    /// Renames own ops that this one names, once they have their final identities.
    pub fn rename_ops(&mut self, name: impl Fn(OpId) -> OpId) {
        if let Some(FieldVer::Mine(op)) = self.seen_mut() {
            *op = name(*op);
        }
        if let Self::Resolve { conflict, .. } = self {
            *conflict = ConflictId(name(conflict.0));
        }
    }

    /// Lowers the revisions that the author saw to what still means the same: those above are of another life of
    /// the database, in which the same numbers stood for other changes.
    pub fn cap_seen(&mut self, cap: Rev) {
        if let Some(FieldVer::Rev(rev)) = self.seen_mut() {
            *rev = cap.min(*rev);
        }
    }

    /// As if its author had seen everything: for a simulation that must notice it.
    #[cfg(any(test, feature = "simulation"))]
    pub(super) fn see_all(&mut self) {
        if let Some(seen) = self.seen_mut() {
            *seen = FieldVer::Rev(Rev(u64::MAX));
        }
    }

    /// CIs it newly refers to; the server looks them up before it decides.
    pub fn new_cis(&self) -> Vec<&CiKey> {
        match self {
            Self::AddStep { body, .. } => body.targets.keys().collect(),
            Self::AddTarget { ci, .. } | Self::LinkCi { ci } => vec![ci],
            _ => Vec::new(),
        }
    }
}
