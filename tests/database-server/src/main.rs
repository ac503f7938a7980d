//! A real SurrealDB server for the tests of `--db ws://`: the library crate with an entry point, as upstream has it.

fn main() -> std::process::ExitCode {
    surrealdb_server::init(surrealdb_server::core::CommunityComposer())
}
