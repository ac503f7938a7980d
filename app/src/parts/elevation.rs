//! A rack as a drawing: front and rear, units numbered from the bottom, blanks shown, and the same as a table.

use domain::cmdb::{Ci, Face, Lifecycle};
use domain::wire::cmdb::RackElevation;
use leptos::prelude::*;

use super::ci;
use super::svg_link::svg_link;
use crate::paths;
use crate::ui::{Button, Icon, TableFrame};
use crate::words;

/// Units of a rack whose height nobody recorded.
const USUAL: f64 = 42.0;
const UNIT: f64 = 22.0;
const LEFT: f64 = 30.0;
const WIDE: f64 = 250.0;

/// Both sides, what has no position, and the table.
#[must_use]
pub fn view(found: &RackElevation) -> AnyView {
    let units = units(found);
    let placed: Vec<&Ci> = found
        .devices
        .iter()
        .filter(|d| d.placement.position.is_some())
        .collect();
    let loose: Vec<&Ci> = found
        .devices
        .iter()
        .filter(|d| d.placement.position.is_none())
        .collect();
    let used: f64 = placed.iter().map(|d| height(d)).sum::<f64>().min(units);
    let guess = found.rack.placement.height.is_none().then(|| {
        view! { <span class="soft">" The rack's height is not recorded; it is drawn with what is usual."</span> }
    });
    let without = (!loose.is_empty()).then(|| {
        let item = |device: &Ci| view! { <li>{ci::ci_link(&device.key, &device.name, &device.class)}</li> };
        view! {
            <section class="ui-panel">
                <header>
                    <h2>"Without a position"</h2>
                    <span class="soft">{words::count(loose.len() as u64)}</span>
                </header>
                <ul class="part-list">{loose.iter().map(|d| item(d)).collect_view()}</ul>
            </section>
        }
    });
    view! {
        <div class="part-elevation">
            <div class="part-bar">
                <p>
                    <strong>{format!("{used} of {units} units used")}</strong> {guess}
                </p>
                <Button icon=Icon::Print on_press=|()| { let _ = window().print(); }>"Print"</Button>
            </div>
            <div class="sides">
                {side("Front", Face::Front, units, &placed)}
                {side("Rear", Face::Rear, units, &placed)}
                <div class="ui-stack aside">{without} {twin(&placed)}</div>
            </div>
        </div>
    }
    .into_any()
}

fn height(device: &Ci) -> f64 {
    device.placement.height.unwrap_or(1.0).max(0.5)
}

/// As high as recorded, and never lower than what stands in it.
fn units(found: &RackElevation) -> f64 {
    let recorded = found.rack.placement.height.unwrap_or(USUAL);
    let tops = found
        .devices
        .iter()
        .filter_map(|d| Some(d.placement.position? + height(d) - 1.0));
    tops.fold(recorded, f64::max).ceil().clamp(1.0, 200.0)
}

fn side(title: &'static str, face: Face, units: f64, placed: &[&Ci]) -> impl IntoView + use<> {
    let top = |unit: f64, high: f64| (units - (unit - 1.0) - high) * UNIT;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 200 units"
    )]
    let count = units as u32;
    let blank = |unit: u32| {
        let y = top(f64::from(unit), 1.0);
        view! {
            <g>
                <text class="unit" x=(LEFT - 8.0).to_string() y=(y + 15.5).to_string() text-anchor="end">{unit.to_string()}</text>
                <rect
                    class="blank"
                    x=LEFT.to_string()
                    y=y.to_string()
                    width=WIDE.to_string()
                    height=UNIT.to_string()
                />
            </g>
        }
    };
    let device = |device: &&Ci| {
        let position = device.placement.position.unwrap_or(1.0);
        let high = height(device);
        let here = device.placement.face.is_none_or(|f| f == face);
        let (y, h) = (top(position, high) + 1.0, high * UNIT - 2.0);
        let planned = device.lifecycle == Lifecycle::Planned;
        let label = format!("{}, U{position}, {high} units", device.name);
        let name = device.name.clone();
        let text_y = y + h / 2.0 + 4.5;
        let body = view! {
            <rect
                x=(LEFT + 1.0).to_string()
                y=y.to_string()
                width=(WIDE - 2.0).to_string()
                height=h.to_string()
                rx="3"
            />
        };
        if here {
            svg_link(
                &paths::ci(&device.key),
                &label,
                if planned { "device planned" } else { "device" },
                view! {
                    {body}
                    <text x=(LEFT + 10.0).to_string() y=text_y.to_string()>{name}</text>
                }
                .into_any(),
            )
        } else {
            view! {
                <g class="device behind" aria-hidden="true">
                    {body}
                    <text x=(LEFT + 10.0).to_string() y=text_y.to_string()>{name} " (other side)"</text>
                </g>
            }
            .into_any()
        }
    };
    let size = format!("0 0 {} {}", LEFT + WIDE + 2.0, units * UNIT + 2.0);
    view! {
        <figure class="side">
            <figcaption>{title}</figcaption>
            <svg viewBox=size role="group" aria-label=format!("{title} of the rack")>
                <g aria-hidden="true">{(1..=count).map(blank).collect_view()}</g>
                {placed.iter().map(device).collect_view()}
            </svg>
        </figure>
    }
}

fn twin(placed: &[&Ci]) -> impl IntoView + use<> {
    let row = |device: &&Ci| {
        let position = device.placement.position.unwrap_or_default();
        let face = device
            .placement
            .face
            .map_or("both", |f| if f == Face::Front { "front" } else { "rear" });
        view! {
            <tr>
                <th scope="row">
                    <a class="part-ci" data-row="" href=paths::ci(&device.key)>{device.name.clone()}</a>
                </th>
                <td data-label="unit" class="nowrap">{format!("U{position}")}</td>
                <td data-label="height" class="nowrap roomy">{format!("{} U", height(device))}</td>
                <td class="soft roomy">{face}</td>
                <td>{ci::lifecycle_badge(device.lifecycle)}</td>
            </tr>
        }
    };
    let rows = placed.iter().map(row).collect_view();
    let count = words::many(placed.len() as u64, "device", "devices");
    view! {
        <TableFrame caption=format!("{count} with a position, from the top")>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Unit"</th>
                    <th scope="col" class="roomy">"Height"</th>
                    <th scope="col" class="roomy">"Side"</th>
                    <th scope="col">"Lifecycle"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </TableFrame>
    }
}
