use domain::CiKey;
use domain::wire::cmdb::RackElevation;
use leptos::prelude::*;

use crate::client::http;
use crate::parts::elevation;
use crate::paths;
use crate::state::remote;
use crate::ui::{show, skeleton_lines};

/// What stands in a rack, front and rear.
pub fn view(key: CiKey) -> AnyView {
    let rack = remote(
        false,
        move || key.clone(),
        |key| async move { http::get::<RackElevation>(&format!("{}/elevation", paths::api_ci(&key))).await },
    );
    show(
        rack,
        "the rack",
        || skeleton_lines(18),
        |found| elevation::view(&found),
    )
}
