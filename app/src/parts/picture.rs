//! A picture of CIs and how they hang together: SVG in columns, with panning and zooming by pointer, wheel and
//! keyboard. Its nodes are links. Wherever it stands, a table says the same.

mod view;

use domain::{CiKey, ClassKey};
use leptos::prelude::*;
use leptos::svg;
use leptos::wasm_bindgen::JsCast;

use super::ci::class_icon;
use super::svg_link::follow;
use crate::layout::{self, Layout, NODE_HEIGHT, NODE_WIDTH};
use crate::paths;
use crate::state::catalogue::{Names, use_names};
use crate::ui::{Button, ButtonKind, Icon, icon};
use view::{Pointers, View};

/// What a node feels like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feel {
    /// The one the picture is about.
    Centre,
    /// Another one.
    Plain,
    /// Assumed down.
    Assumed,
    /// Down as a consequence.
    Down,
    /// Works with redundancy lost.
    Degraded,
}

impl Feel {
    fn face(self) -> (&'static str, &'static str) {
        match self {
            Self::Centre => ("centre", ""),
            Self::Plain => ("plain", ""),
            Self::Assumed => ("assumed", "✕ assumed down"),
            Self::Down => ("down", "▼ down"),
            Self::Degraded => ("degraded", "◐ degraded"),
        }
    }
}

/// A node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Natural key; the node links to its page.
    pub key: CiKey,
    /// What people call it.
    pub name: String,
    /// Its class, where known.
    pub class: Option<ClassKey>,
    /// What it feels like.
    pub feel: Feel,
    /// Its column.
    pub rank: i32,
    /// The node that explains it, as an index; hovering highlights the chain of these.
    pub via: Option<usize>,
}

/// A line between two nodes, by index.
#[derive(Debug, Clone)]
pub struct Edge {
    /// Source.
    pub from: usize,
    /// Target.
    pub to: usize,
    /// The words between them.
    pub words: &'static str,
    /// Without a direction of need: drawn dashed.
    pub loose: bool,
}

/// The picture.
#[component]
pub fn Picture(
    /// What it shows, for screen readers.
    #[prop(into)]
    label: String,
    /// Nodes.
    nodes: Vec<Node>,
    /// Lines.
    edges: Vec<Edge>,
) -> impl IntoView {
    let ranks: Vec<i32> = nodes.iter().map(|node| node.rank).collect();
    let pairs: Vec<(usize, usize)> = edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let layout = layout::place(&ranks, &pairs);
    let whole = View::whole(&layout);
    let view = RwSignal::new(whole);
    let pointers = StoredValue::new(Pointers::default());
    let canvas = NodeRef::<svg::Svg>::new();
    // What is highlighted, by pointer or focus; and what has the focus.
    let hot = RwSignal::new(None::<usize>);
    let focused = RwSignal::new(None::<usize>);
    let trail = {
        let vias: Vec<Option<usize>> = nodes.iter().map(|node| node.via).collect();
        Memo::new(move |_| hot.get().map(|node| chain(&vias, node)))
    };
    let names = use_names();

    let lines = edges
        .iter()
        .filter_map(|edge| line(edge, &layout, trail, hot))
        .collect_view();
    let boxes = nodes
        .iter()
        .enumerate()
        .map(|(i, node)| boxed(i, node, &layout, names, hot, focused, trail))
        .collect_view();
    let corners = StoredValue::new(layout.nodes.clone());

    // A node that gets the focus must be visible.
    Effect::new(move |_| {
        hot.set(focused.get());
        if let Some((x, y)) = focused
            .get()
            .and_then(|node| corners.with_value(|c| c.get(node).copied()))
        {
            view.update(|view| view.reveal(x, y, NODE_WIDTH, NODE_HEIGHT));
        }
    });
    // The frame is only measured once it is there.
    let focus = layout.nodes.first().copied().unwrap_or_default();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            request_animation_frame(move || {
                let rect = canvas.get_bounding_client_rect();
                view.try_set(View::start(whole, focus, (rect.width(), rect.height())));
            });
        }
    });
    let extent = match layout.height {
        h if h < 220.0 => "small",
        h if h < 420.0 => "medium",
        _ => "large",
    };
    let size = move || {
        canvas
            .get_untracked()
            .map(|canvas| canvas.get_bounding_client_rect())
    };
    let on_wheel = move |ev: leptos::ev::WheelEvent| {
        let inside = document().active_element().is_some_and(|active| {
            canvas
                .get_untracked()
                .is_some_and(|canvas| canvas.contains(Some(&active)))
        });
        // Without a modifier the wheel belongs to the page, unless somebody works in the picture.
        if let (true, Some(rect)) = (ev.ctrl_key() || inside, size()) {
            ev.prevent_default();
            let factor = (ev.delta_y() * 0.0015).exp();
            let at = (
                f64::from(ev.client_x()) - rect.x(),
                f64::from(ev.client_y()) - rect.y(),
            );
            view.update(|view| view.zoom_at(factor, at, (rect.width(), rect.height()), whole));
        }
    };
    let on_down = move |ev: leptos::ev::PointerEvent| {
        if ev.button() == 0 {
            pointers.update_value(|p| {
                p.down(
                    ev.pointer_id(),
                    f64::from(ev.client_x()),
                    f64::from(ev.client_y()),
                );
            });
        }
    };
    let on_move = move |ev: leptos::ev::PointerEvent| {
        let Some(rect) = size() else { return };
        let change = pointers.try_update_value(|p| {
            p.moved(
                ev.pointer_id(),
                f64::from(ev.client_x()),
                f64::from(ev.client_y()),
            )
        });
        if let Some(Some(change)) = change {
            // From the first real movement on the picture follows the pointer, also outside.
            if let Some(canvas) = canvas.get_untracked() {
                let _ = canvas.set_pointer_capture(ev.pointer_id());
            }
            view.update(|view| {
                view.follow(change, (rect.x(), rect.y()), (rect.width(), rect.height()), whole);
            });
        }
    };
    let on_up = move |ev: leptos::ev::PointerEvent| pointers.update_value(|p| p.up(ev.pointer_id()));
    // The end of a drag is no press on the node below it.
    let on_click = move |ev: leptos::ev::MouseEvent| {
        if pointers.with_value(|p| p.dragged) {
            ev.prevent_default();
            ev.stop_propagation();
        }
    };
    let zoom = move |factor: f64| view.update(|view| view.zoom_at(factor, (0.5, 0.5), (1.0, 1.0), whole));
    let on_key = move |ev: leptos::ev::KeyboardEvent| {
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() {
            return;
        }
        let direction = match ev.key().as_str() {
            "ArrowLeft" => (-1.0, 0.0),
            "ArrowRight" => (1.0, 0.0),
            "ArrowUp" => (0.0, -1.0),
            "ArrowDown" => (0.0, 1.0),
            "+" | "=" => return zoom(0.8),
            "-" => return zoom(1.25),
            "0" => return view.set(whole),
            _ => return,
        };
        ev.prevent_default();
        match focused.get_untracked() {
            Some(node) => {
                let next = corners.with_value(|corners| nearest(corners, node, direction));
                if let (Some(next), Some(canvas)) = (next, canvas.get_untracked()) {
                    focus_node(&canvas, next);
                }
            }
            None => view.update(|view| view.pan(direction)),
        }
    };
    let described = format!("{label}. Arrow keys move, plus and minus zoom, zero shows everything.");
    view! {
        <div class="part-picture" data-size=extent>
            <div class="tools no-print">
                <Button kind=ButtonKind::Quiet icon=Icon::Plus title="Larger (+)" on_press=move |()| zoom(0.8)>
                    <span class="sr-only">"Larger"</span>
                </Button>
                <Button kind=ButtonKind::Quiet icon=Icon::Minus title="Smaller (−)" on_press=move |()| zoom(1.25)>
                    <span class="sr-only">"Smaller"</span>
                </Button>
                <Button kind=ButtonKind::Quiet icon=Icon::Fit title="Everything (0)" on_press=move |()| view.set(whole)>
                    <span class="sr-only">"Show everything"</span>
                </Button>
            </div>
            <svg
                node_ref=canvas
                role="group"
                aria-label=described
                tabindex="0"
                viewBox=move || view.get().attribute()
                on:wheel=on_wheel
                on:pointerdown=on_down
                on:pointermove=on_move
                on:pointerup=on_up
                on:pointercancel=on_up
                // Dragging moves the picture, not the link below the pointer.
                on:dragstart=|ev| ev.prevent_default()
                on:click:capture=on_click
                on:keydown=on_key
            >
                <g class="edges">{lines}</g>
                <g class="nodes">{boxes}</g>
            </svg>
        </div>
    }
}

fn chain(vias: &[Option<usize>], node: usize) -> Vec<usize> {
    let mut trail = vec![node];
    while let Some(via) = trail.last().and_then(|node| vias.get(*node).copied().flatten()) {
        if trail.contains(&via) {
            break;
        }
        trail.push(via);
    }
    trail
}

fn line(
    edge: &Edge,
    layout: &Layout,
    trail: Memo<Option<Vec<usize>>>,
    hot: RwSignal<Option<usize>>,
) -> Option<AnyView> {
    let (from, to) = (*layout.nodes.get(edge.from)?, *layout.nodes.get(edge.to)?);
    let (a, b) = (edge.from, edge.to);
    // Lit: a hop of the explaining chain; without chains, every line of the node.
    let lit = move || {
        trail.with(|trail| match trail {
            Some(trail) if trail.len() > 1 => trail.windows(2).any(|hop| hop == [a, b] || hop == [b, a]),
            Some(_) => hot.get().is_some_and(|node| node == a || node == b),
            None => false,
        })
    };
    let words = edge.words;
    Some(
        view! {
            <path
                d=layout::edge(from, to)
                class:loose=edge.loose
                data-lit=move || lit().then_some("true")
            >
                <title>{words}</title>
            </path>
        }
        .into_any(),
    )
}

fn boxed(
    index: usize,
    node: &Node,
    layout: &Layout,
    names: Names,
    hot: RwSignal<Option<usize>>,
    focused: RwSignal<Option<usize>>,
    trail: Memo<Option<Vec<usize>>>,
) -> AnyView {
    let (x, y) = layout.nodes.get(index).copied().unwrap_or_default();
    let (feel, state) = node.feel.face();
    let class = node.class.clone();
    let second = move || {
        let text = match (&class, state) {
            (None, state) => state.to_owned(),
            (Some(class), "") => names.class(class),
            (Some(class), state) => format!("{state} · {}", names.class(class)),
        };
        shortened(&text, 25)
    };
    let glyph = node.class.as_ref().map_or(Icon::Cmdb, class_icon).path();
    let whole = node.name.clone();
    let lit = move || trail.with(|trail| trail.as_ref().is_some_and(|trail| trail.contains(&index)));
    let href = paths::ci(&node.key);
    let press = follow(href.clone());
    view! {
        <g
            class="node"
            data-feel=feel
            data-lit=move || lit().then_some("true")
            transform=format!("translate({x:.1} {y:.1})")
        >
        <a
            href=href
            data-node=index.to_string()
            on:click=press
            on:focus=move |_| focused.set(Some(index))
            on:blur=move |_| focused.set(None)
            on:mouseenter=move |_| hot.set(Some(index))
            on:mouseleave=move |_| hot.set(None)
        >
            <title>{whole}</title>
            <rect width=NODE_WIDTH.to_string() height=NODE_HEIGHT.to_string() rx="7" />
            <svg x="8" y="12" width="20" height="20" viewBox="0 0 24 24" class="glyph" aria-hidden="true">
                <path d=glyph />
            </svg>
            <text x="36" y="19" class="name">{shortened(&node.name, 21)}</text>
            <text x="36" y="35" class="second">{second}</text>
        </a>
        </g>
    }
    .into_any()
}

/// A text of at most `fits` characters: its beginning and its end, where names differ.
fn shortened(text: &str, fits: usize) -> String {
    let length = text.chars().count();
    if length <= fits {
        return text.to_owned();
    }
    let head: String = text.chars().take(fits / 2).collect();
    let tail: String = text.chars().skip(length - (fits - fits / 2 - 1)).collect();
    format!("{head}…{tail}")
}

/// The closest node in a direction, measured so that straight ahead counts as nearer.
fn nearest(corners: &[(f64, f64)], from: usize, direction: (f64, f64)) -> Option<usize> {
    let (x, y) = *corners.get(from)?;
    let ahead = corners.iter().enumerate().filter_map(|(index, (nx, ny))| {
        let (dx, dy) = (nx - x, ny - y);
        let along = dx * direction.0 + dy * direction.1;
        let across = (dx * direction.1).abs() + (dy * direction.0).abs();
        (along > 1.0).then_some((along + across * 2.0, index))
    });
    ahead.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, index)| index)
}

fn focus_node(canvas: &web_sys::Element, index: usize) {
    let found = canvas
        .query_selector(&format!("[data-node=\"{index}\"]"))
        .ok()
        .flatten();
    if let Some(node) = found.and_then(|node| node.dyn_into::<web_sys::SvgElement>().ok()) {
        let _ = node.focus();
    }
}

/// The icon of a node's class beside its name, for table twins.
#[must_use]
pub fn twin_icon(class: &ClassKey) -> AnyView {
    icon(class_icon(class))
}
