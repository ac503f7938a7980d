/// What is wrong with a JSON text, in words that do not mention a line: the text is one line or one object
/// of the file, whose place the problem names itself.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    match error.classify() {
        serde_json::error::Category::Eof => "the JSON text ends too early; is it cut off?".into(),
        serde_json::error::Category::Syntax if what.contains("recursion limit") => {
            "the JSON text is nested deeper than 127 levels".into()
        }
        serde_json::error::Category::Syntax => {
            format!("not valid JSON: {what} (column {})", error.column())
        }
        _ => what.to_owned(),
    }
}
