//! One minified stylesheet from `style/main.css` and what it imports.

use crate::Result;
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};
use std::path::Path;

/// Resolves every `@import` (with its layer) into one sheet and minifies it. No browser targets are
/// named, so nothing is rewritten for older browsers.
///
/// # Errors
/// A file that cannot be read or parsed, with its name, line and column.
pub fn bundle(main: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(|it| format!("style: {it}"))?;
    sheet
        .minify(MinifyOptions::default())
        .map_err(|it| format!("style: {it}"))?;
    let options = PrinterOptions {
        minify: true,
        ..PrinterOptions::default()
    };
    Ok(sheet.to_css(options).map_err(|it| format!("style: {it}"))?.code)
}
