use leptos::prelude::*;

use super::icon::{Icon, icon};
use super::unique_id;

/// How much a button asks for attention. One primary per view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// An ordinary action.
    #[default]
    Normal,
    /// The next thing to do here.
    Primary,
    /// Destroys or stops something.
    Danger,
    /// Without a frame, for rows and bars.
    Quiet,
}

impl ButtonKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Primary => "primary",
            Self::Danger => "danger",
            Self::Quiet => "quiet",
        }
    }
}

/// A button. While `busy` it keeps its width and does nothing; while `blocked` it says why, next to it.
#[component]
pub fn Button(
    /// How much it asks for attention.
    #[prop(optional)]
    kind: ButtonKind,
    /// The request it started is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Why it cannot be pressed now; `None` when it can.
    #[prop(optional, into)]
    blocked: Signal<Option<String>>,
    /// It submits the form it is in.
    #[prop(optional)]
    submit: bool,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// The whole name where the words on the button are short, and its shortcut.
    #[prop(optional, into)]
    title: Option<String>,
    /// What it does.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let reason = unique_id("reason");
    let described = reason.clone();
    let blocked_now = Memo::new(move |_| blocked.get().is_some());
    let press = move |ev: leptos::ev::MouseEvent| {
        if blocked_now.get_untracked() || busy.get_untracked() {
            ev.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class="ui-button"
            data-kind=kind.as_str()
            title=title
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || (blocked_now.get() || busy.get()).then_some("true")
            aria-describedby=move || blocked_now.get().then(|| described.clone())
            on:click=press
        >
            {icon.map(super::icon::icon)}
            <span class="words">{children()}</span>
        </button>
        {move || {
            blocked.get().map(|why| view! { <span class="ui-reason" id=reason.clone()>{why}</span> })
        }}
    }
}

/// A link that looks like a button: for going somewhere, not for doing something.
#[component]
pub fn LinkButton(
    /// Where it goes.
    #[prop(into)]
    href: Signal<String>,
    /// How much it asks for attention.
    #[prop(optional)]
    kind: ButtonKind,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="ui-button" data-kind=kind.as_str() href=move || href.get()>
            {icon.map(self::icon)}
            <span class="words">{children()}</span>
        </a>
    }
}
