use std::collections::BTreeSet;

use super::index::{Matches, Spot, TextIndex, words};
use super::*;

fn release(n: u128) -> ReleaseId {
    ReleaseId(ulid::Ulid(n))
}

fn found(index: &TextIndex, text: &str) -> BTreeSet<u128> {
    let wanted: Vec<String> = words(text).collect();
    let matches = index.find(&wanted);
    (0..20).filter(|n| matches.score(release(*n)).is_some()).collect()
}

#[test]
fn words_are_found_wherever_they_stand_together() {
    let mut index = TextIndex::default();
    index.set_own(
        release(1),
        "Firmware of hv-1",
        "The vendor's fix for the memory fault.",
    );
    index.set_own(release(2), "Firmware of hv-2", "Nothing else");
    index.add_entry(release(2), 7, "rang the vendor twice");
    index.add_entry(release(2), 9, "vendor came");
    assert_eq!(found(&index, "firmware"), BTreeSet::from([1, 2]));
    assert_eq!(found(&index, "FIRM vend"), BTreeSet::from([1, 2]));
    assert_eq!(found(&index, "vendor twice"), BTreeSet::from([2]));
    assert_eq!(
        found(&index, "hv-1"),
        BTreeSet::from([1]),
        "a digit is the whole word"
    );
    assert_eq!(
        found(&index, "firmware nothing memory"),
        BTreeSet::new(),
        "all in one release"
    );

    let look = |text: &str| index.find(&words(text).collect::<Vec<_>>());
    assert_eq!(
        look("vendor").spot(release(2)),
        Some(Spot::Entry(9)),
        "the last of them"
    );
    assert_eq!(look("hv firmware").spot(release(2)), Some(Spot::Title));
    assert_eq!(look("firmware fault").spot(release(1)), Some(Spot::Description));
    assert_eq!(
        look("firmware rang").spot(release(2)),
        Some(Spot::Entry(7)),
        "the entry with the word that stands nowhere else"
    );
    // The title counts most, the whole word more than its beginning, many entries more than one.
    let score = |matches: Matches, n| matches.score(release(n)).unwrap();
    assert!(score(look("firmware"), 1) > score(look("firmw"), 1));
    assert!(score(look("firmware"), 1) > score(look("vendor"), 1));
    assert!(score(look("vendor"), 2) > score(look("rang"), 2));
}

#[test]
fn accents_and_capitals_make_no_difference() {
    let mut index = TextIndex::default();
    index.set_own(release(1), "Naïve Straße", "Øresund ﬁber");
    index.set_own(release(2), "nai\u{308}ve strasse", "oresund");
    for text in [
        "naive",
        "NAÏVE",
        "nai\u{308}ve",
        "strasse",
        "Straße",
        "STRASSE",
        "øresund",
        "oresu",
    ] {
        assert_eq!(found(&index, text), BTreeSet::from([1, 2]), "{text}");
    }
    let hit = hit(
        HitPlace::Title,
        "Die nai\u{308}ve Straße",
        &["naive".into(), "strass".into()],
    );
    let marked: Vec<_> = hit
        .parts
        .iter()
        .filter(|part| part.mark)
        .map(|part| part.text.as_str())
        .collect();
    assert_eq!(marked, ["nai\u{308}ve", "Straße"]);
}

#[test]
fn what_was_written_is_indexed_and_keys_are_not() {
    let note = NoteBody {
        text: "The fan rattles.".into(),
        ..NoteBody::default()
    };
    let value = |text: &str| Value::from(text);
    let of = |category, after: &Value, note| told(category, "did it", after, note).into_owned();
    assert_eq!(
        of(Category::Note, &Value::Empty, Some(&note)),
        "did it. The fan rattles."
    );
    assert_eq!(
        of(Category::Execution, &value("took two tries"), None),
        "did it. took two tries"
    );
    assert_eq!(of(Category::Workflow, &value("because"), None), "did it. because");
    assert_eq!(of(Category::Workflow, &value(&"0a".repeat(32)), None), "did it");
    assert_eq!(of(Category::Edit, &value("a title"), None), "did it");
}

#[test]
fn what_was_renamed_is_found_by_its_new_name_only() {
    let mut index = TextIndex::default();
    index.set_own(release(1), "old", "same");
    index.add_entry(release(1), 1, "spoke of old things");
    index.set_own(release(1), "new", "same");
    assert_eq!(found(&index, "new same"), BTreeSet::from([1]));
    assert_eq!(found(&index, "old"), BTreeSet::from([1]), "still in the journal");
    index.set_own(release(1), "", "");
    assert_eq!(found(&index, "new"), BTreeSet::new());
    assert_eq!(found(&index, "same"), BTreeSet::new());
}

#[test]
fn the_text_around_is_cut_and_marked() {
    let long = format!("{} needle in {}", "hay ".repeat(100), "more hay ".repeat(100));
    let hit = hit(HitPlace::Journal, &long, &["need".to_owned()]);
    let whole: String = hit.parts.iter().map(|part| part.text.as_str()).collect();
    assert!(whole.starts_with('…') && whole.ends_with('…'), "{whole}");
    assert!(whole.chars().count() < AROUND * 2, "{whole}");
    let marked: Vec<_> = hit
        .parts
        .iter()
        .filter(|part| part.mark)
        .map(|part| part.text.as_str())
        .collect();
    assert_eq!(marked, ["needle"]);
    let nothing = super::hit(HitPlace::Title, "", &["x".to_owned()]);
    assert_eq!(nothing.parts, []);
}

/// A number below `below`, the same in every run.
fn roll(seed: &mut u64, below: u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

fn text(seed: &mut u64, most: u64) -> String {
    let count = roll(seed, most + 1);
    let letters = ["a", "b", "c", "ab", "bc", " ", " "];
    (0..count).map(|_| letters[roll(seed, 7) as usize]).collect()
}

#[test]
fn it_finds_what_reading_everything_finds() {
    let mut hits = 0;
    for mut seed in 0..2_000 {
        let mut index = TextIndex::default();
        let mut all: Vec<(String, String, Vec<String>)> = Vec::new();
        let mut rev = 0;
        for n in 0..roll(&mut seed, 8) {
            let row = (text(&mut seed, 5), text(&mut seed, 6), Vec::new());
            index.set_own(release(u128::from(n)), &row.0, &row.1);
            all.push(row);
        }
        for _ in 0..roll(&mut seed, 12) {
            let n = roll(&mut seed, 9);
            let Some(row) = all.get_mut(n as usize) else {
                continue;
            };
            if roll(&mut seed, 3) == 0 {
                row.0 = text(&mut seed, 5);
                index.set_own(release(u128::from(n)), &row.0, &row.1);
            } else {
                rev += 1;
                row.2.push(text(&mut seed, 5));
                index.add_entry(release(u128::from(n)), rev, row.2.last().unwrap());
            }
        }
        let wanted = text(&mut seed, 4);
        let asked: Vec<String> = words(&wanted).collect();
        let mut expected = BTreeSet::new();
        for (n, (title, description, entries)) in (0_u128..).zip(&all) {
            let texts = [title, description].into_iter().chain(entries);
            let there: Vec<String> = texts.flat_map(|text| words(text)).collect();
            if asked
                .iter()
                .all(|asked| there.iter().any(|word| is_found(word, asked)))
            {
                expected.insert(n);
            }
        }
        hits += expected.len();
        assert_eq!(found(&index, &wanted), expected, "{wanted} in {all:?}");
    }
    assert!(hits > 1_000, "{hits}");
}
