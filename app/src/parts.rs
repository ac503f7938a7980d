//! Widgets that know domain words; shared by pages.
