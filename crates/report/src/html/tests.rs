//! The page as a whole.

use crate::Investigation;
use crate::investigation::fixture;
use tracehound_model::{Category, Direction};

fn page(investigation: &Investigation) -> String {
    let mut out = Vec::new();
    investigation.write_html(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn text_from_data_never_becomes_markup() {
    let mut scene = fixture::small_scene();
    scene.say(fixture::account(5), "</script><img src=x onerror=alert(1)>", Some(Category::Theft));
    scene.notes = vec!["a <b>note</b>".to_owned()];
    let page = page(&scene.investigation(&fixture::case("A <i>title</i>"), Direction::Forward));
    for hostile in ["<script>alert", "<img", "<b>note", "<i>title"] {
        assert!(!page.contains(hostile), "{hostile}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_eq!(page.matches("</script>").count(), 2, "one for the data, one for the script");
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let (scene, case) = fixture::shipped("atomic-wallet");
    let page = page(&scene.investigation(&case, Direction::Forward));
    for outside in ["http://", "https://", "//cdn", "@import", "url(", " src=", "<link", "<iframe"]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn a_thousand_transfers_stay_under_two_megabytes() {
    let (scene, case) = fixture::shipped("atomic-wallet");
    let bytes = page(&scene.investigation(&case, Direction::Forward)).len();
    assert!(bytes < 2_000_000, "{bytes} bytes");
}

#[test]
fn the_answer_is_there_without_scripts() {
    let page = page(&fixture::small());
    let (body, _) = page.split_once("<script").unwrap();
    for wanted in [
        "$15,000.00",
        "difference 0, closes",
        "The books close",
        "Binance",
        "Tornado.Cash: Router",
        "<svg class=\"flow\"",
    ] {
        assert!(body.contains(wanted), "{wanted}");
    }
    assert!(body.contains("<title>$"), "ribbons say what they are");
}

#[test]
fn labels_name_their_source() {
    let page = page(&fixture::small());
    assert!(page.contains(
        "Tornado.Cash: Router<span class=\"who\">transfers.csv; rule label-text/1</span>"
    ));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    assert_eq!(page(&fixture::small()), page(&fixture::small()));
}

#[test]
fn a_trace_of_nothing_says_so() {
    let mut scene = fixture::small_scene();
    scene.seeds = vec![(fixture::account(22), "nobody".to_owned())];
    let nothing = scene.investigation(&fixture::case("Nothing"), Direction::Forward);
    assert!(page(&nothing).contains("Nothing was traced"));
    let mut summary = Vec::new();
    nothing.write_summary(&mut summary, 80).unwrap();
    assert!(String::from_utf8(summary).unwrap().contains("Nothing was traced"));
}

#[test]
fn a_backward_trace_speaks_of_origins() {
    let (mut scene, case) = fixture::shipped("txphish");
    scene.seed_the_last_arrivals();
    let page = page(&scene.investigation(&case, Direction::Backward));
    assert!(page.contains("Where it came from") && !page.contains("Where the money was, moment"));
    assert!(page.contains("asked about"));
}
