//! Counters in the Prometheus text format. Labels are route templates, never paths, so their number is bounded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::state::AppState;

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Default)]
struct Latency {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    seconds: f64,
}

/// Requests by route, method and status.
#[derive(Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(String, &'static str, u16), Latency>>,
}

impl Metrics {
    /// Counts one request.
    pub fn request(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = known(method);
        let mut requests = self
            .requests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let latency = requests
            .entry((route.to_owned(), method, status.as_u16()))
            .or_default();
        let seconds = took.as_secs_f64();
        latency.count += 1;
        latency.seconds += seconds;
        for (bound, bucket) in BUCKETS.iter().zip(&mut latency.buckets) {
            if seconds <= *bound {
                *bucket += 1;
            }
        }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let requests = self
            .requests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        writeln!(
            out,
            "# HELP slipway_http_request_seconds Time to answer, by route, method and status."
        )?;
        writeln!(out, "# TYPE slipway_http_request_seconds histogram")?;
        for ((route, method, status), latency) in &*requests {
            let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
            for (bound, bucket) in BUCKETS.iter().zip(latency.buckets) {
                writeln!(
                    out,
                    "slipway_http_request_seconds_bucket{{{labels},le=\"{bound}\"}} {bucket}"
                )?;
            }
            let (count, seconds) = (latency.count, latency.seconds);
            writeln!(
                out,
                "slipway_http_request_seconds_bucket{{{labels},le=\"+Inf\"}} {count}"
            )?;
            writeln!(out, "slipway_http_request_seconds_sum{{{labels}}} {seconds}")?;
            writeln!(out, "slipway_http_request_seconds_count{{{labels}}} {count}")?;
        }
        Ok(())
    }
}

/// A label for a method; a client may invent methods without end.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::PUT => "PUT",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
))]
pub async fn metrics(State(state): State<AppState>) -> Response {
    let mut out = String::new();
    let (nodes, edges) = state.store.graph_size();
    let gauges = [
        ("slipway_graph_cis", "CIs in the graph index.", nodes),
        ("slipway_graph_relations", "Relations in the graph index.", edges),
        (
            "slipway_head_revision",
            "Last committed revision.",
            state.store.head(),
        ),
    ];
    let written = gauges
        .iter()
        .try_for_each(|(name, help, value)| {
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}")
        })
        .and_then(|()| state.metrics.write(&mut out))
        .and_then(|()| state.hooks.write_metrics(&mut out))
        .and_then(|()| state.mails.write_metrics(&mut out));
    match written {
        Ok(()) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], out).into_response(),
        Err(error) => super::problem::Refusal::internal(error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative() {
        let metrics = Metrics::default();
        for ms in [0, 7, 7000] {
            metrics.request(&Method::GET, "/x/{y}", StatusCode::OK, Duration::from_millis(ms));
        }
        let mut out = String::new();
        metrics.write(&mut out).unwrap();
        let labels = "{route=\"/x/{y}\",method=\"GET\",status=\"200\"";
        for (le, count) in [("0.001", 1), ("0.01", 2), ("5", 2), ("30", 3), ("+Inf", 3)] {
            let line = format!("slipway_http_request_seconds_bucket{labels},le=\"{le}\"}} {count}");
            assert!(out.contains(&line), "{line}\n{out}");
        }
    }
}
