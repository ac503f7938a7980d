//! Which part of the picture is seen, and how pointers change it.

use crate::layout::{Layout, NODE_HEIGHT, NODE_WIDTH};

const MARGIN: f64 = 24.0;
/// Small pictures are not blown up beyond this width.
const LEAST_WIDTH: f64 = 760.0;
const LEAST_HEIGHT: f64 = 120.0;
/// Layout units in a pixel beyond which names cannot be read.
const LEAST_READABLE: f64 = 1.25;

/// The seen rectangle, in the units of the layout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// What pointers did since the last event: where they were and are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    from: (f64, f64),
    to: (f64, f64),
    /// Below 1: fingers went apart.
    factor: f64,
}

impl View {
    /// Everything, with a margin.
    pub fn whole(layout: &Layout) -> Self {
        let width = (layout.width + 2.0 * MARGIN).max(LEAST_WIDTH);
        let height = (layout.height + 2.0 * MARGIN).max(LEAST_HEIGHT);
        Self {
            x: (layout.width - width) / 2.0,
            y: (layout.height - height) / 2.0,
            width,
            height,
        }
    }

    /// Where to begin in a frame of `size` pixels: everything if it can be read, else the surroundings of the node
    /// whose corner is `focus`.
    pub fn start(whole: Self, focus: (f64, f64), size: (f64, f64)) -> Self {
        if whole.scale(size) <= LEAST_READABLE || size.0 < 1.0 {
            return whole;
        }
        let (width, height) = (size.0 * LEAST_READABLE, size.1 * LEAST_READABLE);
        let (x, y) = (
            focus.0 + NODE_WIDTH / 2.0 - width / 2.0,
            focus.1 + NODE_HEIGHT / 2.0 - height / 2.0,
        );
        // No empty space beyond the edges of the whole.
        let within = |at: f64, from: f64, all: f64, part: f64| {
            if part >= all {
                from + (all - part) / 2.0
            } else {
                at.clamp(from, from + all - part)
            }
        };
        Self {
            x: within(x, whole.x, whole.width, width),
            y: within(y, whole.y, whole.height, height),
            width,
            height,
        }
    }

    /// The value of the `viewBox` attribute.
    pub fn attribute(self) -> String {
        format!("{:.1} {:.1} {:.1} {:.1}", self.x, self.y, self.width, self.height)
    }

    /// Layout units in a pixel, where the view is fitted into `size` pixels.
    fn scale(self, size: (f64, f64)) -> f64 {
        (self.width / size.0.max(1.0)).max(self.height / size.1.max(1.0))
    }

    /// Zooms so that the point `at` (pixels in a frame of `size`) stays where it is; `factor` below 1 enlarges.
    pub fn zoom_at(&mut self, factor: f64, at: (f64, f64), size: (f64, f64), whole: Self) {
        let factor = factor.clamp(200.0 / self.width, (whole.width * 2.0 / self.width).max(1.0));
        let (fx, fy) = (at.0 / size.0.max(1e-9), at.1 / size.1.max(1e-9));
        self.x += self.width * fx * (1.0 - factor);
        self.y += self.height * fy * (1.0 - factor);
        self.width *= factor;
        self.height *= factor;
        self.keep_near(whole);
    }

    /// Moves a tenth of the view in a direction.
    pub fn pan(&mut self, direction: (f64, f64)) {
        self.x += self.width * 0.1 * direction.0;
        self.y += self.height * 0.1 * direction.1;
    }

    /// Follows one or two pointers; `origin` is the corner of the frame in client pixels.
    pub fn follow(&mut self, change: Change, origin: (f64, f64), size: (f64, f64), whole: Self) {
        let scale = self.scale(size);
        self.x -= (change.to.0 - change.from.0) * scale;
        self.y -= (change.to.1 - change.from.1) * scale;
        if (change.factor - 1.0).abs() > f64::EPSILON {
            let at = (change.to.0 - origin.0, change.to.1 - origin.1);
            self.zoom_at(change.factor, at, size, whole);
        }
        self.keep_near(whole);
    }

    /// Moves as little as needed to show a rectangle.
    pub fn reveal(&mut self, x: f64, y: f64, width: f64, height: f64) {
        self.x = self.x.min(x - MARGIN).max(x + width + MARGIN - self.width);
        self.y = self.y.min(y - MARGIN).max(y + height + MARGIN - self.height);
    }

    /// The picture never leaves the frame for good.
    fn keep_near(&mut self, whole: Self) {
        self.x = self.x.clamp(
            whole.x - self.width * 0.8,
            whole.x + whole.width - self.width * 0.2,
        );
        self.y = self.y.clamp(
            whole.y - self.height * 0.8,
            whole.y + whole.height - self.height * 0.2,
        );
    }
}

/// The pointers that are down.
#[derive(Debug, Default)]
pub struct Pointers {
    down: Vec<(i32, f64, f64)>,
    start: (f64, f64),
    /// The latest gesture moved the picture.
    pub dragged: bool,
}

impl Pointers {
    /// One more.
    pub fn down(&mut self, id: i32, x: f64, y: f64) {
        if self.down.is_empty() {
            self.start = (x, y);
            self.dragged = false;
        }
        self.down.retain(|(other, ..)| *other != id);
        self.down.push((id, x, y));
    }

    /// One moved; `None` while that means nothing.
    pub fn moved(&mut self, id: i32, x: f64, y: f64) -> Option<Change> {
        let before = self.middle()?;
        let spread = self.spread();
        let pointer = self.down.iter_mut().find(|(other, ..)| *other == id)?;
        (pointer.1, pointer.2) = (x, y);
        let after = self.middle()?;
        // A press that trembles is still a press.
        let far = (x - self.start.0).hypot(y - self.start.1) > 5.0;
        self.dragged = self.dragged || far || self.down.len() > 1;
        let factor = match (spread, self.spread()) {
            (Some(before), Some(after)) if after > 1.0 => before / after,
            _ => 1.0,
        };
        self.dragged.then_some(Change {
            from: before,
            to: after,
            factor,
        })
    }

    /// One is gone.
    pub fn up(&mut self, id: i32) {
        self.down.retain(|(other, ..)| *other != id);
    }

    #[expect(clippy::cast_precision_loss, reason = "a hand has few fingers")]
    fn middle(&self) -> Option<(f64, f64)> {
        let count = self.down.len() as f64;
        let sum = self
            .down
            .iter()
            .fold((0.0, 0.0), |sum, (_, x, y)| (sum.0 + x, sum.1 + y));
        (count > 0.0).then(|| (sum.0 / count, sum.1 / count))
    }

    fn spread(&self) -> Option<f64> {
        let [(_, x1, y1), (_, x2, y2)] = self.down.as_slice() else {
            return None;
        };
        Some((x1 - x2).hypot(y1 - y2))
    }
}
