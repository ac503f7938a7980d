use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use crate::db::Store;

const WIDTH: usize = 30;

/// Draws how far an import is, until dropped by whoever waits for it. Silent when nobody looks.
pub(super) async fn draw(store: &Store, import: &str) {
    if !stderr().is_terminal() {
        return std::future::pending().await;
    }
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        if let Some((done, all)) = store.progress_of(import) {
            // A broken terminal is no reason to stop importing.
            let _ = write!(stderr(), "\r{}\x1b[K", bar(done, all));
            let _ = stderr().flush();
        }
    }
}

/// Wipes the bar away, so that what follows starts on a clean line.
pub(super) fn clear() {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\x1b[K");
    }
}

fn bar(done: u64, all: u64) -> String {
    if all == 0 {
        return "reading the files ...".to_owned();
    }
    let share = done as f64 / all as f64;
    let full = (share * WIDTH as f64) as usize;
    let bar: String = (0..WIDTH).map(|at| if at < full { '#' } else { '.' }).collect();
    format!("[{bar}] {:3.0} %  {done} of {all}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        assert_eq!(bar(0, 0), "reading the files ...");
        assert!(bar(0, 4).starts_with("[....."));
        assert!(bar(2, 4).contains(" 50 %  2 of 4"));
        assert!(!bar(4, 4).contains('.'), "{}", bar(4, 4));
    }
}
