use leptos::prelude::*;

/// The pictures there are. Each stands beside a word or has one for screen readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Start page.
    Home,
    /// What is to do.
    Work,
    /// Releases.
    Release,
    /// Configuration items.
    Cmdb,
    /// What depends on what.
    Impact,
    /// Bring a file in.
    Import,
    /// A person.
    Person,
    /// Leave.
    SignOut,
    /// Look for something.
    Search,
    /// Close, remove.
    Close,
    /// Add.
    Plus,
    /// Less.
    Minus,
    /// Change.
    Edit,
    /// Done, chosen.
    Check,
    /// Copy to the clipboard.
    Copy,
    /// Load again.
    Retry,
    /// No network.
    Offline,
    /// Connected.
    Online,
    /// Under way.
    Saving,
    /// Take care.
    Warning,
    /// Not allowed.
    Lock,
    /// Nothing here.
    Empty,
    /// Help.
    Help,
    /// More actions.
    More,
    /// Opens something below.
    Down,
    /// Goes up.
    Up,
    /// Goes on.
    Right,
    /// Goes back.
    Left,
    /// Print.
    Print,
    /// Show everything in the frame.
    Fit,
    /// A rack.
    Rack,
    /// A site, a room.
    Place,
    /// A machine.
    Device,
    /// A virtual machine or cluster.
    Virtual,
    /// A database.
    Database,
    /// An application, a service, a piece of software.
    Software,
    /// Power.
    Power,
    /// A circuit or cable.
    Link,
    /// Move by dragging.
    Drag,
    /// Delete.
    Trash,
    /// A file.
    File,
    /// Settings, administration.
    Settings,
    /// What is planned when.
    Calendar,
}

impl Icon {
    /// Path data in a box of 24 by 24.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
            Self::Work => "M4 6l2 2 3-4M4 13l2 2 3-4M12 6h8M12 13h8M4 19h16",
            Self::Release => "M4 6h11M4 12h8M4 18h5M17 10v8m-3-3l3 3 3-3",
            Self::Cmdb => "M9 4h6v5H9zM3 15h6v5H3zM15 15h6v5h-6zM12 9v3M6 15v-3h12v3",
            Self::Impact => {
                "M12 12m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M12 12m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M12 2v2M12 20v2M2 12h2M20 12h2"
            }
            Self::Import => "M12 3v11m-4-4l4 4 4-4M4 17v3h16v-3",
            Self::Person => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6",
            Self::SignOut => "M14 4H5v16h9M10 12h11m-4-4l4 4-4 4",
            Self::Search => "M11 11m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M15.5 15.5L21 21",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Minus => "M5 12h14",
            Self::Edit => "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
            Self::Check => "M5 13l4 4L19 7",
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
            Self::Retry => "M19 12a7 7 0 1 1-2-5m2-3v4h-4",
            Self::Offline => {
                "M3 3l18 18M2 9a15 15 0 0 1 4-3M10 5a15 15 0 0 1 12 4M5.5 12.5a10 10 0 0 1 4-2.2M9 16a4.500 4.500 0 0 1 6 0M12 20h.01"
            }
            Self::Online => {
                "M2 9a15 15 0 0 1 20 0M5.500 12.500a10 10 0 0 1 13 0M9 16a4.500 4.500 0 0 1 6 0M12 20h.01"
            }
            Self::Saving => "M12 19V8m-4 4l4-4 4 4M5 4h14",
            Self::Warning => "M12 4L2.500 20h19zM12 10v4M12 17h.01",
            Self::Lock => "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
            Self::Empty => "M4 13l2-8h12l2 8v6H4zM4 13h5l1 2h4l1-2h5",
            Self::Help => {
                "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 17.500h.01M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0"
            }
            Self::More => "M5 12h.01M12 12h.01M19 12h.01",
            Self::Down => "M6 9l6 6 6-6",
            Self::Up => "M6 15l6-6 6 6",
            Self::Right => "M9 6l6 6-6 6",
            Self::Left => "M15 6l-6 6 6 6",
            Self::Print => "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
            Self::Fit => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
            Self::Rack => "M6 3h12v18H6zM6 8h12M6 13h12M9 5.500h.01M9 10.500h.01M9 15.500h.01",
            Self::Place => {
                "M12 21s7-6 7-11a7 7 0 0 0-14 0c0 5 7 11 7 11zM12 10m-2.500 0a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0"
            }
            Self::Device => "M3 8h18v8H3zM7 12h.01M11 12h6",
            Self::Virtual => "M4 4h11v11H4zM9 15v5h11V9h-5",
            Self::Database => {
                "M5 6c0-1.700 3-3 7-3s7 1.300 7 3-3 3-7 3-7-1.300-7-3zM5 6v12c0 1.700 3 3 7 3s7-1.300 7-3V6M5 12c0 1.700 3 3 7 3s7-1.300 7-3"
            }
            Self::Software => "M4 5h16v14H4zM4 9h16M7 7h.01M10 7h.01",
            Self::Power => "M13 3L5 14h6l-1 7 8-11h-6z",
            Self::Link => {
                "M7 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M17 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M10 12h4"
            }
            Self::Drag => "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
            Self::Trash => "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v6M14 11v6",
            Self::Settings => {
                "M4 7h9M17 7h3M4 17h3M11 17h9M15 7m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M9 17m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
            }
            Self::File => "M6 3h8l4 4v14H6zM14 3v4h4",
            Self::Calendar => "M4 6h16v14H4zM4 10h16M8 3v5M16 3v5",
        }
    }
}

/// An inline SVG in the colour of the text around it, hidden from screen readers.
#[must_use]
pub fn icon(which: Icon) -> AnyView {
    view! {
        <svg class="ui-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=which.path() />
        </svg>
    }
    .into_any()
}
