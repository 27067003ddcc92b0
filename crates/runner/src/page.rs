//! Pages for people: HTML in one file, which loads nothing and can be read without scripts.
//!
//! [`Page`] is the frame with the style. The other functions here are its blocks; `chart` draws curves, strips of dots and bars as
//! inline SVG, and `picture` draws images with contours and packs them into the page. All text is escaped by maud.

pub(crate) mod chart;
pub(crate) mod picture;
pub(crate) mod score_curve;
mod style;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::page::picture::Packed;
use crate::text::escaping::printable;

/// The frame of a page.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Page<'a> {
    /// Title of the page and its first heading.
    pub(crate) title: &'a str,
    /// A line below the heading.
    pub(crate) subtitle: &'a str,
    /// Seconds after which a browser loads the page again; none for a page that stays as it is.
    pub(crate) refresh: Option<u32>,
    /// A script, for comfort only: a constant of the program. What differs from page to page belongs into `data-` attributes.
    pub(crate) script: Option<&'static str>,
}

impl Page<'_> {
    /// The whole page. Its policy forbids every request.
    pub(crate) fn render(&self, body: &Markup) -> String {
        let scripts = match self.script {
            Some(_) => "; script-src 'unsafe-inline'",
            None => "",
        };
        let policy = format!(
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'{scripts}; base-uri 'none'; form-action 'none'"
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if let Some(seconds) = self.refresh {
                        meta http-equiv="refresh" content=(seconds);
                    }
                    title { (shown(self.title)) }
                    // Without it, a browser asks a server for favicon.ico.
                    link rel="icon" href="data:,";
                    style { (PreEscaped(style::STYLE)) }
                }
                body {
                    header {
                        h1 { (shown(self.title)) }
                        @if !self.subtitle.is_empty() { p.quiet { (shown(self.subtitle)) } }
                    }
                    main { (body) }
                    @if let Some(script) = self.script { script { (PreEscaped(script)) } }
                }
            }
        };
        page.into_string()
    }
}

/// Text for a page: control characters, which HTML does not allow, are shown as escapes.
pub(crate) fn shown(text: &str) -> String {
    printable(text).into_owned()
}

/// A sentence in which commands and keys stand between backticks, as in the messages of the terminal.
pub(crate) fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (shown(part)) } } @else { (shown(part)) }
        }
    }
}

/// A section with a heading, to which `#id` leads.
pub(crate) fn section(id: &str, heading: &str, body: &Markup) -> Markup {
    html! {
        section id=(id) {
            h2 { (shown(heading)) }
            (body)
        }
    }
}

/// Links to the sections of a page, `(id, text)`.
pub(crate) fn contents(sections: &[(&str, &str)]) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul { @for (id, text) in sections { li { a href=(format!("#{id}")) { (shown(text)) } } } }
        }
    }
}

/// Names and values, such as the settings of a run.
pub(crate) fn facts(facts: &[(&str, String)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                div { dt { (shown(name)) } dd { (shown(value)) } }
            }
        }
    }
}

/// A table that scrolls inside the page if it is wider. The first column has the names of the rows; the other columns are
/// numbers, unless `text` says otherwise.
pub(crate) fn table(headings: &[&str], rows: &[Vec<Markup>], text: bool) -> Markup {
    html! {
        div.wide tabindex="0" {
            table.text[text] {
                thead { tr { @for heading in headings { th scope="col" { (shown(heading)) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (column, cell) in row.iter().enumerate() {
                                @if column == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Text as a cell of a [`table`].
pub(crate) fn cell(text: &str) -> Markup {
    html! { (shown(text)) }
}

/// Pictures next to each other, as many as the window has room for.
pub(crate) fn gallery(figures: &[Markup]) -> Markup {
    html! { div.gallery { @for figure in figures { (figure) } } }
}

/// A picture with a description for those who cannot see it, and a caption below.
pub(crate) fn figure(picture: &Packed, description: &str, caption: &Markup) -> Markup {
    html! {
        figure {
            (picture.img(description))
            figcaption { (caption) }
        }
    }
}

/// What colours mean.
pub(crate) fn key(entries: &[([u8; 3], &str)]) -> Markup {
    html! {
        ul.key {
            @for ([red, green, blue], name) in entries {
                li {
                    span.swatch style=(format!("background:#{red:02x}{green:02x}{blue:02x}")) {}
                    (shown(name))
                }
            }
        }
    }
}

/// A box for something that the reader should not miss.
pub(crate) fn notice(body: &Markup) -> Markup {
    html! { div.notice { (body) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_text_whatever_they_contain() {
        let name = "<img src=x onerror=alert(1)>\u{1b}[2J\u{202e}.png";
        let page = Page {
            title: name,
            subtitle: name,
            ..Page::default()
        };
        let body = html! {
            (section("a", name, &facts(&[(name, name.to_string())])))
            (contents(&[("a", name)]))
            (table(&[name], &[vec![cell(name)]], true))
            (key(&[([0; 3], name)]))
        };
        let text = page.render(&body);
        assert!(!text.contains("<img"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        assert_eq!(
            text.matches("&lt;img src=x onerror=alert(1)&gt;").count(),
            10
        );
        assert!(text.contains("default-src 'none'") && !text.contains("script-src"));
    }

    #[test]
    fn commands_in_a_sentence_are_code() {
        let text = prose("`selvedge train` <b> trains; see `epochs`").into_string();
        assert_eq!(
            text,
            "<code>selvedge train</code> &lt;b&gt; trains; see <code>epochs</code>"
        );
    }

    #[test]
    fn a_page_says_when_it_is_to_be_loaded_again_and_may_have_a_script() {
        let page = Page {
            refresh: Some(10),
            script: Some("document.title = 'x';"),
            ..Page::default()
        };
        let text = page.render(&html! {});
        assert!(text.contains(r#"<meta http-equiv="refresh" content="10">"#));
        assert!(text.contains("script-src 'unsafe-inline'") && text.contains("document.title"));
    }
}
