/* XML read tag by tag in place: elements, attributes, text, CDATA, comments, processing instructions; no DTD.
 *
 * Strict about what stands where: tags must match, attributes have quotes, one root, nothing behind it.  Lenient about
 * values: a reference that XML does not define stays as it is written.  Prefixes of namespaces are passed over.
 * Its own reader, since parse functions may not allocate and Expat does for each document.
 * source: W3C, Extensible Markup Language (XML) 1.0.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_XML_H
#define TIDEMARK_COLLECTORS_FORMATS_XML_H

#include "core/collector.h"

/* Elements inside each other; more is malformed. */
enum { XML_DEPTH_MAX = 32 };

enum xml_token { XML_OPEN, XML_CLOSE, XML_TEXT, XML_END, XML_BAD };

struct xml_reader {
    struct span rest;       /* not yet read */
    struct span name;       /* of XML_OPEN and XML_CLOSE, without prefix */
    struct span attributes; /* of XML_OPEN, as written */
    struct span text;       /* of XML_TEXT, as written */
    bool literal;           /* the text was CDATA */
    bool closes;            /* `<name/>`: its end comes next */
    bool rooted;            /* the root has begun */
    unsigned depth;         /* elements that are open, the one of XML_OPEN included, the one of XML_CLOSE not */
    struct span open[XML_DEPTH_MAX];
};

/* `text` is borrowed. */
void xml_open(struct xml_reader *x, struct span text);

/* XML_END: the document was well-formed to its end. XML_BAD: it is not; again with each further call. */
enum xml_token xml_next(struct xml_reader *x);

/* The attribute of the XML_OPEN that was just read, without its prefix, as written; false: it has none. */
bool xml_attribute(const struct xml_reader *x, struct span name, struct span *value);

/* Behind XML_OPEN: the text that stands in the element itself, references replaced, up to its end, which is read too.
 * False: malformed.  A text that finds no room in the parser's scratch is empty. */
bool xml_content(struct xml_reader *x, struct parser *p, struct span *text);

/* References replaced: &lt; &gt; &amp; &quot; &apos; &#10; &#xA; */
struct span xml_unescape(struct parser *p, struct span text);

#endif
