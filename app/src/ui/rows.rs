use std::hash::{DefaultHasher, Hash, Hasher};

use leptos::prelude::*;

/// A row that is drawn when it is new.
struct Row {
    key: u64,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Like the one of Leptos: rows that stay where their keys do. That one compiles its comparison of two lists anew for
/// each kind of list; here all lists are lists of hashes.
#[component]
pub fn For<T, K, N, Each, Items, Key, Children>(
    /// The items.
    each: Each,
    /// What tells an item from the others.
    key: Key,
    /// Draws one.
    children: Children,
) -> impl IntoView
where
    Each: Fn() -> Items + Send + 'static,
    Items: IntoIterator<Item = T>,
    Key: Fn(&T) -> K + Send + 'static,
    Children: Fn(T) -> N + Send + Clone + 'static,
    T: Send + 'static,
    K: Hash,
    N: IntoView + 'static,
{
    list(Box::new(move || {
        let row = |item: T| {
            let mut hash = DefaultHasher::new();
            key(&item).hash(&mut hash);
            let children = children.clone();
            Row {
                key: hash.finish(),
                draw: Box::new(move || children(item).into_any()),
            }
        };
        each().into_iter().map(row).collect()
    }))
}

fn list(rows: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    view! { <leptos::prelude::For each=rows key=|row| row.key children=|row: Row| (row.draw)() /> }.into_any()
}
