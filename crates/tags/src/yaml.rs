//! YAML as packs use it: a tree of texts, each with its line.
//!
//! Types are left to the reader: in a pack `label: 01` is a text, whatever
//! YAML makes of it. Anchors are refused, so a file of a kilobyte cannot
//! become a gigabyte.

use saphyr_parser::{Event, Parser, ScanError, Span, StrInput};

/// Levels of nesting; packs have four.
const DEEPEST: usize = 32;

/// A piece of YAML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    /// Line it begins on, counted from 1.
    pub(crate) line: usize,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a piece of YAML is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A text; `plain` if it was written without quotes.
    Scalar { text: String, plain: bool },
    /// `!include FILE`.
    Include(String),
    /// A list.
    List(Vec<Node>),
    /// Names with what they stand for, in the file's order.
    Map(Vec<(String, Node)>),
}

/// What is wrong at a line.
pub(crate) type Fault = (usize, String);

/// Reads the one document of a text.
pub(crate) fn parse(text: &str) -> Result<Node, Fault> {
    let mut events = Events { parser: Parser::new_from_str(text) };
    loop {
        match events.next()? {
            (Event::StreamStart | Event::DocumentStart(_), _) => {}
            (Event::StreamEnd | Event::DocumentEnd, _) => {
                return Err((1, "the file is empty; download it again".to_owned()));
            }
            (event, span) => {
                let node = events.node(event, span, 0)?;
                return events.end().map(|()| node);
            }
        }
    }
}

struct Events<'t> {
    parser: Parser<'t, StrInput<'t>>,
}

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Fault> {
        let event = self.parser.next_event();
        event.unwrap_or(Ok((Event::StreamEnd, Span::default()))).map_err(|error| fault(&error))
    }

    fn end(&mut self) -> Result<(), Fault> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(_), span) => {
                    let reason = "a second document begins here; give each pack a file of its own";
                    return Err((span.start.line(), reason.to_owned()));
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Fault> {
        let line = span.start.line();
        let anchored = |anchor: usize| anchor != 0;
        if depth > DEEPEST {
            return Err((line, format!("nested more than {DEEPEST} levels deep")));
        }
        let kind = match event {
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchored(anchor) =>
            {
                return Err(no_anchors(line));
            }
            Event::Alias(_) => return Err(no_anchors(line)),
            Event::Scalar(text, style, _, tag) => match tag {
                Some(tag) if tag.handle == "!" && tag.suffix == "include" => {
                    Kind::Include(text.into_owned())
                }
                _ => {
                    let plain = style == saphyr_parser::ScalarStyle::Plain;
                    Kind::Scalar { text: text.into_owned(), plain }
                }
            },
            Event::SequenceStart(..) => Kind::List(self.list(depth)?),
            Event::MappingStart(..) => Kind::Map(self.map(depth)?),
            _ => return Err((line, "the file ends in the middle; download it again".to_owned())),
        };
        Ok(Node { line, kind })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(String, Node)>, Fault> {
        let mut pairs: Vec<(String, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(pairs);
            }
            let line = span.start.line();
            let Kind::Scalar { text: name, .. } = self.node(event, span, depth + 1)?.kind else {
                return Err((line, "the name of a field must be a plain text".to_owned()));
            };
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err((line, format!("{name} stands twice; keep one of the two")));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            pairs.push((name, value));
        }
    }
}

fn no_anchors(line: usize) -> Fault {
    (line, "anchors and aliases (& and *) are not read in packs; write the value out".to_owned())
}

fn fault(error: &ScanError) -> Fault {
    (error.marker().line(), format!("not YAML: {}", error.info()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_letters_and_lines() {
        let node = parse("%YAML 1.1\n---\na: 01\nb:\n- 'x'\n- \"y\"\n").unwrap();
        let Kind::Map(pairs) = node.kind else { panic!() };
        assert_eq!(pairs[0].1.kind, Kind::Scalar { text: "01".to_owned(), plain: true });
        let Kind::List(items) = &pairs[1].1.kind else { panic!() };
        assert_eq!(
            items[1],
            Node { line: 6, kind: Kind::Scalar { text: "y".to_owned(), plain: false } }
        );
    }

    #[test]
    fn faults_name_the_line() {
        let fault = |text: &str| parse(text).unwrap_err();
        assert!(fault("").1.contains("empty"));
        assert_eq!(fault("a: 1\na: 2\n"), (2, "a stands twice; keep one of the two".to_owned()));
        assert!(fault("a: &x 1\nb: *x\n").1.contains("anchors"));
        assert!(fault("a: 1\n---\nb: 2\n").1.contains("second document"));
        assert!(fault(&"[".repeat(40)).1.contains("nested more than 32"));
        assert!(fault("a: [1, 2").1.starts_with("not YAML"), "{:?}", fault("a: [1, 2"));
    }

    #[test]
    fn an_include_is_told_apart() {
        let node = parse("header: !include header.yaml\n").unwrap();
        let Kind::Map(pairs) = node.kind else { panic!() };
        assert_eq!(pairs[0].1.kind, Kind::Include("header.yaml".to_owned()));
    }
}
