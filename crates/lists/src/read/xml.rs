//! Records out of a long XML document, one at a time.
//!
//! A record is an element with all it holds; only one is in memory. What has
//! no place in a list is refused: a document type (the door of entity
//! bombs), another encoding than UTF-8, depth and size without end.

use crate::ListError;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// Deepest nesting; OFAC's advanced format needs 11.
const MOST_DEPTH: usize = 64;
/// Most bytes of text of one record; OFAC's reference values have 60 kB.
const MOST_RECORD: usize = 64 << 20;

/// An element with its attributes, text and children.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// An attribute; empty if there is none.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// Its own text, without blanks around it.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// Children of a name.
    pub(crate) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a name; empty if there is none.
    pub(crate) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", Element::text)
    }
}

/// Reads records out of a document.
pub(crate) struct Records<R: BufRead> {
    file: PathBuf,
    reader: Reader<R>,
    buffer: Vec<u8>,
    depth: usize,
    root_seen: bool,
    root: Element,
    size: usize,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(file: &Path, input: R) -> Self {
        let mut reader = Reader::from_reader(input);
        reader.config_mut().expand_empty_elements = true;
        let (file, buffer) = (file.to_owned(), Vec::new());
        let root = Element::default();
        Self { file, reader, buffer, depth: 0, root_seen: false, root, size: 0 }
    }

    /// The root with its attributes, read up to its first child.
    pub(crate) fn root(&self) -> &Element {
        &self.root
    }

    /// The next element that has one of these names; `None` after the end of the root.
    pub(crate) fn next(&mut self, names: &[&str]) -> Result<Option<Element>, ListError> {
        loop {
            match self.event()? {
                Piece::Start(element) => {
                    self.depth += 1;
                    if self.depth > MOST_DEPTH {
                        return Err(self.broken("nested too deeply"));
                    }
                    if !self.root_seen {
                        self.root_seen = true;
                        self.root = element;
                    } else if names.contains(&element.name.as_str()) {
                        self.size = 0;
                        let record = self.fill(element, 0)?;
                        self.depth -= 1;
                        return Ok(Some(record));
                    }
                }
                Piece::End => self.depth = self.depth.saturating_sub(1),
                Piece::Text(_) => {}
                Piece::EndOfFile if self.root_seen && self.depth == 0 => return Ok(None),
                Piece::EndOfFile => return Err(self.broken("it ends before its last element does")),
            }
        }
    }

    /// Reads the rest of an element.
    fn fill(&mut self, mut element: Element, depth: usize) -> Result<Element, ListError> {
        if depth > MOST_DEPTH {
            return Err(self.broken("nested too deeply"));
        }
        loop {
            match self.event()? {
                Piece::Start(child) => {
                    let child = self.fill(child, depth + 1)?;
                    element.children.push(child);
                }
                Piece::End => return Ok(element),
                Piece::Text(text) => {
                    self.size = self.size.saturating_add(text.len());
                    if self.size > MOST_RECORD {
                        return Err(self.broken("one record has more text than any list"));
                    }
                    element.text.push_str(&text);
                }
                Piece::EndOfFile => return Err(self.broken("it ends in the middle of a record")),
            }
        }
    }

    fn event(&mut self) -> Result<Piece, ListError> {
        loop {
            self.buffer.clear();
            let mut buffer = std::mem::take(&mut self.buffer);
            let piece = match self.reader.read_event_into(&mut buffer) {
                Ok(event) => piece(&event),
                Err(error) => Err(error.to_string()),
            };
            self.buffer = buffer;
            match piece {
                Ok(Some(piece)) => return Ok(piece),
                Ok(None) => {}
                Err(reason) => return Err(self.broken(&reason)),
            }
        }
    }

    /// An error at the place read so far.
    pub(crate) fn broken(&self, reason: &str) -> ListError {
        let (file, byte) = (self.file.clone(), self.reader.buffer_position());
        ListError::Broken { file, byte, reason: reason.to_owned() }
    }
}

enum Piece {
    Start(Element),
    End,
    Text(String),
    EndOfFile,
}

/// What an event is for us; `None` for comments and the like.
fn piece(event: &Event<'_>) -> Result<Option<Piece>, String> {
    Ok(Some(match event {
        Event::Start(start) | Event::Empty(start) => Piece::Start(opened(start)?),
        Event::End(_) => Piece::End,
        Event::Text(text) => Piece::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()),
        Event::CData(text) => Piece::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()),
        Event::GeneralRef(name) => Piece::Text(match name.resolve_char_ref() {
            Ok(Some(character)) => character.to_string(),
            Ok(None) => resolve_predefined_entity(name)
                .ok_or_else(|| format!("unknown entity &{};", &**name))?
                .to_owned(),
            Err(error) => return Err(error.to_string()),
        }),
        Event::DocType(_) => {
            return Err("it declares a document type, which no list does: refused".to_owned());
        }
        Event::Decl(declaration) => {
            let encoding = declaration.encoding().transpose().map_err(|error| error.to_string())?;
            match encoding {
                Some(name) if !name.eq_ignore_ascii_case("utf-8") => {
                    return Err(format!("its encoding is {name}; lists are read in UTF-8"));
                }
                _ => return Ok(None),
            }
        }
        Event::Comment(_) | Event::PI(_) => return Ok(None),
        Event::Eof => Piece::EndOfFile,
    }))
}

fn opened(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element =
        Element { name: start.local_name().into_inner().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|error| error.to_string())?.into_owned();
        element.attributes.push((attribute.key.local_name().into_inner().to_owned(), value));
    }
    Ok(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Element>, String> {
        let mut records = Records::new(Path::new("list.xml"), text.as_bytes());
        let mut found = Vec::new();
        while let Some(record) = records.next(&["r"]).map_err(|error| error.to_string())? {
            found.push(record);
        }
        Ok(found)
    }

    #[test]
    fn records_come_with_text_attributes_and_children() {
        let found =
            read("<?xml version=\"1.0\" encoding=\"utf-8\"?><n:a x='1'><r k='A&amp;B'>t &lt;&#65;<c/>u</r><z/><r/></n:a>").unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].attribute("k"), found[0].text()), ("A&B", "t <Au"));
        assert_eq!(found[0].children[0].name, "c");
        assert_eq!(found[1].text(), "");
    }

    #[test]
    fn what_no_list_has_is_refused() {
        let deep = format!("<a><r>{}", "<d>".repeat(200));
        for (text, said) in [
            ("<a><r>", "middle of a record"),
            ("<a><r></r>", "ends before"),
            ("", "ends before"),
            ("<a><r>&evil;</r></a>", "unknown entity"),
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a/>", "document type"),
            ("<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>", "utf-16"),
            ("<a><r></b></a>", "byte"),
            (deep.as_str(), "too deeply"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        let mut broken = Records::new(Path::new("x"), &b"<a><r>\xff\xfe</r></a>"[..]);
        assert!(broken.next(&["r"]).is_err());
    }
}
